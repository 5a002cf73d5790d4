use bal_model::{Architecture, InputForm, ParameterSpec, Precision};
use bal_stream::Stream;

use super::*;
use crate::{
    Augmentation, ClassWeights, EarlyStopping, Evaluate, Files, Optimizer, StoppingMetric, WeightDecay,
};

const POINTS: usize = 22;
const CLASSES: usize = 3;
const CPU: (Kind, Device) = (Kind::Float, Device::Cpu);

/// More threads than one spin on a machine that is busy with other tests.
fn one_thread() {
    tch::set_num_threads(1);
}

fn run(seed: u64) -> Files {
    let nowhere = || std::path::PathBuf::from("none");
    let (data, label, validation) = (nowhere(), nowhere(), nowhere());
    let place = bal_artifact::Place::new(format!("seed-{seed}").into(), None, seed, 2);
    Files { data, label, validation, first_round: None, pool: None, place }
}

fn labelled(shape: &[usize], seed: u64) -> Labelled {
    let mut stream = Stream::of_test("test_points", seed, 0);
    let inputs = stream.uniform_symmetric(POINTS * shape.iter().product::<usize>(), 1.0);
    let labels: Vec<i64> = stream.uniform(POINTS).iter().map(|u| (u * CLASSES as f64) as i64).collect();
    let sizes: Vec<i64> = [&[POINTS], shape].concat().iter().map(|&size| size as i64).collect();
    let inputs = Tensor::from_slice(&inputs).view(sizes.as_slice());
    Labelled { inputs, labels: Tensor::from_slice(&labels) }
}

fn job<'a>(run: &'a Files, labelled: &'a Labelled, lambda: f64) -> Job<'a> {
    Job { run, member: 0, labelled, validation: None, lambda, class_weights: None }
}

fn config(network: Architecture, epochs: usize) -> Config {
    Config {
        network,
        sigma: None,
        members: 1,
        epochs,
        draws_per_epoch: None,
        batch_size: 8,
        optimizer: Optimizer::Adam { learning_rate: 1e-3 },
        weight_decay: WeightDecay::Fixed(0.0),
        early_stopping: None,
        augmentation: None,
        class_weights: ClassWeights::None,
        evaluate: Evaluate { posterior: None, samples: 1 },
        precision: Precision::F32,
    }
}

