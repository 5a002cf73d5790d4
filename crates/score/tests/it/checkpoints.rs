//! Weights that are damaged, foreign, or of another number of networks: nothing is scored by them.

use std::path::Path;

use bal_artifact::Weights;
use bal_model::{Architecture, InputForm, Network};
use ndarray::Array2;
use predicates::str::contains;

use crate::prepared::{MODEL, checkpoint, digits, members, plane};
use crate::score;

/// What is said names the file, what was expected and what was found.
fn refused(folder: &Path, weights: &Weights, posterior: &str, texts: &[&str]) {
    checkpoint(folder, weights);
    let arguments = [&MODEL[..], &["--acquisition", "bald", "--posterior", posterior]].concat();
    let mut said = score(folder, &arguments).code(4).stderr(contains("train/model.safetensors"));
    for text in texts {
        said = said.stderr(contains(*text));
    }
    assert!(!folder.join("score").exists(), "nothing is written");
    let mut left: Vec<_> =
        fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["data", "split", "train"], "nothing is left");
}

/// A data set of digits, and the weights of two members.
fn two(folder: &Path) -> (Network, Weights) {
    let network = digits(folder, 60);
    let weights = network.to_weights(&members(&network, 2));
    (network, weights)
}

#[test]
fn damaged_weights_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, whole) = two(folder.path());
    let damaged = |damage: &dyn Fn(&mut Weights), texts: &[&str]| {
        let mut weights = whole.clone();
        damage(&mut weights);
        refused(folder.path(), &weights, "deep_ensemble", texts);
    };
    damaged(
        &|weights| drop(weights.tensors.remove("1.conv2.weight")),
        &["do not fit: expected a tensor `1.conv2.weight`, found none"],
    );
    damaged(
        &|weights| weights.tensors.retain(|key, _| key.starts_with("0.")),
        &["expected a tensor `1.conv1.weight`, found none"],
    );
    damaged(
        &|weights| weights.description["members"] = 1.into(),
        &["expected 8 tensors, of 1 members, found 16"],
    );
    damaged(
        &|weights| weights.tensors.get_mut("1.dense1.bias").unwrap().1[7] = f32::NAN,
        &["expected numbers in `1.dense1.bias`, found NaN at position 7"],
    );
    damaged(
        &|weights| weights.tensors.get_mut("0.dense1.bias").unwrap().1[0] += 1.0,
        &["expected the tensors of member 0 that were written, digest "],
    );
    damaged(
        &|weights| weights.description["network"] = "no_such_cnn".into(),
        &["expected a description of the network", "no_such_cnn"],
    );
    damaged(
        &|weights| weights.description["network"] = "batchbald_cnn".into(),
        &["expected `0.conv1.weight` of shape [32, 1, 5, 5], found [32, 1, 4, 4]"],
    );
    damaged(
        &|weights| weights.description["network"] = "text_cnn".into(),
        &["expected a network that takes its inputs, found network `text_cnn` cannot take inputs of shape"],
    );
    damaged(
        &|weights| weights.description["digests"] = serde_json::json!([""]),
        &["expected digests of 2 members, found 1"],
    );
}

#[test]
fn members_that_changed_places_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, mut weights) = two(folder.path());
    let exchanged = weights.tensors.into_iter().map(|(key, tensor)| match key.split_once('.').unwrap() {
        ("0", rest) => (format!("1.{rest}"), tensor),
        (_, rest) => (format!("0.{rest}"), tensor),
    });
    weights.tensors = exchanged.collect();
    let texts = ["expected the tensors of member 0 that were written, digest ", ", found digest "];
    refused(folder.path(), &weights, "deep_ensemble", &texts);
}

#[test]
fn weights_for_other_data_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let network = digits(folder.path(), 60);
    let weights = |network: &Network| network.to_weights(&members(network, 1));
    let data = "expected inputs of shape [1, 28, 28] and 10 classes, as the data set";
    let of = |architecture, shape: &[usize], classes| {
        weights(&Network::new(architecture, &InputForm::numbers(shape), classes).unwrap())
    };
    let found = "found inputs of shape [1, 28, 28] and 9 classes";
    refused(folder.path(), &of(Architecture::GalCnn, &[1, 28, 28], 9), "mc_dropout", &[data, found]);
    let found = "found inputs of shape [3, 32, 32] and 10 classes";
    refused(folder.path(), &of(Architecture::CifarCnn, &[3, 32, 32], 10), "mc_dropout", &[data, found]);
    let found = "found inputs of shape [2] and 10 classes";
    refused(folder.path(), &of(Architecture::Mlp, &[2], 10), "mc_dropout", &[data, found]);
    // The words of texts belong to their form.
    let texts = Network::new(Architecture::TextCnn, &InputForm::texts(40, 100), 10).unwrap();
    let found = "found texts of 40 words out of 100 and 10 classes";
    refused(folder.path(), &weights(&texts), "mc_dropout", &[data, found]);
    plane(folder.path(), &Array2::from_shape_fn((60, 2), |(n, d)| (n + d) as f32), 60, 10);
    let data = "expected inputs of shape [2] and 10 classes, as the data set";
    refused(folder.path(), &weights(&network), "mc_dropout", &[data, "[1, 28, 28]"]);
}

#[test]
fn a_posterior_is_of_one_network_or_of_several() {
    let folder = tempfile::tempdir().unwrap();
    let (network, two) = two(folder.path());
    let one = network.to_weights(&members(&network, 1));
    for posterior in ["mc_dropout", "deterministic"] {
        let text = format!("posterior `{posterior}` is of one network, and the checkpoint has 2");
        refused(folder.path(), &two, posterior, &[&text, "take `deep_ensemble` or `ensemble_mc_dropout`"]);
    }
    for posterior in ["deep_ensemble", "ensemble_mc_dropout"] {
        let text = format!("posterior `{posterior}` is of several networks, and the checkpoint has 1");
        refused(folder.path(), &one, posterior, &[&text, "take `mc_dropout` or `deterministic`"]);
    }
}

#[test]
fn masks_of_all_members_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let (_, two) = two(folder.path());
    checkpoint(folder.path(), &two);
    let arguments = ["--acquisition", "bald", "--posterior", "ensemble_mc_dropout", "--samples", "5001"];
    score(folder.path(), &[&MODEL[..], &arguments].concat())
        .code(3)
        .stderr(contains("key `posterior.ensemble_mc_dropout.samples`: expected at most 10000 samples"))
        .stderr(contains("found 5001 of each of 2"));
    assert!(!folder.path().join("score").exists());
}
