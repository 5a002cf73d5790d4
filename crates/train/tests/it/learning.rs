//! Every network learns a small task about as well as PyTorch does, and an ensemble is made of different
//! networks.
//!
//! `crates/model/tests/golden/learning.json` has the tasks, their settings and PyTorch's accuracies.

use std::io::Write as _;
use std::path::Path;

use bal_artifact::Weights;
use bal_artifact::tables::Metrics;
use bal_model::{
    Architecture, Draw, Examples, Network, Parameters, Posterior, PosteriorKind, Precision, Sampler,
};
use bal_stream::Purpose;
use bal_testkit::SmallTask;
use bal_train::{Config, Evaluate, Files, Optimizer, WeightDecay};
use serde::Deserialize;
use tch::{Device, Kind, Tensor};

use crate::{config, ids, metrics, task, train};

/// Networks whose task takes too long for every `make test`.
const LARGE: [&str; 2] = ["resnet18", "vgg16"];

#[derive(Clone, Deserialize)]
struct Recorded {
    name: String,
    input: Vec<usize>,
    imagenet_stem: Option<bool>,
    words: Option<usize>,
    train: usize,
    test: usize,
    epochs: usize,
    batch_size: usize,
    optimizer: String,
    learning_rate: f64,
    first_inputs: Vec<f64>,
    input_sum: f64,
    accuracy: Vec<f64>,
}

impl Recorded {
    fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("../../../model/tests/golden/learning.json")).unwrap()
    }

    fn title(&self) -> String {
        let stem = if self.imagenet_stem == Some(true) { " with the ImageNet stem" } else { "" };
        format!("{}{stem}", self.name)
    }

    fn small_task(&self) -> SmallTask {
        SmallTask { input_shape: self.input.clone(), words: self.words, train: self.train, test: self.test }
    }

    fn config(&self) -> Config {
        let network = match self.imagenet_stem {
            Some(stem) => serde_json::json!({ &self.name: { "imagenet_stem": stem } }),
            None => serde_json::json!(self.name),
        };
        assert_eq!(self.optimizer, "adam");
        Config {
            network: serde_json::from_value(network).unwrap(),
            epochs: self.epochs,
            batch_size: self.batch_size,
            optimizer: Optimizer::Adam { learning_rate: self.learning_rate },
            evaluate: Evaluate { posterior: Some(PosteriorKind::Deterministic), samples: 1 },
            ..config(WeightDecay::Fixed(0.0))
        }
    }
}

/// Data set, all training points labelled, no validation points; the run with seed 0.
fn prepare(folder: &Path, recorded: &Recorded) -> Files {
    recorded.small_task().prepare(&folder.join("data"));
    ids(&folder.join("validation"), "validation", 0..0);
    let labelled: Vec<i64> = (0..recorded.train as i64).collect();
    bal_testkit::round_labels(&folder.join("label"), &folder.join("data"), &labelled, &[]);
    let mut files = task(folder, "train");
    files.place.seed = 0;
    files
}

fn learnt(recorded: &Recorded, config: &Config) -> Metrics {
    let folder = tempfile::tempdir().unwrap();
    let files = prepare(folder.path(), recorded);
    train(config, &files).unwrap();
    metrics(&files.place.out)
}

#[test]
fn tasks_are_made_of_the_same_points_as_for_pytorch() {
    for recorded in Recorded::all() {
        let inputs = recorded.small_task().inputs();
        assert_eq!(inputs[..recorded.first_inputs.len()], recorded.first_inputs, "{}", recorded.title());
        let sum: f64 = inputs.iter().sum();
        assert!((sum - recorded.input_sum).abs() < 1e-6, "{}: {sum}", recorded.title());
    }
}

#[test]
fn networks_learn_small_tasks_as_well_as_in_pytorch() {
    let all = std::env::var("BAL_LEARN").is_ok_and(|value| value == "all");
    for recorded in Recorded::all() {
        let title = recorded.title();
        if !all && LARGE.contains(&recorded.name.as_str()) {
            say(&format!("{title}: left out, it is learnt in `make learn`"));
            continue;
        }
        let start = std::time::Instant::now();
        let accuracy = learnt(&recorded, &recorded.config()).test.accuracy;
        let pytorch = recorded.accuracy.iter().sum::<f64>() / recorded.accuracy.len() as f64;
        let seconds = start.elapsed().as_secs_f64();
        say(&format!("{title}: test accuracy {accuracy:.3}, PyTorch {pytorch:.3}, {seconds:.1} s"));
        assert!(accuracy >= 0.9 && accuracy >= pytorch - 0.03, "{title}: {accuracy}, in PyTorch {pytorch}");
    }
}

