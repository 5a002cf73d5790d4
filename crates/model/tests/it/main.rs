//! All networks against PyTorch's numbers, stacked, in files, and with inputs that they do not take.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod checkpoint;
mod golden;
mod recorded;
mod shapes;
mod stacked;
mod views;

use bal_model::{Architecture, InputForm, Network, ParameterSpec, Parameters};
use tch::{Device, Tensor};

/// Classes of the networks here, and points that they are given.
const CLASSES: usize = 4;
const POINTS: usize = 4;

/// Every network with small inputs.
fn networks() -> [Network; 9] {
    Architecture::ALL.map(|architecture| {
        let form = match architecture {
            Architecture::GalCnn => InputForm::numbers(&[3, 17, 14]),
            Architecture::BatchbaldCnn => InputForm::numbers(&[1, 20, 18]),
            Architecture::EmnistCnn => InputForm::numbers(&[1, 18, 16]),
            Architecture::CifarCnn => InputForm::numbers(&[3, 18, 16]),
            Architecture::Resnet18 { imagenet_stem: false } => InputForm::numbers(&[3, 12, 16]),
            Architecture::Resnet18 { imagenet_stem: true } => InputForm::numbers(&[3, 40, 33]),
            Architecture::Vgg16 => InputForm::numbers(&[3, 32, 32]),
            Architecture::TextCnn => InputForm::texts(12, 50),
            Architecture::Mlp => InputForm::numbers(&[2]),
            Architecture::GaussianField => unreachable!("`ALL` are those that have layers"),
        };
        Network::new(architecture, &form, CLASSES).unwrap()
    })
}

/// Parameters by the formula of the golden values. `prefix` stands before their keys: another one, other
/// numbers.
fn filled(network: &Network, prefix: &str) -> Parameters {
    let value = |spec: &ParameterSpec| (spec.key.clone(), value(spec, &format!("{prefix}{}", spec.key)));
    Parameters::new(network, network.parameters().map(value), Device::Cpu)
}

fn value(spec: &ParameterSpec, key: &str) -> Tensor {
    let numbers: usize = spec.shape.iter().product();
    let fan_in: usize = spec.shape[1..].iter().product();
    let scale = (6.0 / fan_in as f64).sqrt();
    let kind = spec.key.rsplit('.').next().unwrap_or_default();
    let of: &dyn Fn((usize, f64)) -> f64 = match kind {
        _ if spec.key == "embedding.weight" => &|(place, x)| if place < fan_in { 0.0 } else { x },
        _ if spec.shape.len() > 1 => &|(_, x)| x * scale,
        "bias" | "running_mean" => &|(_, x)| 0.1 * x,
        _ => &|(_, x)| 1.0 + x / 2.0, // scale or running variance of batch normalisation
    };
    let values: Vec<f32> =
        bal_testkit::symmetric(key, numbers).into_iter().enumerate().map(of).map(|x| x as f32).collect();
    shaped(&values, &spec.shape)
}

/// Inputs of [`POINTS`] points by formula; the last text ends in three places of padding.
fn inputs(form: &InputForm, key: &str) -> Tensor {
    let numbers: usize = POINTS * form.shape.iter().product::<usize>();
    let shape = [&[POINTS], form.shape.as_slice()].concat();
    let Some(words) = form.words else {
        let values: Vec<f32> = bal_testkit::symmetric(key, numbers).into_iter().map(|x| x as f32).collect();
        return shaped(&values, &shape);
    };
    let uniform = bal_testkit::uniform(key, numbers);
    let mut texts: Vec<i64> = uniform.into_iter().map(|u| (u * words as f64) as i64).collect();
    texts[numbers - 3..].fill(0);
    shaped(&texts, &shape)
}

fn shaped<T: tch::kind::Element>(values: &[T], shape: &[usize]) -> Tensor {
    let sizes: Vec<i64> = shape.iter().map(|&size| size as i64).collect();
    Tensor::from_slice(values).reshape(sizes)
}

/// The steps that are dropouts.
fn dropouts(network: &Network) -> Vec<usize> {
    (0..network.steps.len()).filter(|&index| network.dropout(index).is_some()).collect()
}
