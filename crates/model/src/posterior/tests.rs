use bal_stream::Stream;
use tch::{Device, no_grad};

use super::*;
use crate::networks::Layer;
use crate::parameters::sizes;
use crate::{Architecture, InputForm, Mode, Role};

const DRAW: Draw = Draw::new(7, 1);

const ONE_CHANNEL: [usize; 3] = [1, 28, 28];
const COLOURS: [usize; 3] = [3, 32, 32];

fn network(architecture: Architecture, form: &InputForm) -> Network {
    Network::new(architecture, form, 10).unwrap()
}

fn images(architecture: Architecture, shape: &[usize]) -> Network {
    network(architecture, &InputForm::numbers(shape))
}

fn fresh(network: &Network, member: usize) -> Parameters {
    let parameters = Parameters::init(network, DRAW.of_network(member), Device::Cpu);
    // Running statistics as after a training: other than those of a tile.
    for (spec, place) in network.parameters().zip(0..).filter(|(spec, _)| spec.role == Role::Buffer) {
        let spread = Stream::of_test("running", place, 0).uniform(spec.shape[0]);
        let least = if spec.key.ends_with("var") { 0.5 } else { -0.5 };
        let values: Vec<f32> = spread.iter().map(|&u| (least + u) as f32).collect();
        no_grad(|| parameters.get(&spec.key).shallow_clone().copy_(&Tensor::from_slice(&values)));
    }
    parameters
}

fn masks(network: &Network, samples: usize) -> Masks {
    Masks::draw(network, samples, DRAW, Purpose::McDropout, Device::Cpu)
}

fn inputs(points: usize, form: &InputForm) -> Tensor {
    let shape = [&[points], form.shape.as_slice()].concat();
    let numbers = shape.iter().product();
    let mut stream = Stream::of_test("test_inputs", 1, 0);
    match form.words {
        None => Tensor::from_slice(&stream.uniform_symmetric(numbers, 2.0)),
        Some(words) => {
            let words = stream.below(words, numbers).into_iter().map(|word| word as i64);
            Tensor::from_slice(&words.collect::<Vec<_>>())
        }
    }
    .reshape(sizes(&shape))
}

/// In probability.
fn largest_difference(a: &Tensor, b: &Tensor) -> f64 {
    (a.exp() - b.exp()).abs().max().double_value(&[])
}

fn member<'a>(network: &'a Network, parameters: &'a Parameters, samples: usize) -> MemberSampler<'a> {
    MemberSampler::new(network, parameters, masks(network, samples), Precision::F32)
}

/// Between the fast way and the loop of full passes.
fn error_of(network: &Network, samples: usize) -> f64 {
    tch::set_num_threads(1);
    let parameters = fresh(network, 0);
    let sampler = MemberSampler::new(network, &parameters, masks(network, samples), Precision::F32);
    let inputs = inputs(9, &network.form);
    let fast = sampler.predict(&inputs, Output::LogProbs);
    let plain = sampler.log_probs_by_loop(&inputs);
    assert_eq!((fast.size(), fast.kind()), (vec![9, samples as i64, 10], Kind::Float));
    let spread = plain.exp().std_dim(1i64, true, false).max().double_value(&[]);
    assert!(spread > 1e-3, "the samples differ from each other: {spread}");
    let logits = sampler.predict(&inputs, Output::Logits);
    assert!(logits.log_softmax(-1, Kind::Float).allclose(&fast, 1e-5, 1e-5, false));
    let both = sampler.predict(&inputs, Output::Both);
    assert!(both.select(-1, 0).equal(&logits) && both.select(-1, 1).equal(&fast));
    largest_difference(&fast, &plain)
}

#[test]
fn fast_samples_equal_the_loop_of_full_passes() {
    let resnet = |imagenet_stem| Architecture::Resnet18 { imagenet_stem };
    for (network, samples) in [
        (images(Architecture::GalCnn, &ONE_CHANNEL), 13),
        (images(Architecture::BatchbaldCnn, &ONE_CHANNEL), 13),
        (images(Architecture::BatchbaldCnn, &ONE_CHANNEL), 250), // in two tiles
        (images(Architecture::BatchbaldCnn, &[3, 20, 17]), 5),
        (images(Architecture::EmnistCnn, &ONE_CHANNEL), 7),
        (images(Architecture::CifarCnn, &COLOURS), 3),
        (images(resnet(true), &COLOURS), 3),
        (images(resnet(false), &[3, 8, 8]), 3),
        (images(Architecture::Vgg16, &COLOURS), 3),
        (network(Architecture::TextCnn, &InputForm::texts(9, 30)), 11),
        (images(Architecture::Mlp, &[2]), 50),
    ] {
        let difference = error_of(&network, samples);
        assert!(difference <= 1e-5, "{} {}: {difference}", network.architecture.name(), network.form);
    }
}

