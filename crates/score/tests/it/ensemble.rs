//! Scores by the members of an ensemble.

use std::path::Path;

use bal_artifact::read_array;
use ndarray::{Array3, Axis, Ix2, Ix3, concatenate};

use crate::prepared::{MODEL, checkpoint, digits, members};
use crate::score;

fn predictions(folder: &Path, arguments: &[&str]) -> Array3<f32> {
    score(folder, &[&MODEL[..], &["--acquisition", "bald", "--write-log-probs"], arguments].concat())
        .success();
    read_array("log_probs", &folder.join("score/log_probs.npy")).unwrap()
}

/// `of` the predictions of each member alone.
fn of_members(folder: &Path, network: &bal_model::Network, arguments: &[&str]) -> Vec<Array3<f32>> {
    let of_member = |parameters| {
        checkpoint(folder, &network.to_weights(&[parameters]));
        predictions(folder, arguments)
    };
    members(network, 3).into_iter().map(of_member).collect()
}

#[test]
fn samples_of_a_deep_ensemble_are_its_members_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let network = digits(folder.path(), 60);
    let alone = of_members(folder.path(), &network, &["--posterior", "deterministic"]);
    checkpoint(folder.path(), &network.to_weights(&members(&network, 3)));
    let together = predictions(folder.path(), &["--posterior", "deep_ensemble"]);
    assert_eq!(together.dim(), (60, 3, 10));
    assert_eq!(together, concatenate![Axis(1), alone[0], alone[1], alone[2]]);
    assert!(alone[0] != alone[1] && alone[1] != alone[2]);
}

#[test]
fn members_have_masks_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let network = digits(folder.path(), 60);
    let alone = of_members(folder.path(), &network, &["--samples", "4"]);
    checkpoint(folder.path(), &network.to_weights(&members(&network, 3)));
    let arguments = ["--posterior", "ensemble_mc_dropout", "--samples", "4"];
    let together = predictions(folder.path(), &arguments);
    assert_eq!(together.dim(), (60, 12, 10));
    // The masks of the first member are those of one network.
    let of_member = |member: usize| together.slice(ndarray::s![.., 4 * member..4 * member + 4, ..]);
    assert_eq!(of_member(0), alone[0]);
    assert!(of_member(1) != alone[1] && of_member(2) != alone[2]);

    // The same networks three times: their samples differ by their masks alone.
    let first = || members(&network, 1).remove(0);
    checkpoint(folder.path(), &network.to_weights(&[first(), first(), first()]));
    let together = predictions(folder.path(), &arguments);
    let of_member = |member: usize| together.slice(ndarray::s![.., 4 * member..4 * member + 4, ..]);
    assert_eq!(of_member(0), alone[0]);
    assert!(of_member(0) != of_member(1) && of_member(1) != of_member(2));
}

#[test]
fn threads_change_no_bit_of_an_ensemble() {
    let folder = tempfile::tempdir().unwrap();
    let network = digits(folder.path(), 600);
    checkpoint(folder.path(), &network.to_weights(&members(&network, 2)));
    let of = |threads: &str| {
        let arguments = ["--posterior", "ensemble_mc_dropout", "--samples", "3", "--threads", threads];
        predictions(folder.path(), &arguments)
    };
    let one = of("1");
    assert!(one == of("2") && one == of("3"));
}

#[test]
fn features_of_members_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let network = digits(folder.path(), 60);
    let features = |posterior: &str| {
        let arguments = ["--acquisition", "random", "--write-features", "--posterior", posterior];
        score(folder.path(), &[&MODEL[..], &arguments].concat()).success();
        read_array::<f32, Ix2>("features", &folder.path().join("score/features.npy")).unwrap()
    };
    let alone: Vec<_> = members(&network, 2)
        .into_iter()
        .map(|parameters| {
            checkpoint(folder.path(), &network.to_weights(&[parameters]));
            features("deterministic")
        })
        .collect();
    checkpoint(folder.path(), &network.to_weights(&members(&network, 2)));
    let together = features("deep_ensemble");
    assert_eq!(together.dim(), (60, 2 * 128));
    assert_eq!(together, concatenate![Axis(1), alone[0], alone[1]]);
}

#[test]
fn logits_are_the_predictions_before_the_softmax() {
    let folder = tempfile::tempdir().unwrap();
    let network = digits(folder.path(), 60);
    for (count, posterior) in [(1, "mc_dropout"), (2, "ensemble_mc_dropout")] {
        checkpoint(folder.path(), &network.to_weights(&members(&network, count)));
        let arguments = ["--posterior", posterior, "--samples", "5"];
        let without = predictions(folder.path(), &arguments);
        let with = predictions(folder.path(), &[&arguments[..], &["--write-logits"]].concat());
        let logits = read_array::<f32, Ix3>("logits", &folder.path().join("score/logits.npy")).unwrap();
        assert_eq!(logits.dim(), (60, 5 * count, 10));
        let log_sums =
            logits.map_axis(Axis(2), |row| row.iter().map(|&z| f64::from(z).exp()).sum::<f64>().ln());
        for ((point, sample, class), &log_prob) in with.indexed_iter() {
            let expected = f64::from(logits[[point, sample, class]]) - log_sums[[point, sample]];
            assert!((f64::from(log_prob) - expected).abs() < 1e-6, "{log_prob} for {expected}");
        }
        // Without logits they are computed in another order, which may change their last bits.
        assert!((&with - &without).iter().all(|difference| difference.abs() < 1e-6));
    }
}

#[test]
fn logits_are_written_without_a_score_that_needs_predictions() {
    let folder = tempfile::tempdir().unwrap();
    let network = digits(folder.path(), 60);
    checkpoint(folder.path(), &network.to_weights(&members(&network, 1)));
    let arguments = ["--samples", "2", "--acquisition", "random", "--write-logits"];
    score(folder.path(), &[&MODEL[..], &arguments].concat()).success();
    let logits = read_array::<f32, Ix3>("logits", &folder.path().join("score/logits.npy")).unwrap();
    assert_eq!(logits.dim(), (60, 2, 10));
    assert!(!folder.path().join("score/log_probs.npy").exists());
}
