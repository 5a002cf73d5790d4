//! Predictions, loss, gradients and running statistics with given weights and masks are those of PyTorch.

use std::collections::BTreeMap;

use bal_model::{Architecture, Layer, Mode, Network, Operation, Parameters, Precision, Role, to_vec};
use tch::{Kind, Tensor, no_grad};

use crate::recorded::{Mask, Recorded, Summary};
use crate::{POINTS, dropouts, filled, inputs, shaped};

/// How far a number may be from PyTorch's f64: of a gradient, in parts of its norm.
const TOLERANCE: f64 = 1e-4;

#[test]
fn every_network_is_recorded() {
    let recorded = Recorded::all();
    assert_eq!(recorded.len(), Architecture::ALL.len());
    for architecture in Architecture::ALL {
        assert!(recorded.iter().any(|case| case.network().architecture == architecture), "{architecture:?}");
    }
}

#[test]
fn tensors_have_the_names_and_shapes_of_pytorch() {
    for recorded in Recorded::all() {
        let network = recorded.network();
        let shapes = |is_of: &dyn Fn(Role) -> bool| -> BTreeMap<String, Vec<usize>> {
            let specs = network.parameters().filter(|spec| is_of(spec.role));
            specs.map(|spec| (spec.key.clone(), spec.shape.clone())).collect()
        };
        let learnt = shapes(&|role| role != Role::Buffer);
        let numbers: usize = learnt.values().map(|shape| shape.iter().product::<usize>()).sum();
        let name = network.architecture.name();
        assert_eq!(learnt, recorded.parameters, "{name}");
        assert_eq!(numbers, recorded.parameter_count, "{name}");
        let buffers = shapes(&|role| role == Role::Buffer);
        assert!(buffers.keys().eq(recorded.buffers.keys()), "{name}: {buffers:?}");
    }
}

#[test]
fn masks_have_the_rates_and_sizes_of_pytorch() {
    for recorded in Recorded::all() {
        let network = recorded.network();
        let masks = dropouts(&network).into_iter().map(|index| {
            let (p, shape) = network.dropout(index).unwrap();
            let drops_channels = network.steps[index].operation == Operation::Layer(Layer::ChannelDropout(p));
            let drops = if drops_channels { "channels" } else { "elements" };
            (shape.iter().product(), p, drops.to_owned())
        });
        let expected: Vec<(usize, f64, String)> = recorded
            .masks
            .into_iter()
            .map(|Mask(shape, p, drops)| (shape.iter().product(), p, drops))
            .collect();
        assert_eq!(masks.collect::<Vec<_>>(), expected, "{}", network.architecture.name());
    }
}

#[test]
fn networks_compute_what_pytorch_computes() {
    // More threads add up in another order, and spin on a machine that is busy with other tests.
    tch::set_num_threads(1);
    for recorded in Recorded::all() {
        compare(&recorded);
    }
}

fn compare(recorded: &Recorded) {
    let network = recorded.network();
    let name = network.architecture.name();
    let (parameters, inputs) = (filled(&network, ""), inputs(&network.form, "inputs"));
    for (found, &expected) in to_vec(&inputs.get(0)).into_iter().zip(&recorded.first_inputs) {
        assert!((f64::from(found) - expected).abs() < 1e-6, "{name}: input {found} is not {expected}");
    }

    let evaluation = Mode::evaluation(Precision::F32);
    let plain = no_grad(|| network.forward(&parameters, &inputs, evaluation, &mut |_, x| x));
    assert_close(&plain, &recorded.logits, &format!("{name}, logits"));
    let masked = no_grad(|| masked_logits(&network, &parameters, &inputs, evaluation));
    assert_close(&masked, &recorded.masked_logits, &format!("{name}, masked logits"));

    let logits = masked_logits(&network, &parameters, &inputs, Mode::training(Precision::F32));
    let labels = Tensor::arange(POINTS as i64, (Kind::Int64, logits.device()));
    let loss = logits.cross_entropy_for_logits(&labels);
    let found = loss.double_value(&[]);
    assert!((found - recorded.loss).abs() <= TOLERANCE, "{name}: loss {found} is not {}", recorded.loss);
    loss.backward();
    for (key, expected) in &recorded.gradients {
        assert_summary(&parameters.get(key).grad(), *expected, &format!("{name}, gradient of {key}"));
    }
    for (key, expected) in &recorded.buffers {
        assert_summary(parameters.get(key), *expected, &format!("{name}, {key}"));
    }
    if network.form.words.is_some() {
        let learns = parameters.get("embedding.weight").grad().get(0).any();
        assert!(!bool::try_from(learns).unwrap(), "{name}: padding learns nothing");
    }
}

/// Logits with mask n at the n-th dropout, the same for all points.
fn masked_logits(network: &Network, parameters: &Parameters, inputs: &Tensor, mode: Mode) -> Tensor {
    let order = dropouts(network);
    let mask = |index: usize| {
        let (p, shape) = network.dropout(index).unwrap();
        let number = 1 + order.iter().position(|&dropout| dropout == index).unwrap();
        let uniform = bal_testkit::uniform(&format!("mask{number}"), shape.iter().product());
        let factor = |u: f64| if u < p { 0.0 } else { (1.0 / (1.0 - p)) as f32 };
        shaped(&uniform.into_iter().map(factor).collect::<Vec<f32>>(), &shape)
    };
    network.forward(parameters, inputs, mode, &mut |index, x| x * mask(index))
}

fn assert_close(found: &Tensor, expected: &[[f64; 4]; 4], what: &str) {
    for (&expected, found) in expected.iter().flatten().zip(to_vec(found)) {
        assert!((f64::from(found) - expected).abs() <= TOLERANCE, "{what}: {found} is not {expected}");
    }
}

/// A norm of 0 stands for rounding errors: those of PyTorch in f32 are up to 2e-5.
fn assert_summary(found: &Tensor, expected: Summary, what: &str) {
    let flat = found.detach().to_kind(Kind::Double).flatten(0, -1);
    let probe = Tensor::from_slice(&bal_testkit::symmetric("probe", flat.numel()));
    let found = [&flat.norm(), &flat.dot(&probe)].map(|value| value.double_value(&[]));
    let tolerance = if expected[0] == 0.0 { TOLERANCE } else { TOLERANCE * expected[0] };
    let is_close = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= tolerance);
    assert!(is_close, "{what}: norm and projection are {found:?}, those of PyTorch {expected:?}");
}