fn weights(parameters: &Parameters, network: &Network) -> Vec<f32> {
    let values = |spec: &ParameterSpec| bal_model::to_vec(&parameters.get(&spec.key).detach());
    network.parameters().flat_map(values).collect()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn runs_trained_together_equal_those_trained_alone() {
    one_thread();
    let adam = Optimizer::default();
    let sgd = Optimizer::Sgd { learning_rate: 1e-2, momentum: 0.9 };
    let resnet = Architecture::Resnet18 { imagenet_stem: false };
    for (name, shape, optimizer, epochs, tolerance) in [
        (Architecture::GalCnn, [1, 14, 14].as_slice(), adam, 8, 5e-5),
        (Architecture::BatchbaldCnn, &[1, 18, 18], adam, 8, 5e-5),
        (Architecture::Mlp, &[2], adam, 8, 5e-5),
        (Architecture::CifarCnn, &[3, 18, 16], adam, 8, 5e-5),
        // Batch normalisation by few points makes much of the last bits, step by step.
        (resnet, &[3, 16, 16], Optimizer::Sgd { learning_rate: 1e-3, momentum: 0.0 }, 1, 2e-3),
        (Architecture::Mlp, &[2], Optimizer::Adamw { learning_rate: 1e-3 }, 8, 5e-5),
        (Architecture::Mlp, &[2], sgd, 8, 5e-5),
    ] {
        let network = Network::new(name, &InputForm::numbers(shape), CLASSES).unwrap();
        let config = Config { optimizer, ..config(name, epochs) };
        let runs = [run(0), run(1), run(2)];
        let points = runs.each_ref().map(|run| labelled(shape, run.place.seed));
        let jobs = [(0, 0.0), (1, 0.3), (2, 3.0)];
        let jobs = jobs.map(|(g, lambda)| job(&runs[g], &points[g], lambda));
        let together = fit(&network, &config, &jobs, None, Device::Cpu).unwrap();
        assert_eq!(together.len(), jobs.len());
        for (job, together) in jobs.iter().zip(&together) {
            let alone = &fit(&network, &config, &[*job], None, Device::Cpu).unwrap()[0];
            let start = weights(&job.initial(&network, Device::Cpu), &network);
            let (alone_weights, weights) =
                (weights(&alone.parameters, &network), weights(&together.parameters, &network));
            let moved = largest_difference(&alone_weights, &start);
            let difference = largest_difference(&alone_weights, &weights);
            assert!(moved > 1e-2, "the steps lead somewhere: {moved}");
            assert!(difference <= tolerance, "{} seed {}: {difference}", name.name(), job.run.place.seed);
            for (alone, together) in alone.epochs.iter().zip(&together.epochs) {
                assert!((alone.accuracy - together.accuracy).abs() < 1e-12, "{alone:?} {together:?}");
                assert!((alone.loss - together.loss).abs() <= f64::from(tolerance), "{alone:?} {together:?}");
            }
            assert_eq!(alone.epochs.len(), together.epochs.len());
        }
    }
}

/// The weights of the second layer after `epochs` steps on all points, with this weight decay.
fn after(optimizer: Optimizer, epochs: usize, lambda: f64) -> Vec<f64> {
    let (network, run) =
        (Network::new(Architecture::Mlp, &InputForm::numbers(&[2]), CLASSES).unwrap(), run(0));
    let config = Config { optimizer, batch_size: POINTS, ..config(Architecture::Mlp, epochs) };
    let points = labelled(&[2], 0);
    let job = job(&run, &points, lambda);
    let fitted = fit(&network, &config, &[job], None, Device::Cpu).unwrap();
    Vec::try_from(fitted[0].parameters.get("dense2.weight").to_kind(Kind::Double).flatten(0, -1)).unwrap()
}

#[test]
fn optimisers_do_the_steps_of_their_equations() {
    one_thread();
    let (rate, lambda) = (0.125, 0.5);
    let start = after(Optimizer::default(), 0, 0.0);
    let sgd = |momentum| Optimizer::Sgd { learning_rate: rate, momentum };
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    // One step of either: decay moves a weight by η·λ·w more, whatever the gradient is.
    for optimizer in [sgd(0.9), Optimizer::Adamw { learning_rate: rate }] {
        let (free, decayed) = (after(optimizer, 1, 0.0), after(optimizer, 1, lambda));
        for ((w, free), decayed) in start.iter().zip(free).zip(decayed) {
            close(free - decayed, rate * lambda * w);
        }
    }
    // A first step knows no momentum. The second repeats μ times the first, beside its own gradient.
    let (first, plain, heavy) = (after(sgd(0.9), 1, 0.0), after(sgd(0.0), 2, 0.0), after(sgd(0.9), 2, 0.0));
    for (((w, first), plain), heavy) in start.iter().zip(&first).zip(plain).zip(heavy) {
        close(heavy - plain, 0.9 * (first - w));
    }
    // The first step of Adam is η in the direction of the gradient, if ε is small against that.
    let (adam, sgd) = (after(Optimizer::Adam { learning_rate: 1e-3 }, 1, 0.0), after(sgd(0.0), 1, 0.0));
    for ((w, adam), sgd) in start.iter().zip(adam).zip(sgd).filter(|((w, _), sgd)| (*w - sgd).abs() > 1e-4) {
        close(adam - w, 1e-3 * (sgd - w).signum());
    }
}

#[test]
fn members_of_an_ensemble_differ_in_weights_order_and_masks() {
    let run = run(0);
    let points = labelled(&[2], 0);
    let of_member = |member| Job { member, ..job(&run, &points, 0.0) };
    let network = Network::new(Architecture::Mlp, &InputForm::numbers(&[2]), CLASSES).unwrap();
    let order = |member| {
        let mut order: Vec<i64> = (0..POINTS as i64).collect();
        of_member(member).shuffle(0, &mut order);
        order
    };
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        let initial = |member| weights(&of_member(member).initial(&network, Device::Cpu), &network);
        assert_ne!(initial(a), initial(b));
        assert_ne!(order(a), order(b));
        assert_ne!(of_member(a).draws(0, 30), of_member(b).draws(0, 30));
        assert_ne!(of_member(a).masks(0, 2, 4, 50, 0.3), of_member(b).masks(0, 2, 4, 50, 0.3));
        assert_ne!(of_member(a).views(0, 9, 9), of_member(b).views(0, 9, 9));
    }
}

