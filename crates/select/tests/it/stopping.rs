//! A signal stops every method within a second.

use std::process::Command;

use bal_stream::Stream;
use ndarray::{Array1, Array2};

/// Predictions of 1,000 points and 300 classes, features of 100,000 and 6,000 points: more than a minute's
/// work each.
#[test]
fn every_method_stops_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let uniform = |rows: usize, columns: usize| {
        let values = Stream::of_test("stopping", 0, 0).uniform(rows * columns);
        Array2::from_shape_vec((rows, columns), values).unwrap().mapv(|value| value as f32)
    };
    let write =
        |name: &str, array: &Array2<f32>| ndarray_npy::write_npy(folder.path().join(name), array).unwrap();
    ndarray_npy::write_npy(folder.path().join("p.npy"), &bal_testkit::probs(1000, 20, 300, 0)).unwrap();
    write("many.npy", &uniform(100_000, 64));
    write("some.npy", &uniform(6000, 8));
    ndarray_npy::write_npy(folder.path().join("p2.npy"), &bal_testkit::probs(100_000, 1, 2, 0)).unwrap();
    ndarray_npy::write_npy(folder.path().join("labelled.npy"), &Array1::from(vec![0i64, 1])).unwrap();
    ndarray_npy::write_npy(folder.path().join("labels.npy"), &Array1::from(vec![0i64, 1])).unwrap();
    let joint = "predictions: 1000 points";
    for (method, arguments, at_work, signal) in [
        ("batch_bald", "--probs p.npy --batch 50", joint, "TERM"),
        ("k_bald", "--probs p.npy --batch 20 --k 3", "`k_bald` takes up to", "INT"),
        ("k_bald", "--probs p.npy --batch 900", "`k_bald` takes up to", "TERM"),
        ("large_batch_bald", "--probs p.npy --batch 900", "`large_batch_bald` takes up to", "TERM"),
        (
            "power_large_batch_bald",
            "--probs p.npy --batch 900",
            "`power_large_batch_bald` takes up to",
            "TERM",
        ),
        ("core_set", "--features many.npy --batch 50000", "`core_set` takes up to", "TERM"),
        ("badge", "--features many.npy --probs p2.npy --batch 50000", "`badge` takes up to", "INT"),
        (
            "minimum_bayes_risk",
            "--features some.npy --labelled labelled.npy --labels labels.npy --batch 2000",
            "features: 6000 points",
            "TERM",
        ),
    ] {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("bal-select"));
        command.current_dir(folder.path()).args(["--out", "select", "--method", method]);
        command.args(arguments.split(' '));
        let stopped = bal_testkit::stop(&mut command, at_work, signal);
        let number = if signal == "INT" { 2 } else { 15 };
        assert_eq!(stopped.code, Some(128 + number), "{method}: {stopped:?}");
        assert!(stopped.after.as_secs_f64() < 1.0, "{method}: {stopped:?}");
        assert!(stopped.said.contains(&format!("interrupted by signal {number}")), "{method}: {stopped:?}");
        assert!(!folder.path().join("select").exists(), "{method}");
    }
}
