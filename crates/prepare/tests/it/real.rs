//! The real files, where an earlier download left them in the user's cache.

use std::path::PathBuf;

use bal_artifact::{DatasetDetails, read_array};
use ndarray::Ix4;

use crate::support::Place;

/// The cached raw files, if all four are there.
fn cached(name: &str) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?;
    let folder = base.join("bal/downloads").join(name);
    let files = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"];
    files.iter().all(|file| folder.join(format!("{file}-ubyte")).is_file()).then_some(folder)
}

/// First ten labels of training and test set, as published.
fn round_trip(name: &str, first_train: [i64; 10], first_test: [i64; 10], test_statistics: (f64, f64)) {
    let Some(folder) = cached(name) else {
        println!("skipped: `{name}` has not been downloaded by this user");
        return;
    };
    let place = Place::new();
    let source = folder.display().to_string();
    place.prepare(&["dataset", "--dataset", name, "--source", &source, "--out", "data"]).assert().success();
    let (train, test) = (place.ids("data/train_labels.npy"), place.ids("data/test_labels.npy"));
    assert_eq!((train.len(), test.len()), (60_000, 10_000));
    assert_eq!((&train[..10], &test[..10]), (first_train.as_slice(), first_test.as_slice()));
    // The program itself compares those of the training images.
    let images = read_array::<u8, Ix4>("images", &place.at("data/test_inputs.npy")).unwrap();
    let scaled = images.mapv(|pixel| f64::from(pixel) / 255.0);
    assert!((scaled.mean().unwrap() - test_statistics.0).abs() < 1e-6);
    assert!((scaled.std(0.0) - test_statistics.1).abs() < 1e-6);
    assert_eq!(DatasetDetails::read(&place.at("data")).unwrap().classes.len(), 10);
}

#[test]
fn mnist() {
    round_trip(
        "mnist",
        [5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
        [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
        (0.132_515, 0.310_480),
    );
}

#[test]
fn fashion_mnist() {
    round_trip(
        "fashion_mnist",
        [9, 0, 0, 3, 0, 2, 7, 2, 5, 5],
        [9, 2, 1, 1, 6, 1, 4, 6, 5, 7],
        (0.286_849, 0.352_444),
    );
}
