//! `bal-select` as its user sees it.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod memory;
mod readers;
mod sources;
mod stopping;

use std::path::Path;

use assert_cmd::Command;
use bal_artifact::tables::{Scores, Selected};
use bal_artifact::{Inputs, Manifest, Staging, read_array, read_table};
use ndarray::{Array1, Ix1};
use predicates::str::contains;

/// Publishes `scores.parquet` with these columns, and `split/initial.npy` with ids 7 and 8.
fn publish(folder: &Path, ids: &[i64], columns: &[(&str, &[f64])]) {
    let columns = columns.iter().map(|&(name, scores)| (name.to_owned(), scores.to_vec())).collect();
    let mut staging = Staging::new(&folder.join("score"), "score", &[]).unwrap();
    Scores { ids: ids.to_vec(), columns }.write(&mut staging).unwrap();
    staging.publish(Manifest::new("score", 1, serde_json::json!({}), Inputs::new(folder))).unwrap();
    let mut staging = Staging::new(&folder.join("split"), "split", &[]).unwrap();
    staging.array("initial", &Array1::from(vec![7i64, 8])).unwrap();
    staging.publish(Manifest::new("split", 1, serde_json::json!({}), Inputs::new(folder))).unwrap();
}

fn run(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("bal-select").unwrap();
    command.current_dir(folder).args(["--out", "select"]).args(arguments).assert()
}

fn select(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    run(folder, &[&["--scores", "score/scores.parquet"], arguments].concat())
}

fn ids(folder: &Path, name: &str) -> Vec<i64> {
    read_array::<i64, Ix1>("ids", &folder.join("select").join(name)).unwrap().to_vec()
}

#[test]
fn the_largest_scores_win_and_ties_go_to_the_earlier_row() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), &[50, 40, 30, 20], &[("bald", &[0.1, 0.7, 0.7, 0.9])]);
    select(
        folder.path(),
        &["--batch", "3", "--labelled", "split/initial.npy", "--seed", "2", "--round", "5"],
    )
    .success()
    .stdout(contains("selected.npy"));
    assert_eq!(ids(folder.path(), "selected.npy"), [20, 40, 30]);
    assert_eq!(ids(folder.path(), "labelled.npy"), [7, 8, 20, 40, 30]);
    let path = folder.path().join("select/selected.parquet");
    let expected = Selected { ids: vec![20, 40, 30], gains: vec![0.9, 0.7, 0.7], joint_mi: None };
    assert_eq!(Selected::read(&path).unwrap(), expected);
    let ranks = read_table("selected", &path, &["rank"]).unwrap();
    let ranks: Vec<i64> = ranks.column("rank").unwrap().i64().unwrap().iter().flatten().collect();
    assert_eq!(ranks, [0, 1, 2]);
    let manifest = Manifest::read(&folder.path().join("select"), "select").unwrap();
    assert_eq!((manifest.seed, manifest.round), (2, 5));
}

#[test]
fn equal_scores_are_picked_in_pool_order_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), &[5, 4, 3], &[("bald", &[0.0, 0.0, 0.0])]);
    select(folder.path(), &["--batch", "2"]).success().stderr(contains("all 3 scores are equal"));
    assert_eq!(ids(folder.path(), "selected.npy"), [5, 4]);
    assert!(!folder.path().join("select/labelled.npy").exists());
}

#[test]
fn what_cannot_be_picked_is_an_error_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), &[5, 4], &[("bald", &[0.5, f64::NAN]), ("margin", &[-0.5, -0.1])]);
    let refused = |arguments: &[&str], code: i32, text: &str| {
        select(folder.path(), arguments).code(code).stderr(contains(text)).stderr(contains("error: "));
        assert!(!folder.path().join("select").exists());
    };
    refused(
        &["--batch", "1", "--column", "bald"],
        4,
        "`bald` of row 1 (id 4) is NaN in `score/scores.parquet`: expected a finite number",
    );
    refused(
        &["--batch", "3", "--column", "margin"],
        4,
        "batch size is 3, expected at most the number of points: 2",
    );
    refused(
        &["--batch", "18446744073709551615", "--column", "margin"],
        4,
        "batch size is 18446744073709551615, expected at most the number of points: 2",
    );
    refused(&["--batch", "1", "--column", "margins"], 4, "hint: use `--column margin`");
    refused(&["--batch", "1"], 4, "found bald, margin");
    refused(&["--batch", "0", "--column", "margin"], 2, "expected at least 1, found 0");
    refused(&["--batch", "1", "--method", "top_kk"], 3, "did you mean `top_k`?");
    refused(
        &["--batch", "1", "--column", "margin", "--beta", "2"],
        3,
        "`--beta`: expected nothing, because `top_k` does not read it",
    );
    refused(&["--batch", "1", "--column", "margin", "--method", "power"], 4, "hint: use `softrank`");
    refused(
        &["--batch", "1", "--method", "batch_bald"],
        3,
        "`batch_bald` picks from predictions, found scores",
    );
}
