//! A Gaussian field in place of a network: against numpy, on a graph that can be solved by hand, and what is refused.

use std::path::Path;

use bal_artifact::{DatasetDetails, DatasetKind, Inputs, Manifest, Staging};
use bal_cli::Explain as _;
use bal_testkit::SmallTask;
use bal_train::{Config, Error, Files};
use ndarray::{Array1, Array2};
use serde::Deserialize;

use crate::{config, ids, metrics, task, train};

#[derive(Deserialize)]
struct Golden {
    train: usize,
    test: usize,
    labelled: i64,
    pool: i64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    sigma_given: Option<f64>,
    sigma: f64,
    accuracy: f64,
    nll: f64,
    brier: f64,
}

/// Points of the plane; the first ones are labelled, the pool follows, the rest is for validation.
fn prepare(folder: &Path, golden: &Golden) -> Files {
    let points = SmallTask { input_shape: vec![2], words: None, train: golden.train, test: golden.test };
    points.prepare(&folder.join("data"));
    let unlabelled = golden.labelled + golden.pool;
    ids(&folder.join("pool"), "pool", golden.labelled..unlabelled);
    ids(&folder.join("validation"), "validation", unlabelled..golden.train as i64);
    label(folder, "label", 0..golden.labelled, unlabelled..golden.train as i64);
    Files { pool: Some(folder.join("pool/pool.npy")), ..task(folder, "train") }
}

fn label(folder: &Path, out: &str, labelled: std::ops::Range<i64>, validation: std::ops::Range<i64>) {
    let [labelled, validation] = [labelled, validation].map(Iterator::collect::<Vec<_>>);
    bal_testkit::round_labels(&folder.join(out), &folder.join("data"), &labelled, &validation);
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/gaussian_field.json")).unwrap()
}

#[test]
fn its_quality_is_that_of_dense_solves_in_numpy() {
    let golden = golden();
    let folder = tempfile::tempdir().unwrap();
    let files = prepare(folder.path(), &golden);
    for case in &golden.cases {
        train(&Config::gaussian_field(case.sigma_given), &files).unwrap();
        let measured = metrics(&files.place.out);
        let found = [measured.test.accuracy, measured.test.nll, measured.test.brier];
        for (found, expected) in found.into_iter().zip([case.accuracy, case.nll, case.brier]) {
            assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
        }
        assert_eq!((measured.labels, measured.epochs), (golden.labelled as u64, 0));
        assert_eq!((measured.train_loss, measured.validation), (None, None));
        let manifest = Manifest::read(&files.place.out, "train").unwrap();
        assert!((manifest.details["sigma"].as_f64().unwrap() - case.sigma).abs() < 1e-12);
        let nodes =
            serde_json::json!({"labelled": golden.labelled, "pool": golden.pool, "test": golden.test});
        assert_eq!(manifest.details["nodes"], nodes);
        assert_eq!(
            manifest.outputs.keys().collect::<Vec<_>>(),
            ["calibration.parquet", "metrics.parquet"],
            "no weights"
        );
        assert!(!manifest.inputs.contains_key("validation"), "validation points are no nodes");
    }
}

/// Five points in a row, so far apart that only neighbours touch: 0 and 4 are labelled, 2 is the pool, and 1 and 3
/// are the test half. f rises evenly: ¼ and ¾.
#[test]
fn along_a_chain_it_is_a_straight_line() {
    let folder = tempfile::tempdir().unwrap();
    let line = |places: &[f32]| {
        Array2::from_shape_fn((places.len(), 2), |(row, column)| if column == 0 { places[row] } else { 0.0 })
    };
    let details = DatasetDetails {
        name: "line".to_owned(),
        kind: DatasetKind::Points,
        classes: vec!["left".to_owned(), "right".to_owned()],
        input_shape: vec![2],
        words: None,
        view: None,
        mean: vec![0.0; 2],
        std: vec![1.0; 2],
        licence: String::new(),
        source: String::new(),
    };
    let data = folder.path().join("data");
    let mut staging = Staging::new(&data, "dataset", &[]).unwrap();
    staging.array("train_inputs", &line(&[0.0, 4.0, 2.0])).unwrap();
    staging.array("train_labels", &Array1::from(vec![0_i64, 1, 0])).unwrap();
    staging.array("test_inputs", &line(&[1.0, 3.0])).unwrap();
    staging.array("test_labels", &Array1::from(vec![0_i64, 1])).unwrap();
    let mut manifest =
        Manifest::new("dataset", 1, serde_json::json!({"dataset": "line"}), Inputs::new(&data));
    manifest.details = serde_json::to_value(details).unwrap();
    staging.publish(manifest).unwrap();
    ids(&folder.path().join("pool"), "pool", 0..3);
    ids(&folder.path().join("validation"), "validation", 0..0);
    label(folder.path(), "label", 0..2, 0..0);
    let files = Files { pool: Some(folder.path().join("pool/pool.npy")), ..task(folder.path(), "train") };
    train(&Config::gaussian_field(Some(0.15)), &files).unwrap();
    let test = metrics(&files.place.out).test;
    for (found, expected) in [(test.accuracy, 1.0), (test.nll, -0.75_f64.ln()), (test.brier, 0.125)] {
        assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
    }
}

#[test]
fn what_it_cannot_be_made_of_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let files = prepare(folder.path(), &golden());
    let field = Config::gaussian_field(None);
    let error = train(&field, &Files { pool: None, ..files.clone() }).unwrap_err();
    assert!(matches!(error, Error::NoPool) && error.hint().unwrap() == "give them with `--pool`");
    let mlp = Config { network: bal_model::Architecture::Mlp, ..config(bal_train::WeightDecay::Fixed(0.0)) };
    assert!(matches!(train(&mlp, &files).unwrap_err(), Error::PoolNotRead));

    // Points of one class only.
    let known = bal_artifact::read_labels(&files.data, "train_labels.npy", 2).unwrap();
    let of_class_1: Vec<i64> = (0..60).filter(|&id| known[id as usize] == 1).take(3).collect();
    bal_testkit::round_labels(&folder.path().join("one"), &files.data, &of_class_1, &[]);
    let error = train(&field, &Files { label: folder.path().join("one"), ..files.clone() }).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(error.to_string().ends_with("one/labels.npy`"), "{error}");
    assert_eq!(cause, "the labelled points have the classes [1], expected exactly two classes");

    bal_testkit::prepared_dataset(&folder.path().join("digits"), 100, 20, 0);
    let digits = folder.path().join("digits");
    bal_testkit::round_labels(&folder.path().join("ten"), &digits, &[0, 1, 2], &[]);
    let ten = Files { data: digits, label: folder.path().join("ten"), ..files };
    assert_eq!(
        train(&field, &ten).unwrap_err().to_string(),
        "key `network`: expected a data set of 2 classes for `gaussian_field`, found 10"
    );
}
