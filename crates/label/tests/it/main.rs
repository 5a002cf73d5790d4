//! `bal-label` as its user sees it.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::Path;

use assert_cmd::Command;
use bal_artifact::{Inputs, Manifest, RoundLabels, Staging, read_labels};
use tempfile::TempDir;

fn label(folder: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("bal-label").unwrap();
    command.current_dir(folder).args(["--data", "data"]).args(arguments).output().unwrap()
}

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn ids(folder: &Path, name: &str, ids: &[i64]) {
    let mut staging = Staging::new(&folder.join(name), "split", &[]).unwrap();
    staging.array("ids", &ids.iter().copied().collect::<ndarray::Array1<i64>>()).unwrap();
    staging.publish(Manifest::new("split", 1, serde_json::json!({}), Inputs::new(folder))).unwrap();
}

/// A data set of 40 points, ids 0, 7, 3 to begin with and two validation points.
fn project() -> (TempDir, Vec<i64>) {
    let folder = tempfile::tempdir().unwrap();
    bal_testkit::prepared_dataset(&folder.path().join("data"), 40, 10, 0);
    let known = read_labels(&folder.path().join("data"), "train_labels.npy", 10).unwrap();
    ids(folder.path(), "initial", &[0, 7, 3]);
    ids(folder.path(), "validation", &[30, 31]);
    (folder, known)
}

const FIRST: [&str; 6] =
    ["--initial", "initial/ids.npy", "--validation", "validation/ids.npy", "--out", "0/label"];
const SECOND: [&str; 8] = [
    "--label",
    "0/label",
    "--selected",
    "selected/ids.npy",
    "--validation",
    "validation/ids.npy",
    "--out",
    "1/label",
];

#[test]
fn a_round_knows_what_was_labelled_before_it_and_what_was_picked_since() {
    let (folder, known) = project();
    let first = label(folder.path(), &FIRST);
    assert!(first.status.success(), "{}", stderr(&first));
    assert_eq!(String::from_utf8_lossy(&first.stdout), "0/label\n");
    ids(folder.path(), "selected", &[20, 11]);
    let second = label(folder.path(), &[&SECOND[..], &["--round", "1", "--seed", "4"]].concat());
    assert!(second.status.success(), "{}", stderr(&second));

    let labels_of = |ids: &[i64]| ids.iter().map(|&id| known[id as usize]).collect::<Vec<_>>();
    for (round, labelled) in [("0/label", vec![0, 7, 3]), ("1/label", vec![0, 7, 3, 20, 11])] {
        let found = RoundLabels::read(&folder.path().join(round)).unwrap();
        let expected =
            RoundLabels { labels: labels_of(&labelled), labelled, validation: labels_of(&[30, 31]) };
        assert_eq!(found, expected);
    }
    let manifest = Manifest::read(&folder.path().join("1/label"), "label").unwrap();
    assert_eq!((manifest.seed, manifest.round), (4, 1));
    assert_eq!(manifest.config, serde_json::json!({"oracle": "dataset"}));
    let roles: Vec<&str> = manifest.inputs.keys().map(String::as_str).collect();
    assert_eq!(roles, ["dataset", "labelled", "selected", "train_labels", "validation"]);
}

#[test]
fn what_cannot_be_labelled_is_named() {
    let (folder, _) = project();
    label(folder.path(), &FIRST);
    let refused = |selected: &[i64]| {
        ids(folder.path(), "selected", selected);
        let output = label(folder.path(), &SECOND);
        assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
        assert!(!folder.path().join("1").exists() || !folder.path().join("1/label").exists());
        stderr(&output)
    };
    let text = refused(&[20, 7]);
    assert!(text.contains("point 7 of `selected/ids.npy` is labelled already"), "{text}");
    assert!(text.contains("hint: "), "{text}");
    let text = refused(&[20, 40]);
    assert!(text.contains("id 40 of `selected/ids.npy`") && text.contains("expected 0 to 39"), "{text}");
    let text = refused(&[20, 20]);
    assert!(text.contains("id 20 twice, in rows 0 and 1"), "{text}");
}

#[test]
fn a_point_without_a_label_is_named() {
    let (folder, mut known) = project();
    known[7] = -1;
    let data = folder.path().join("data");
    let manifest = Manifest::read(&data, "dataset").unwrap();
    let mut staging = Staging::new(&data, "dataset", &[]).unwrap();
    for name in ["train_inputs.npy", "test_inputs.npy", "test_labels.npy"] {
        staging.file(name, &fs_err::read(data.join(name)).unwrap()).unwrap();
    }
    staging.array("train_labels", &ndarray::Array1::from_vec(known)).unwrap();
    staging.publish(manifest).unwrap();
    let output = label(folder.path(), &FIRST);
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("point 7 of `initial/ids.npy` has no label"), "{}", stderr(&output));
}

#[test]
fn the_first_round_and_a_later_one_are_told_apart() {
    let (folder, _) = project();
    let both = [&FIRST[..], &["--label", "0/label", "--selected", "s.npy"]].concat();
    for arguments in [&both[..], &["--validation", "v.npy", "--out", "o"], &SECOND[2..]] {
        let output = label(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
    }
}
