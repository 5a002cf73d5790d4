//! `bal-score` as its user sees it.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod elsewhere;
#[cfg(feature = "torch")]
mod network;

use std::path::Path;

use assert_cmd::Command;
use bal_artifact::read_table;

fn score(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("bal-score").unwrap();
    command.current_dir(folder).args(["--out", "score"]).args(arguments).assert()
}

fn column(folder: &Path, name: &str) -> Vec<f64> {
    let table = read_table("scores", &folder.join("score/scores.parquet"), &["index", name]).unwrap();
    table.column(name).unwrap().f64().unwrap().into_no_null_iter().collect()
}

fn index(folder: &Path) -> Vec<i64> {
    let table = read_table("scores", &folder.join("score/scores.parquet"), &["index"]).unwrap();
    table.column("index").unwrap().i64().unwrap().into_no_null_iter().collect()
}
