//! Scores of a pool by a network's own posterior samples.

use bal_artifact::read_array;
use ndarray::{Array1, Ix1, Ix2, Ix3};
use predicates::str::contains;

use crate::prepared::{MODEL, prepare, prepare_pool};
use crate::{column, index, score};

#[test]
fn the_pool_without_the_labelled_is_scored_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let arguments = [
        &MODEL[..],
        &[
            "--exclude",
            "split/initial.npy",
            "--samples",
            "7",
            "--acquisition",
            "bald,mean_std",
            "--write-log-probs",
        ],
    ]
    .concat();
    score(folder.path(), &arguments).success();
    assert_eq!(index(folder.path()), (10..60).rev().collect::<Vec<_>>());
    let log_probs = read_array::<f32, Ix3>("log_probs", &folder.path().join("score/log_probs.npy")).unwrap();
    assert_eq!(log_probs.dim(), (50, 7, 10));
    let scores = column(folder.path(), "bald");
    assert!(scores.iter().all(|score| (0.0..=7f64.ln()).contains(score)));
    assert!(scores.iter().any(|score| *score > 0.0), "masks differ, so samples disagree");

    // The same predictions, taken as made elsewhere, give the same scores to the last bit.
    fs_err::copy(folder.path().join("score/log_probs.npy"), folder.path().join("kept.npy")).unwrap();
    score(folder.path(), &["--log-probs", "kept.npy", "--acquisition", "bald,mean_std"]).success();
    assert_eq!(column(folder.path(), "bald"), scores);
}

#[test]
fn threads_change_no_bit() {
    let folder = tempfile::tempdir().unwrap();
    prepare_pool(folder.path(), 1200); // more than a thread takes at once
    let mut bald = Vec::new();
    for threads in ["1", "2", "3"] {
        let arguments = ["--samples", "5", "--acquisition", "bald", "--threads", threads];
        score(folder.path(), &[&MODEL[..], &arguments].concat()).success();
        bald.push(column(folder.path(), "bald"));
    }
    assert_eq!(bald[0].len(), 1200);
    assert!(bald[0] == bald[1] && bald[0] == bald[2]);
}

#[test]
fn features_cover_scored_and_labelled_points() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let arguments = ["--exclude", "split/initial.npy", "--acquisition", "random", "--write-features"];
    score(folder.path(), &[&MODEL[..], &arguments].concat()).success();
    let indices = read_array::<i64, Ix1>("indices", &folder.path().join("score/indices.npy")).unwrap();
    assert_eq!(indices.to_vec(), (10..60).rev().chain(60..70).collect::<Vec<i64>>());
    let features = read_array::<f32, Ix2>("features", &folder.path().join("score/features.npy")).unwrap();
    assert_eq!(features.dim(), (60, 128));
    assert!(features.iter().all(|&value| value >= 0.0), "they come out of a ReLU");
    assert!(features.row(0) != features.row(1));
}

#[test]
fn epig_never_exceeds_bald() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    for (which, targets) in [("--targets.pool", "9"), ("--targets.test", "20")] {
        let arguments = ["--samples", "6", "--acquisition", "epig,bald", which, targets];
        score(folder.path(), &[&MODEL[..], &arguments].concat()).success();
        let (epig, bald) = (column(folder.path(), "epig"), column(folder.path(), "bald"));
        assert!(epig.iter().zip(&bald).all(|(epig, bald)| (0.0..=bald + 1e-9).contains(epig)));
        assert!(epig.iter().any(|&epig| epig > 0.0));
    }
}

#[test]
fn targets_are_no_more_than_there_are() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let huge = ("test", "18446744073709551615", "18446744073709551615 points, of 2 samples and 10 classes");
    for (which, targets, found) in
        [huge, ("pool", "61", "61 points, of 60"), ("test", "21", "21 points, of 20")]
    {
        let flag = format!("--targets.{which}");
        let arguments = ["--samples", "2", "--acquisition", "epig", &flag, targets];
        let refused = score(folder.path(), &[&MODEL[..], &arguments].concat()).code(3);
        refused.stderr(contains("key `targets`: ")).stderr(contains(found));
        assert!(!folder.path().join("score").exists());
    }
}

#[test]
fn a_subset_is_no_larger_than_the_pool() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let arguments = ["--acquisition", "bald", "--pool-subset", "1000"];
    let refused = score(folder.path(), &[&MODEL[..], &arguments].concat()).code(3);
    refused.stderr(contains("key `pool_subset`: expected at most")).stderr(contains("found 1000"));
}

#[test]
fn a_subset_is_fresh_in_every_round_and_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let subset = |round: &str| {
        let arguments = [
            &MODEL[..],
            &["--pool-subset", "20", "--samples", "2", "--acquisition", "random", "--round", round],
        ]
        .concat();
        score(folder.path(), &arguments).success();
        index(folder.path())
    };
    let first = subset("0");
    assert_eq!(first.len(), 20);
    assert!(first.windows(2).all(|pair| pair[0] > pair[1]), "the pool's order is kept");
    assert_eq!(first, subset("0"));
    assert_ne!(first, subset("1"));
}

#[test]
fn a_deterministic_network_has_one_sample() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let arguments =
        [&MODEL[..], &["--posterior", "deterministic", "--acquisition", "bald,max_entropy"]].concat();
    score(folder.path(), &arguments).success();
    assert!(column(folder.path(), "bald").iter().all(|&score| score == 0.0));
    assert!(column(folder.path(), "max_entropy").iter().all(|&score| score > 0.0));
}

#[test]
fn foreign_weights_and_damaged_inputs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let arguments = [&MODEL[..], &["--acquisition", "bald", "--samples", "2"]].concat();
    let path = folder.path().join("split/pool.npy");
    let mut bytes = fs_err::read(&path).unwrap();
    let last = bytes.len() - 8;
    bytes[last] ^= 1;
    fs_err::write(&path, bytes).unwrap();
    score(folder.path(), &arguments)
        .code(4)
        .stderr(contains("pool.npy` is corrupt"))
        .stderr(contains("bal verify"));
    prepare(folder.path());
    fs_err::write(folder.path().join("train/model.safetensors"), b"not weights").unwrap();
    score(folder.path(), &arguments).code(4).stderr(contains("model.safetensors` is corrupt"));
    assert!(!folder.path().join("score").exists());
}

#[test]
fn ids_that_stand_twice_are_refused_with_both_rows() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    ndarray_npy::write_npy(folder.path().join("twice.npy"), &Array1::from(vec![20i64, 30, 40, 30])).unwrap();
    let common = ["--model", "train/model.safetensors", "--data", "data", "--acquisition", "random"];
    for files in [
        ["--pool", "twice.npy", "--exclude", "split/initial.npy"],
        ["--pool", "split/pool.npy", "--exclude", "twice.npy"],
    ] {
        score(folder.path(), &[&common[..], &files].concat())
            .code(4)
            .stderr(contains("id 30 twice, in rows 1 and 3, in `twice.npy`: expected every id once"));
        assert!(!folder.path().join("score").exists());
    }
    // Ids of another type of whole numbers are ids.
    ndarray_npy::write_npy(folder.path().join("pool.npy"), &Array1::from(vec![20i32, 30, 40])).unwrap();
    score(folder.path(), &[&common[..], &["--pool", "pool.npy"]].concat()).success();
    assert_eq!(index(folder.path()), [20, 30, 40]);
}