/// Says it also where the test harness keeps what a test prints to itself.
fn say(text: &str) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "{text}").unwrap();
}

/// An ensemble of perceptrons, and what its members predict.
struct Ensemble {
    network: Network,
    members: Vec<Parameters>,
    inputs: Tensor,
    labels: Vec<i64>,
}

impl Ensemble {
    /// Probabilities f64 [n, K, C] of these members' samples.
    fn probs(&self, members: &[Parameters], posterior: Posterior) -> Tensor {
        let draws = (Draw::new(0, 0), Purpose::Test("learning"));
        let sampler = Sampler::new(&self.network, members, posterior, draws, Precision::F32).unwrap();
        sampler.log_probs(&self.inputs).to_kind(Kind::Double).exp()
    }

    /// Negative log-likelihood of the labels under probabilities [n, C].
    fn nll(&self, probs: &Tensor) -> f64 {
        let of_labels = probs.gather(1, &Tensor::from_slice(&self.labels).unsqueeze(1), false);
        -of_labels.log().mean(Kind::Double).double_value(&[])
    }
}

/// Mean variance of probabilities [n, K, C] over the K samples.
fn disagreement(probs: &Tensor) -> f64 {
    probs.var_dim(1i64, false, false).mean(Kind::Double).double_value(&[])
}

#[test]
fn members_of_an_ensemble_disagree_and_predict_better_together() {
    tch::set_num_threads(1);
    let recorded = Recorded::all().into_iter().find(|recorded| recorded.name == "mlp").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = prepare(folder.path(), &recorded);
    let evaluate = Evaluate { posterior: Some(PosteriorKind::DeepEnsemble), samples: 1 };
    train(&Config { members: 5, evaluate, ..recorded.config() }, &files).unwrap();

    let path = files.place.out.join("model.safetensors");
    assert_all_differ(&Weights::read(&path).unwrap(), 5);
    let (network, members) = Network::load(&path, Device::Cpu).unwrap();
    assert_eq!((network.architecture, members.len()), (Architecture::Mlp, 5));
    let details = bal_artifact::DatasetDetails::read(&files.data).unwrap();
    let mut read = bal_artifact::Inputs::new(folder.path());
    let half = Examples::load(&files.data, "test_inputs.npy", &details, &mut read).unwrap();
    let inputs = half.gather(&(0..half.len() as i64).collect::<Vec<_>>(), Device::Cpu);
    let labels = bal_artifact::read_array::<i64, ndarray::Ix1>("labels", &files.data.join("test_labels.npy"));
    let ensemble = Ensemble { network, members, inputs, labels: labels.unwrap().to_vec() };

    let together = ensemble.probs(&ensemble.members, Posterior::DeepEnsemble);
    let again = |_| ensemble.probs(&ensemble.members[..1], Posterior::Deterministic);
    let one_again = Tensor::cat(&(0..5).map(again).collect::<Vec<_>>(), 1);
    assert_eq!((together.size(), one_again.size()), (vec![500, 5, 2], vec![500, 5, 2]));
    assert!(disagreement(&one_again) <= 0.0, "one network says the same five times");
    let disagreement = disagreement(&together);
    let alone: Vec<f64> = (0..5).map(|member| ensemble.nll(&together.select(1, member))).collect();
    let mean = alone.iter().sum::<f64>() / 5.0;
    let nll = ensemble.nll(&together.mean_dim(1i64, false, Kind::Double));
    say(&format!("mean variance {disagreement:.2e}; NLL {nll:.4} together, {alone:.4?} alone"));
    assert!(disagreement > 1e-4, "{disagreement}");
    // −log is convex: only members that are averaged as probabilities must obey this.
    assert!(nll <= mean, "{nll} together, {alone:?} alone");
    let recorded = metrics(&files.place.out).test.nll;
    assert!((recorded - nll).abs() < 1e-6, "`bal-train` evaluates all members: {recorded} is not {nll}");
}

/// No tensor of a member is that of another.
fn assert_all_differ(weights: &Weights, members: usize) {
    let keys = weights.tensors.keys().filter_map(|key| key.strip_prefix("0."));
    for (key, (a, b)) in
        keys.flat_map(|key| (0..members).flat_map(move |b| (0..b).map(move |a| (key, (a, b)))))
    {
        let of = |member: usize| &weights.tensors[&format!("{member}.{key}")].1;
        assert!(of(a) != of(b), "`{key}` of members {a} and {b}");
    }
}