#[test]
fn an_epoch_may_be_a_number_of_draws() {
    one_thread();
    let network = Network::new(Architecture::Mlp, &InputForm::numbers(&[2]), CLASSES).unwrap();
    let (run, points) = (run(0), labelled(&[2], 0));
    let job = job(&run, &points, 0.0);
    let drawn = job.draws(3, 1000);
    assert_eq!(drawn.len(), 1000);
    assert!((0..POINTS as i64).all(|point| drawn.contains(&point)), "all of them come");
    assert_ne!(drawn, job.draws(4, 1000), "every epoch draws anew");
    let config = Config { draws_per_epoch: Some(1000), ..config(Architecture::Mlp, 2) };
    let fitted = fit(&network, &config, &[job], None, Device::Cpu).unwrap();
    let longer = Config { draws_per_epoch: None, epochs: 2 * 1000 / POINTS, ..config };
    let passes = fit(&network, &longer, &[job], None, Device::Cpu).unwrap();
    let last = |fitted: &[Fitted]| fitted[0].epochs.last().unwrap().loss;
    assert_eq!(fitted[0].epochs.len(), 2);
    // About as many steps lead about as far.
    assert!((last(&fitted) - last(&passes)).abs() < 0.15, "{} {}", last(&fitted), last(&passes));
}

#[test]
fn early_stopping_goes_back_to_the_best_epoch_of_each_network() {
    one_thread();
    let network = Network::new(Architecture::Mlp, &InputForm::numbers(&[2]), CLASSES).unwrap();
    let runs = [run(0), run(1)];
    let points = runs.each_ref().map(|run| labelled(&[2], run.place.seed));
    // Points with other random labels: what is learnt soon makes them worse.
    let validation = runs.each_ref().map(|run| labelled(&[2], run.place.seed + 70));
    let jobs = [0, 1].map(|g| Job { validation: Some(&validation[g]), ..job(&runs[g], &points[g], 0.0) });
    for metric in [StoppingMetric::Nll, StoppingMetric::Accuracy] {
        let early_stopping = Some(EarlyStopping { metric, patience: 4 });
        let stopped = Config { early_stopping, ..config(Architecture::Mlp, 300) };
        let together = fit(&network, &stopped, &jobs, None, Device::Cpu).unwrap();
        for (job, together) in jobs.iter().zip(&together) {
            let alone = &fit(&network, &stopped, &[*job], None, Device::Cpu).unwrap()[0];
            let epochs = alone.epochs.len();
            assert!((5..300).contains(&epochs), "{metric:?}: {epochs} epochs");
            assert_eq!(epochs, together.epochs.len(), "others of a group do not matter");
            let value = |epoch: &Epoch| {
                let [nll, accuracy] = epoch.validation.unwrap();
                if metric == StoppingMetric::Nll { nll } else { -accuracy }
            };
            let values: Vec<f64> = alone.epochs.iter().map(value).collect();
            let best = (0..epochs).reduce(|a, b| if values[b] < values[a] { b } else { a }).unwrap();
            assert_eq!(best + 1 + 4, epochs, "{metric:?}: {values:?}");
            let until_then = Config { epochs: best + 1, ..config(Architecture::Mlp, 0) };
            let exact = &fit(&network, &until_then, &[*job], None, Device::Cpu).unwrap()[0];
            let [exact, alone, together] =
                [exact, alone, together].map(|fitted| weights(&fitted.parameters, &network));
            assert!(exact == alone, "the weights of that epoch");
            assert!(largest_difference(&alone, &together) < 1e-4);
        }
    }
}

#[test]
fn class_weights_make_classes_count_the_same() {
    one_thread();
    // One step on three points of class 0 and one of class 1 is that on one of each, if inputs are alike.
    let network = Network::new(Architecture::Mlp, &InputForm::numbers(&[2]), 2).unwrap();
    let (run, of_class) = (run(0), [[0.5f32, -1.0], [-0.25, 0.75]]);
    let points = |classes: &[i64]| {
        let inputs: Vec<f32> = classes.iter().flat_map(|&class| of_class[class as usize]).collect();
        Labelled { inputs: Tensor::from_slice(&inputs).view([-1, 2]), labels: Tensor::from_slice(classes) }
    };
    let (even, uneven) = (points(&[0, 1]), points(&[0, 0, 1, 0]));
    let gradient = |points: &Labelled, class_weights: Option<&Tensor>| {
        let job = Job { class_weights, ..job(&run, points, 0.0) };
        let sgd = Optimizer::Sgd { learning_rate: 1.0, momentum: 0.0 };
        let config = Config { optimizer: sgd, ..config(Architecture::Mlp, 1) };
        let mut networks = Networks::initial(&network, &config, &[job], Device::Cpu);
        let (inputs, labels) = (points.inputs.unsqueeze(0), points.labels.unsqueeze(0));
        let ones = |_| Tensor::ones([1, 1, 1], CPU);
        drop(networks.step(&inputs, &labels, &mut { ones }));
        weights(&networks.copy(0), &network)
    };
    let balanced = Tensor::from_slice(&[1.0f32 / 3.0, 1.0]);
    let difference = largest_difference(&gradient(&even, None), &gradient(&uneven, Some(&balanced)));
    assert!(difference < 1e-6, "{difference}");
    assert!(largest_difference(&gradient(&even, None), &gradient(&uneven, None)) > 1e-3);
}

