//! The binary: what it refuses, how it says so.

use assert_cmd::Command;
use bal_artifact::{DatasetKind, Manifest};

use crate::fixture::Tree;

fn bal_report(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("bal-report").unwrap().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn writes_the_report_and_says_where() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    let (runs, out) = (tree.runs(), tree.folder.path().join("new/report"));
    let arguments = [
        "--runs",
        runs.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
        "--labels-to-accuracy",
        "0.8,0.99",
    ];
    let (code, stdout, stderr) = bal_report(&arguments);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stdout, format!("{}\n", out.join("report.html").display()));
    let csv = fs_err::read_to_string(out.join("labels_to_accuracy.csv")).unwrap();
    assert!(csv.contains("bald,0.8,30,2,2,30,30,30\nbald,0.99,,0,2,,,\n"), "{csv}");
    let manifest = fs_err::read_to_string(out.join("report.json")).unwrap();
    assert!(manifest.contains("\"../../artifacts/demo/bald/seed-0/split/initial.npy\""), "relative to --out");
}

#[test]
fn a_folder_without_runs_is_an_input_error_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let (code, _, stderr) = bal_report(&["--runs", path, "--out", &format!("{path}/report")]);
    assert_eq!(code, 4);
    assert!(
        stderr.starts_with(&format!("error: no finished training round below `{path}`\n\nhint: ")),
        "{stderr}"
    );
    let (code, _, stderr) = bal_report(&["--runs", "/nowhere", "--out", path]);
    assert_eq!(code, 4);
    assert!(stderr.starts_with("error: folder of runs `/nowhere` is missing\n"), "{stderr}");
}

#[test]
fn an_unknown_metric_is_a_usage_error_with_the_nearest_name() {
    let (code, _, stderr) = bal_report(&["--runs", ".", "--out", "report", "--metric", "test_acuracy"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("did you mean `test_accuracy`?"), "{stderr}");
    let (code, _, stderr) = bal_report(&["--runs", ".", "--out", "report", "--labels-to-accuracy", "95"]);
    assert_eq!(code, 3);
    assert!(stderr.contains("hint: write 95 % as `0.95`"), "{stderr}");
}

#[test]
fn a_metric_that_no_run_has_is_an_input_error() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    let (runs, out) = (tree.runs(), tree.folder.path().join("report"));
    let arguments =
        ["--runs", runs.to_str().unwrap(), "--out", out.to_str().unwrap(), "--metric", "validation_nll"];
    let (code, _, stderr) = bal_report(&arguments);
    assert_eq!(code, 4);
    assert_eq!(
        stderr,
        "error: no run has a value of `validation_nll`: none was trained with a validation set\n\n\
         hint: use `test_nll`, or train again with `prepare.validation` above 0 in the pipeline\n"
    );
    assert!(!out.exists());

    // Where some cells have it, they are shown, and the others are named.
    let tree = Tree::with_validation(DatasetKind::Images, 1.0, &["bald"]);
    let (runs, out) = (tree.runs(), tree.folder.path().join("report"));
    let arguments =
        ["--runs", runs.to_str().unwrap(), "--out", out.to_str().unwrap(), "--metric", "validation_nll"];
    let (code, _, stderr) = bal_report(&arguments);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("not drawn: `random` has no value of `validation_nll`"), "{stderr}");
    let page = fs_err::read_to_string(out.join("report.html")).unwrap();
    let caption = "Validation NLL (nats) by number of labels, initial set included. No values of \
                   <bdi>random</bdi>, which were trained without a validation set.";
    assert!(page.contains(caption), "{page}");
}

#[test]
fn damaged_and_foreign_inputs_are_refused() {
    let tree = Tree::new(DatasetKind::Images, 1.0);
    let (runs, out) = (tree.runs(), tree.folder.path().join("report"));
    let arguments = ["--runs", runs.to_str().unwrap(), "--out", out.to_str().unwrap()];

    let other = Tree::new(DatasetKind::Points, 1.0);
    let mut manifest = Manifest::read(&other.data(), "dataset").unwrap();
    manifest.outputs.get_mut("train_inputs.npy").unwrap().sha256 = "0".repeat(64);
    bal_artifact::write_file(&other.data().join("dataset.json"), &manifest.to_json()).unwrap();
    let foreign = other.data();
    let (code, _, stderr) = bal_report(&[&arguments[..], &["--data", foreign.to_str().unwrap()]].concat());
    assert_eq!(code, 4);
    assert!(stderr.contains("expected what `bald` was trained on"), "{stderr}");

    let metrics = runs.join("bald/seed-1/round-002/train/metrics.parquet");
    let mut bytes = fs_err::read(&metrics).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bal_artifact::write_file(&metrics, &bytes).unwrap();
    let (code, _, stderr) = bal_report(&arguments);
    assert_eq!(code, 4);
    assert!(stderr.contains("metrics.parquet` is corrupt"), "{stderr}");
    assert!(!out.exists());
}
