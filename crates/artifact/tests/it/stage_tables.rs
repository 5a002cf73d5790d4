//! The tables that stages write: what is written comes back, and the bytes are those of every version before.

use std::path::{Path, PathBuf};

use bal_artifact::tables::{CalibrationBin, Epoch, Metrics, Quality, Scores, Selected};
use bal_artifact::{Error, Inputs, Manifest, Staging, digest};
use polars::prelude::{DataFrame, IntoColumn as _, NamedFrom as _, Series};
use tempfile::TempDir;

/// A published folder with what `write` puts there.
fn published(write: impl FnOnce(&mut Staging)) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut staging = Staging::new(&out, "train", &[]).unwrap();
    write(&mut staging);
    staging.publish(Manifest::new("train", 1, serde_json::json!({}), Inputs::new(&out))).unwrap();
    folder
}

fn file(folder: &TempDir, name: &str) -> PathBuf {
    folder.path().join("out").join(name)
}

/// Digests of what version 0.1.0 with polars 0.55.2 wrote, before these types were there.
fn assert_bytes(path: &Path, sha256: &str) {
    assert_eq!(digest::sha256_file(path).unwrap(), sha256, "{}", path.display());
}

fn metrics() -> Metrics {
    Metrics {
        round: 3,
        labels: 50,
        weight_decay: 1e-3,
        epochs: 12,
        train_loss: Some(0.25),
        validation: Some(Quality { accuracy: 0.875, nll: 0.375, brier: 0.1875, ece: 0.0625 }),
        test: Quality { accuracy: 0.75, nll: 0.625, brier: 0.3125, ece: 0.125 },
    }
}

#[test]
fn metrics_come_back_and_are_the_bytes_they_were() {
    let folder = published(|staging| metrics().write(staging).unwrap());
    let path = file(&folder, "metrics.parquet");
    assert_eq!(Metrics::read(&path).unwrap(), metrics());
    assert_bytes(&path, "2d7ff4a332057d7252589d73ff3198a5c283456252009d28637190fd8cbcc7f6");
}

#[test]
fn what_was_not_measured_is_null_and_comes_back_as_nothing() {
    let unmeasured = Metrics { train_loss: None, validation: None, ..metrics() };
    let folder = published(|staging| unmeasured.write(staging).unwrap());
    let path = file(&folder, "metrics.parquet");
    assert_eq!(Metrics::read(&path).unwrap(), unmeasured);
    let [loss, validation @ .., _, _, _, _] = unmeasured.measured();
    assert_eq!((loss, validation), (None, [None; 4]));
    let table = bal_artifact::read_table("metrics", &path, &["validation_nll", "train_loss"]).unwrap();
    assert!(table.columns().iter().all(|column| column.null_count() == 1), "{table}");
}

/// A `metrics.parquet` whose columns are those of [`metrics`] but for one.
fn with_column(name: &str, values: Series) -> TempDir {
    let folder = published(|staging| metrics().write(staging).unwrap());
    let mut table = bal_artifact::read_table("metrics", &file(&folder, "metrics.parquet"), &[]).unwrap();
    table.with_column(values.with_name(name.into()).into_column()).unwrap();
    published(|staging| staging.table("metrics", &mut table).unwrap())
}

#[test]
fn zeros_that_stood_for_no_validation_set_are_read_as_nothing() {
    let zeros = Quality { accuracy: 0.0, nll: 0.0, brier: 0.0, ece: 0.0 };
    let folder = published(|staging| {
        Metrics { validation: Some(zeros), ..metrics() }.write(staging).unwrap();
    });
    assert_eq!(Metrics::read(&file(&folder, "metrics.parquet")).unwrap().validation, None);
    // A network that is wrong everywhere is a measurement.
    let wrong = Quality { accuracy: 0.0, nll: 2.5, brier: 1.0, ece: 0.0 };
    let folder = published(|staging| {
        Metrics { validation: Some(wrong), ..metrics() }.write(staging).unwrap();
    });
    assert_eq!(Metrics::read(&file(&folder, "metrics.parquet")).unwrap().validation, Some(wrong));
}