#[test]
fn views_are_of_training_only_and_change_what_is_learnt() {
    one_thread();
    let network = Network::new(Architecture::GalCnn, &InputForm::numbers(&[1, 14, 14]), CLASSES).unwrap();
    let (run, points) = (run(0), labelled(&[1, 14, 14], 0));
    let job = job(&run, &points, 0.0);
    let fitted = |augmentation: Option<Augmentation>| {
        let views = augmentation.map(|augmentation| Views::new(augmentation, Tensor::zeros([1, 1, 1], CPU)));
        let config = config(Architecture::GalCnn, 3);
        weights(&fit(&network, &config, &[job], views.as_ref(), Device::Cpu).unwrap()[0].parameters, &network)
    };
    let nothing = Augmentation { crop_padding: 0, horizontal_flip: false };
    assert!(fitted(None) == fitted(Some(nothing)), "a view that shows all of the image");
    let (crop, flip) =
        (Augmentation { crop_padding: 2, ..nothing }, Augmentation { horizontal_flip: true, ..nothing });
    assert!(fitted(Some(crop)) != fitted(None) && fitted(Some(flip)) != fitted(None));
    assert!(fitted(Some(crop)) == fitted(Some(crop)), "and the same again");
}

#[test]
fn no_minibatch_of_one_point_where_a_variance_is_needed() {
    assert_eq!(minibatches(5, 2, false), [0..2, 2..4, 4..5]);
    assert_eq!(minibatches(5, 2, true), [0..2, 2..5]);
    assert_eq!(minibatches(6, 2, true), [0..2, 2..4, 4..6]);
}

#[test]
fn weight_decay_is_each_runs_own_and_spares_biases() {
    one_thread();
    let network = Network::new(Architecture::Mlp, &InputForm::numbers(&[2]), CLASSES).unwrap();
    let points = labelled(&[2], 0);
    // The same run with two weight decays: all that can differ.
    let run = run(0);
    let jobs = [0.0, 30.0].map(|lambda| job(&run, &points, lambda));
    let fitted = fit(&network, &config(Architecture::Mlp, 60), &jobs, None, Device::Cpu).unwrap();
    let norm = |fitted: &Fitted, key: &str| fitted.parameters.get(key).norm().double_value(&[]);
    let [free, decayed] = [&fitted[0], &fitted[1]].map(|fitted| norm(fitted, "dense2.weight"));
    assert!(decayed < 0.5 * free, "{decayed} against {free}");
    let [free, decayed] = [&fitted[0], &fitted[1]].map(|fitted| norm(fitted, "dense1.bias"));
    assert!(decayed > 0.5 * free, "{decayed} against {free}");
}

#[test]
fn a_group_repeats_to_the_last_bit() {
    one_thread();
    let network = Network::new(Architecture::Mlp, &InputForm::numbers(&[2]), CLASSES).unwrap();
    let runs = [run(0), run(1)];
    let points = runs.each_ref().map(|run| labelled(&[2], run.place.seed));
    let jobs = [0, 1].map(|g| job(&runs[g], &points[g], 1e-3));
    let fitted = || fit(&network, &config(Architecture::Mlp, 5), &jobs, None, Device::Cpu).unwrap();
    for (a, b) in fitted().iter().zip(fitted()) {
        assert!(weights(&a.parameters, &network) == weights(&b.parameters, &network));
    }
}

#[test]
fn a_run_that_diverges_is_named() {
    let network = Network::new(Architecture::Mlp, &InputForm::numbers(&[2]), CLASSES).unwrap();
    let (good, bad) = (labelled(&[2], 0), labelled(&[2], 1));
    let bad = Labelled { inputs: bad.inputs * f64::INFINITY, labels: bad.labels };
    let runs = [run(4), run(5)];
    let jobs = [(&runs[0], &good), (&runs[1], &bad)];
    let jobs = jobs.map(|(run, labelled)| job(run, labelled, 0.0));
    let error = fit(&network, &config(Architecture::Mlp, 1), &jobs, None, Device::Cpu).err().unwrap();
    let Error::Run { out, source } = error else { panic!("names no run: {error}") };
    assert_eq!(out, runs[1].place.out);
    assert!(matches!(*source, Error::Diverged { epoch: 0, .. }), "{source}");
}
