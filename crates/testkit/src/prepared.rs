//! A data set as `bal-prepare` leaves it, without `bal-prepare`: the stages must not depend on each other.

use std::path::Path;

use bal_artifact::{
    DatasetDetails, DatasetKind, Element, Inputs, Manifest, RoundLabels, Staging, file, read_array,
};
use ndarray::{Array, Array1, Dimension, Ix1};

use crate::{CLASSES, Digits, SIDE};

/// Publishes a prepared data set of synthetic digits at `folder`: arrays and `dataset.json`.
///
/// # Panics
/// If the folder cannot be written.
pub fn prepared_dataset(folder: &Path, train: usize, test: usize, seed: u64) -> DatasetDetails {
    let (training, testing) = (Digits::new(train, seed, 0), Digits::new(test, seed, 1));
    let scaled = training.images.mapv(|pixel| f64::from(pixel) / 255.0);
    let details = DatasetDetails {
        name: "synthetic_digits".to_owned(),
        kind: DatasetKind::Images,
        classes: (0..CLASSES).map(|class| class.to_string()).collect(),
        input_shape: vec![1, SIDE, SIDE],
        words: None,
        view: None,
        mean: vec![scaled.mean().unwrap_or(0.0)],
        std: vec![scaled.std(0.0)],
        licence: "none needed: generated".to_owned(),
        source: format!("generated with seed {seed}"),
    };
    let [train, test] =
        [&training, &testing].map(|digits| Half { inputs: &digits.images, labels: &digits.labels });
    publish(folder, &train, &test, &details).expect("the test's folder can be written");
    details
}

/// The training or test points of a data set.
pub(crate) struct Half<'a, T, D> {
    pub(crate) inputs: &'a Array<T, D>,
    pub(crate) labels: &'a Array1<i64>,
}

/// Publishes arrays and `dataset.json`.
pub(crate) fn publish<T: Element, D: Dimension>(
    folder: &Path,
    train: &Half<T, D>,
    test: &Half<T, D>,
    details: &DatasetDetails,
) -> Result<(), bal_artifact::Error> {
    let mut staging = Staging::new(folder, "dataset", &[])?;
    staging.array("train_inputs", train.inputs)?;
    staging.array("train_labels", train.labels)?;
    staging.array("test_inputs", test.inputs)?;
    staging.array("test_labels", test.labels)?;
    let config = serde_json::json!({ "dataset": details.name });
    let mut manifest = Manifest::new("dataset", 1, config, Inputs::new(folder));
    manifest.details = serde_json::to_value(details).expect("strings, numbers and lists are always JSON");
    staging.publish(manifest)
}

/// Publishes at `out` a data set whose training half is the test half of the prepared data set `data`,
/// normalised as there: `bal-score` can predict that half by it.
///
/// # Panics
/// If `data` holds no data set, or `out` cannot be written.
pub fn turned_dataset(data: &Path, out: &Path) {
    let details = DatasetDetails { view: None, ..DatasetDetails::read(data).expect("a data set") };
    let files = [
        (file::TRAIN_INPUTS, file::TEST_INPUTS),
        (file::TRAIN_LABELS, file::TEST_LABELS),
        (file::TEST_INPUTS, file::TEST_INPUTS),
        (file::TEST_LABELS, file::TEST_LABELS),
    ];
    let mut staging = Staging::new(out, "dataset", &[]).expect("the test's folder can be written");
    for (name, from) in files {
        let bytes = fs_err::read(data.join(from)).expect("a file of the data set");
        staging.file(name, &bytes).expect("the test's folder can be written");
    }
    let config = serde_json::json!({ "dataset": format!("{}_turned", details.name) });
    let mut manifest = Manifest::new("dataset", 1, config, Inputs::new(out));
    manifest.details = serde_json::to_value(details).expect("strings, numbers and lists are always JSON");
    staging.publish(manifest).expect("the test's folder can be written");
}

/// Publishes the labels of a round at `out`, as `bal-label` leaves them, out of the prepared data set `data`.
///
/// # Panics
/// If an id is no row of the data set.
pub fn round_labels(out: &Path, data: &Path, labelled: &[i64], validation: &[i64]) {
    let known =
        read_array::<i64, Ix1>("labels", &data.join(file::TRAIN_LABELS)).expect("labels of the data set");
    let look_up = |ids: &[i64]| ids.iter().map(|&id| known[id as usize]).collect();
    let labels = RoundLabels {
        labelled: labelled.to_vec(),
        labels: look_up(labelled),
        validation: look_up(validation),
    };
    let mut staging = Staging::new(out, "label", &[]).expect("the test's folder can be written");
    labels.write(&mut staging).expect("the test's folder can be written");
    let manifest = Manifest::new("label", 1, serde_json::json!({"oracle": "dataset"}), Inputs::new(out));
    staging.publish(manifest).expect("the test's folder can be written");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let details = prepared_dataset(&data, 30, 20, 0);
        assert_eq!(DatasetDetails::read(&data).unwrap(), details);
        let images = data.join("train_inputs.npy");
        Inputs::new(&data).add("train_inputs", &images).unwrap();
        let images = bal_artifact::read_array::<u8, ndarray::Ix4>("train_inputs", &images).unwrap();
        assert_eq!(images.dim(), (30, 1, SIDE, SIDE));
    }
}