#[test]
fn metrics_that_do_not_fit_are_named() {
    let refused = |folder: &TempDir| Metrics::read(&file(folder, "metrics.parquet")).unwrap_err();
    let error = refused(&with_column("labels", Series::new("".into(), [2.5])));
    assert!(error.to_string().contains("whole numbers (i64) in column `labels`, found f64"), "{error}");
    let error = refused(&with_column("labels", Series::new("".into(), [-1i64])));
    assert!(error.to_string().contains("`labels` is -1 in `"), "{error}");
    let error = refused(&with_column("test_nll", Series::new("".into(), [f64::INFINITY])));
    assert!(error.to_string().contains("`test_nll` of row 0 is inf in `"), "{error}");
    let error = refused(&with_column("validation_nll", Series::new("".into(), [None::<f64>])));
    assert!(error.to_string().contains("null in some of validation_accuracy, validation_nll"), "{error}");
    let error = refused(&with_column("weight_decay", Series::new("".into(), [None::<f64>])));
    assert!(error.to_string().contains("`weight_decay` has null"), "{error}");

    let metrics = published(|staging| metrics().write(staging).unwrap());
    let table = bal_artifact::read_table("metrics", &file(&metrics, "metrics.parquet"), &[]).unwrap();
    let refused =
        |mut table: DataFrame| refused(&published(|staging| staging.table("metrics", &mut table).unwrap()));
    let error = refused(table.vstack(&table).unwrap());
    assert!(error.to_string().contains("expected one row, found 2 rows"), "{error}");
    let error = refused(table.drop("test_ece").unwrap());
    assert!(
        error.to_string().contains("expected a column `test_ece`, found columns round, labels"),
        "{error}"
    );
}

#[test]
fn calibration_comes_back_and_empty_bins_are_null() {
    let bin = CalibrationBin { points: 4, confidence: 0.875, accuracy: 0.75 };
    let bins = [CalibrationBin::default(), bin];
    let folder = published(|staging| CalibrationBin::write_all(&bins, staging).unwrap());
    let path = file(&folder, "calibration.parquet");
    assert_eq!(CalibrationBin::read_all(&path).unwrap(), bins);
    let mut table = bal_artifact::read_table("calibration", &path, &[]).unwrap();
    let column = |name: &str| table.column(name).unwrap().f64().unwrap().iter().collect::<Vec<_>>();
    assert_eq!((column("lower"), column("upper")), (vec![Some(0.0), Some(0.5)], vec![Some(0.5), Some(1.0)]));
    assert_eq!(column("accuracy"), [None, Some(0.75)]);
    table.with_column(Series::new("accuracy".into(), [Some(0.0), Some(0.75)]).into_column()).unwrap();
    let folder = published(|staging| staging.table("calibration", &mut table).unwrap());
    let error = CalibrationBin::read_all(&file(&folder, "calibration.parquet")).unwrap_err();
    assert!(error.to_string().contains("row 0: 0 points, confidence None, accuracy Some(0.0)"), "{error}");
}

#[test]
fn epochs_come_back_and_are_the_bytes_they_were() {
    let epoch = |member, loss, validation| Epoch { member, loss, accuracy: 0.25, validation };
    let members = [vec![epoch(0, 2.5, Some([0.5, 0.75])), epoch(0, 1.25, None)], vec![epoch(1, 2.0, None)]];
    let folder = published(|staging| Epoch::write_all(&members, staging).unwrap());
    let path = file(&folder, "epochs.parquet");
    assert_eq!(Epoch::read_all(&path).unwrap(), members.concat());
    assert_bytes(&path, "d9d52eabc7f9f845319aede43f426a8bfb5a840ab463a730e64a7ef181bae95e");
}

#[test]
fn scores_come_back_and_are_the_bytes_they_were() {
    let columns = [("bald", vec![0.25, f64::MIN_POSITIVE, 0.0]), ("random", vec![0.5, 0.75, 0.125])];
    let columns = columns.map(|(name, scores)| (name.to_owned(), scores)).to_vec();
    let scores = Scores { ids: vec![5, 3, 9], columns };
    let folder = published(|staging| scores.write(staging).unwrap());
    let path = file(&folder, "scores.parquet");
    assert_eq!(Scores::read(&path).unwrap(), scores);
    assert_eq!(scores.column("random"), Some([0.5, 0.75, 0.125].as_slice()));
    assert_bytes(&path, "1ad173f3b7cd5bd859fdd6bfe1e9ceb67dc3e14b2abab5c00e6528ed9aeca1bf");
}

#[test]
fn selections_come_back_and_are_the_bytes_they_were() {
    let alone = Selected { ids: vec![5, 3], gains: vec![0.25, 0.125], joint_mi: None };
    let joint = Selected { joint_mi: Some(vec![0.25, 0.375]), ..alone.clone() };
    for (selected, sha256) in [
        (alone, "162d9ff8d19218e3586128586edba066c9580cfc00627e41d82a74184da7eeeb"),
        (joint, "ea69063ed4590868bfb659c7a8b35b4e125a2edc8236a4046b2d525a64e93712"),
    ] {
        let folder = published(|staging| selected.write(staging).unwrap());
        let path = file(&folder, "selected.parquet");
        assert_eq!(Selected::read(&path).unwrap(), selected);
        assert_bytes(&path, sha256);
    }
}

#[test]
fn columns_of_unequal_length_are_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut staging = Staging::new(&out, "select", &[]).unwrap();
    let selected = Selected { ids: vec![5, 3], gains: vec![0.25], joint_mi: None };
    let error = selected.write(&mut staging).unwrap_err();
    assert!(matches!(&error, Error::Table { path, .. } if path.ends_with("out/selected.parquet")), "{error}");
}