#[test]
fn samples_may_keep_nothing_or_everything() {
    let network = images(Architecture::Mlp, &[2]);
    let parameters = fresh(&network, 0);
    let inputs = inputs(2, &network.form);
    let hidden = (0..network.steps.len()).rfind(|&index| network.dropout(index).is_some()).unwrap();
    let (p, _) = network.dropout(hidden).unwrap();
    for (samples, none, all) in [
        (4, vec![0], vec![]),
        (4, vec![1, 2], vec![0]),
        (4, vec![3], vec![1]),
        (4, vec![], vec![0, 1, 2, 3]),
        (4, vec![0, 1, 2, 3], vec![]),
        (1, vec![], vec![]),
        (1, vec![0], vec![]),
    ] {
        let masks = masks(&network, samples);
        let mask = |k: &i64| masks.of_step(hidden).unwrap().get(*k); // a view
        for k in &none {
            drop(mask(k).zero_());
        }
        for k in &all {
            drop(mask(k).fill_(1.0 / (1.0 - p)));
        }
        let sampler = MemberSampler::new(&network, &parameters, masks, Precision::F32);
        assert_eq!(sampler.head.is_some(), none.len() < samples);
        let (fast, plain) = (sampler.predict(&inputs, Output::LogProbs), sampler.log_probs_by_loop(&inputs));
        assert!(fast.allclose(&plain, 1e-5, 1e-6, false), "{none:?} of {samples} keep nothing");
    }
}

#[test]
fn bfloat16_is_near() {
    tch::set_num_threads(1);
    let resnet = Architecture::Resnet18 { imagenet_stem: true };
    for network in [
        images(Architecture::GalCnn, &ONE_CHANNEL),
        images(Architecture::BatchbaldCnn, &ONE_CHANNEL),
        images(resnet, &COLOURS),
        network(Architecture::TextCnn, &InputForm::texts(9, 30)),
    ] {
        let (parameters, inputs) = (fresh(&network, 0), inputs(9, &network.form));
        let sampler = |precision| MemberSampler::new(&network, &parameters, masks(&network, 13), precision);
        let narrow = sampler(Precision::Bf16);
        let fast = narrow.predict(&inputs, Output::LogProbs);
        let name = network.architecture.name();
        let difference = largest_difference(&fast, &sampler(Precision::F32).log_probs_by_loop(&inputs));
        assert!(difference > 1e-5, "{name}: not computed in bfloat16: {difference}");
        assert!(difference <= 3e-2, "{name}: {difference}");
        let difference = largest_difference(&fast, &narrow.log_probs_by_loop(&inputs));
        assert!(difference <= 1e-2, "{name}, both in bfloat16: {difference}");
    }
}

#[test]
fn number_of_threads_changes_no_bit_of_many_tiles() {
    use Architecture::{BatchbaldCnn, GalCnn};
    use Precision::{Bf16, F32};
    // Convolutions of 20 samples are made of 64 points at a time.
    for (architecture, precision, samples, points) in
        [(GalCnn, F32, 3, 4 * Sampler::TILE + 7), (GalCnn, Bf16, 3, 600), (BatchbaldCnn, F32, 20, 300)]
    {
        let network = images(architecture, &ONE_CHANNEL);
        let parameters = fresh(&network, 0);
        let inputs = inputs(points, &network.form);
        let mut sampler = MemberSampler::new(&network, &parameters, masks(&network, samples), precision);
        let [one, two, many] = [1, 2, 7].map(|threads| {
            sampler.threads = threads;
            tch::set_num_threads(threads as i32);
            sampler.predict(&inputs, Output::LogProbs)
        });
        tch::set_num_threads(1);
        assert!(one.equal(&two) && one.equal(&many), "{} {precision:?}", architecture.name());
        let difference = largest_difference(&one, &sampler.log_probs_by_loop(&inputs));
        let most = if precision == F32 { 1e-5 } else { 1e-2 };
        assert!(difference <= most, "{}: {difference}", architecture.name());
    }
}

#[test]
fn without_dropout_there_is_one_sample_of_the_plain_network() {
    let network = images(Architecture::Mlp, &[2]);
    let members = [fresh(&network, 0)];
    let inputs = inputs(2, &network.form);
    let draws = (DRAW, Purpose::McDropout);
    let sampler = Sampler::new(&network, &members, Posterior::Deterministic, draws, Precision::F32).unwrap();
    let mode = Mode::evaluation(Precision::F32);
    let logits = no_grad(|| network.forward(&members[0], &inputs, mode, &mut |_, x| x));
    let expected = logits.log_softmax(-1, Kind::Float).unsqueeze(1);
    assert_eq!(sampler.samples(), 1);
    assert!(sampler.log_probs(&inputs).equal(&expected));
}

