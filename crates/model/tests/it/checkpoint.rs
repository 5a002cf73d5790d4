//! Networks in `model.safetensors`.

use std::path::{Path, PathBuf};

use bal_artifact::{Inputs, Manifest, Staging, Weights};
use bal_model::{Architecture, Error, Network, Parameters, to_vec};
use serde_json::json;
use tch::Device;

use crate::recorded::Recorded;
use crate::{filled, networks};

/// The file that `bal-train` would publish.
fn written(folder: &Path, weights: &Weights) -> PathBuf {
    let out = folder.join("train");
    let mut staging = Staging::new(&out, "train", &[]).unwrap();
    staging.weights("model", weights).unwrap();
    staging.publish(Manifest::new("train", 1, json!({}), Inputs::new(folder))).unwrap();
    out.join("model.safetensors")
}

fn assert_comes_back(network: &Network, members: &[Parameters]) {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &network.to_weights(members));
    let (read, back) = Network::load(&path, Device::Cpu).unwrap();
    let name = network.architecture.name();
    assert_eq!(
        (read.architecture, read.form, read.classes),
        (network.architecture, network.form.clone(), network.classes)
    );
    assert_eq!(read.steps, network.steps, "{name}");
    assert_eq!(back.len(), members.len());
    for (member, back) in members.iter().zip(&back) {
        for spec in network.parameters() {
            assert!(back.get(&spec.key).equal(member.get(&spec.key)), "{name}: `{}`", spec.key);
        }
    }
}

#[test]
fn networks_and_ensembles_come_back_from_their_files() {
    for network in networks() {
        let member = |prefix: &str| filled(&network, prefix);
        assert_comes_back(&network, &[member("a.")]);
        // One of the large ones with batch normalisation is enough: half a gigabyte goes through here.
        let is_small = !network.architecture.has_batch_norm();
        if is_small || network.architecture == (Architecture::Resnet18 { imagenet_stem: false }) {
            assert_comes_back(&network, &["a.", "b.", "c."].map(member));
        }
    }
}

/// torchvision loads a member of `resnet18` once its number is taken off the keys.
#[test]
fn keys_are_those_of_pytorch_behind_the_number_of_the_member() {
    for recorded in Recorded::all() {
        let network = recorded.network();
        let weights = network.to_weights(&[filled(&network, "")]);
        let mut expected: Vec<String> =
            recorded.parameters.keys().chain(recorded.buffers.keys()).map(|key| format!("0.{key}")).collect();
        expected.sort();
        assert!(weights.tensors.keys().eq(&expected), "{:?}", weights.tensors.keys());
    }
}

/// The only tensors and the description of a file of a perceptron before there were ensembles.
fn old_file() -> Weights {
    let tensor = |key: &str, shape: &[usize], value: f32| {
        (key.to_owned(), (shape.to_vec(), vec![value; shape.iter().product()]))
    };
    let tensors = [
        tensor("0.dense1.weight", &[50, 2], 0.125),
        tensor("0.dense1.bias", &[50], 0.25),
        tensor("0.dense2.weight", &[50, 50], 0.5),
        tensor("0.dense2.bias", &[50], 1.0),
        tensor("0.dense3.weight", &[2, 50], 2.0),
        tensor("0.dense3.bias", &[2], 4.0),
    ];
    let description = json!({ "network": "mlp", "input_shape": [2], "classes": 2, "members": 1 });
    Weights { description, tensors: tensors.into() }
}

#[test]
fn files_from_before_there_were_ensembles_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let (network, members) = Network::load(&written(folder.path(), &old_file()), Device::Cpu).unwrap();
    assert_eq!((network.architecture.name(), members.len()), ("mlp", 1));
    for (key, value) in [("dense1.weight", 0.125), ("dense2.bias", 1.0), ("dense3.bias", 4.0)] {
        assert!(to_vec(members[0].get(key)).iter().all(|found| (found - value).abs() < 1e-6), "{key}");
    }
}

#[test]
fn tensors_of_another_network_are_refused() {
    let refused = |change: serde_json::Value| {
        let folder = tempfile::tempdir().unwrap();
        let mut weights = old_file();
        weights.description.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Network::load(&written(folder.path(), &weights), Device::Cpu).unwrap_err()
    };
    let another = refused(json!({ "network": "gal_cnn", "input_shape": [1, 28, 28] }));
    assert!(another.to_string().contains("expected a tensor `0.conv1.weight`, found none"), "{another}");
    let wider = refused(json!({ "input_shape": [3] }));
    assert!(wider.to_string().contains("`0.dense1.weight` of shape [50, 3], found [50, 2]"), "{wider}");
    let classes = refused(json!({ "classes": 3 }));
    assert!(classes.to_string().contains("`0.dense3.weight` of shape [3, 50], found [2, 50]"), "{classes}");
    let members = refused(json!({ "members": 2 }));
    assert!(members.to_string().contains("expected a tensor `1.dense1.weight`"), "{members}");
    let none = refused(json!({ "members": 0 }));
    assert!(matches!(none, Error::Weights { .. }), "{none}");
    let texts = refused(json!({ "words": 50 }));
    assert!(texts.to_string().contains("`mlp` cannot take texts"), "{texts}");
    let unknown = refused(json!({ "network": "lenet" }));
    assert!(unknown.to_string().contains("lenet"), "{unknown}");
}
