//! What `bal-score` reads: data sets, splits and checkpoints, as other stages leave them.

use std::path::Path;

use bal_artifact::{DatasetDetails, DatasetKind, Inputs, Manifest, Staging, Weights};
use bal_model::{Architecture, Draw, InputForm, Network, Parameters};
use ndarray::{Array1, Array2};

pub(crate) const MODEL: [&str; 8] =
    ["--model", "train/model.safetensors", "--data", "data", "--pool", "split/pool.npy", "--device", "cpu"];

/// A data set, an untrained network, a pool of 60 points and 10 labelled ones.
pub(crate) fn prepare(folder: &Path) {
    prepare_pool(folder, 60);
}

pub(crate) fn prepare_pool(folder: &Path, points: i64) {
    let network = digits(folder, points);
    checkpoint(folder, &network.to_weights(&members(&network, 1)));
}

/// The same without weights; gives the network.
pub(crate) fn digits(folder: &Path, points: i64) -> Network {
    let details = bal_testkit::prepared_dataset(&folder.join("data"), points as usize + 20, 20, 0);
    publish(folder, "split", serde_json::Value::Null, |staging| {
        staging.array("pool", &(10..points + 10).rev().collect::<Array1<i64>>()).unwrap();
        staging.array("initial", &(points..points + 10).collect::<Array1<i64>>()).unwrap();
    });
    Network::new(Architecture::GalCnn, &InputForm::of(&details), details.classes.len()).unwrap()
}

/// A data set of these points, all of them a pool; gives a perceptron for it.
pub(crate) fn plane(folder: &Path, points: &Array2<f32>, pool: usize, classes: usize) -> Network {
    let dimensions = points.ncols();
    let details = DatasetDetails {
        name: "points".to_owned(),
        kind: DatasetKind::Points,
        classes: (0..classes).map(|class| class.to_string()).collect(),
        input_shape: vec![dimensions],
        words: None,
        view: None,
        mean: vec![0.5; dimensions],
        std: vec![2.0; dimensions],
        licence: "none needed: generated".to_owned(),
        source: "generated".to_owned(),
    };
    publish(folder, "data", serde_json::to_value(&details).unwrap(), |staging| {
        staging.array("train_inputs", points).unwrap();
        staging.array("train_labels", &Array1::<i64>::zeros(points.nrows())).unwrap();
    });
    publish(folder, "split", serde_json::Value::Null, |staging| {
        staging.array("pool", &(0..pool as i64).collect::<Array1<i64>>()).unwrap();
    });
    Network::new(Architecture::Mlp, &InputForm::of(&details), classes).unwrap()
}

/// Untrained members of an ensemble.
pub(crate) fn members(network: &Network, members: usize) -> Vec<Parameters> {
    let device = bal_model::resolve("cpu").unwrap();
    (0..members).map(|member| Parameters::init(network, Draw::new(0, 0).of_network(member), device)).collect()
}

/// Publishes weights as `train` does.
pub(crate) fn checkpoint(folder: &Path, weights: &Weights) {
    publish(folder, "train", serde_json::Value::Null, |staging| staging.weights("model", weights).unwrap());
}

fn publish(folder: &Path, out: &str, details: serde_json::Value, fill: impl FnOnce(&mut Staging)) {
    let stage = match out {
        "data" => "dataset",
        "train" => "train",
        _ => "split",
    };
    let mut staging = Staging::new(&folder.join(out), stage, &[]).unwrap();
    fill(&mut staging);
    let mut manifest = Manifest::new(stage, 1, serde_json::json!({}), Inputs::new(folder));
    manifest.details = details;
    staging.publish(manifest).unwrap();
}