#[test]
fn a_mask_is_one_sample_for_all_points() {
    let network = images(Architecture::Mlp, &[2]);
    let parameters = fresh(&network, 0);
    let inputs = inputs(1, &network.form).expand([2, 2], false);
    let log_probs = member(&network, &parameters, 5).predict(&inputs, Output::LogProbs);
    // Not to the last bit: a product may treat the rows of a tile differently.
    let are_equal = log_probs.get(0).allclose(&log_probs.get(1), 1e-5, 1e-6, false);
    assert!(are_equal, "equal points, equal predictions");
}

/// Batch normalisation by the points of a tile would make a point's scores depend on its neighbours.
#[test]
fn predictions_of_a_point_do_not_depend_on_the_points_beside_it() {
    tch::set_num_threads(1);
    let resnet = Architecture::Resnet18 { imagenet_stem: false };
    for network in [images(resnet, &[3, 8, 8]), images(Architecture::Vgg16, &COLOURS)] {
        let parameters = fresh(&network, 0);
        let all = inputs(6, &network.form);
        let predict = |inputs: &Tensor| member(&network, &parameters, 4).predict(inputs, Output::LogProbs);
        let (together, others) = (predict(&all), predict(&(all.narrow(0, 2, 4) * 3.0)));
        for point in 0..2 {
            let alone = predict(&all.narrow(0, point, 1));
            assert!(alone.get(0).allclose(&together.get(point), 1e-4, 1e-5, false), "{}", network.form);
        }
        assert!(!others.get(0).allclose(&together.get(2), 1e-4, 1e-5, false), "inputs matter");
    }
}

#[test]
fn members_of_an_ensemble_follow_each_other() {
    tch::set_num_threads(2);
    let network = images(Architecture::GalCnn, &ONE_CHANNEL);
    let members: Vec<Parameters> = (0..3).map(|number| fresh(&network, number)).collect();
    let inputs = inputs(300, &network.form);
    let sample = |posterior| {
        let draws = (DRAW, Purpose::McDropout);
        let sampler = Sampler::new(&network, &members, posterior, draws, Precision::F32).unwrap();
        let log_probs = sampler.log_probs(&inputs);
        assert_eq!(log_probs.size(), [300, sampler.samples() as i64, 10]);
        log_probs
    };
    let (plain, masked) =
        (sample(Posterior::DeepEnsemble), sample(Posterior::EnsembleMcDropout { samples: 4 }));
    for (number, parameters) in members.iter().enumerate() {
        let alone = |masks| {
            let member = MemberSampler::new(&network, parameters, masks, Precision::F32);
            member.predict(&inputs, Output::LogProbs)
        };
        assert!(plain.narrow(1, number as i64, 1).equal(&alone(Masks::deterministic(&network))));
        let draw = DRAW.of_network(number);
        let masks = Masks::draw(&network, 4, draw, Purpose::McDropout, Device::Cpu);
        assert!(masked.narrow(1, 4 * number as i64, 4).equal(&alone(masks)), "masks of its own");
    }
}

#[test]
fn a_posterior_is_refused_for_another_number_of_members() {
    let network = images(Architecture::Mlp, &[2]);
    let members: Vec<Parameters> = (0..2).map(|number| fresh(&network, number)).collect();
    let refusal = |members: &[Parameters], posterior| {
        let draws = (DRAW, Purpose::McDropout);
        let error = Sampler::new(&network, members, posterior, draws, Precision::F32).unwrap_err();
        (error.to_string(), bal_error::Explain::exit_code(&error))
    };
    let (text, code) = refusal(&members, Posterior::default());
    assert_eq!(
        (text.as_str(), code),
        ("posterior `mc_dropout` is of one network, and the checkpoint has 2", 4)
    );
    let (text, _) = refusal(&members[..1], Posterior::DeepEnsemble);
    assert_eq!(text, "posterior `deep_ensemble` is of several networks, and the checkpoint has 1");
}

#[test]
fn which_networks_have_which_way() {
    let head = |network: &Network| {
        let parameters = fresh(network, 0);
        match member(network, &parameters, 2).head {
            Some(Head::Linear(_)) => "linear",
            Some(Head::Mlp(_)) => "mlp",
            Some(Head::Conv(_)) => "conv",
            None => "trunk once",
        }
    };
    assert_eq!(head(&images(Architecture::GalCnn, &ONE_CHANNEL)), "mlp");
    assert_eq!(head(&images(Architecture::BatchbaldCnn, &ONE_CHANNEL)), "conv");
    assert_eq!(head(&images(Architecture::EmnistCnn, &ONE_CHANNEL)), "conv");
    assert_eq!(head(&images(Architecture::CifarCnn, &COLOURS)), "trunk once");
    assert_eq!(head(&images(Architecture::Resnet18 { imagenet_stem: true }, &COLOURS)), "linear");
    assert_eq!(head(&network(Architecture::TextCnn, &InputForm::texts(9, 30))), "linear");
    let cifar = images(Architecture::CifarCnn, &COLOURS);
    assert!(matches!(cifar.chain_from(cifar.trunk_len()).unwrap()[0], Layer::Dropout(_)));
}
