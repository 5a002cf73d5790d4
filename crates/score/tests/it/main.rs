//! `bal-score` as its user sees it.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![cfg_attr(
    feature = "torch",
    expect(non_snake_case, reason = "array names carry their axes: `log_probs_N_K_C`")
)]

#[cfg(feature = "torch")]
mod checkpoints;
mod elsewhere;
#[cfg(feature = "torch")]
mod ensemble;
#[cfg(feature = "torch")]
mod map;
#[cfg(feature = "torch")]
mod memory;
#[cfg(feature = "torch")]
mod network;
#[cfg(feature = "torch")]
mod prepared;

use std::path::Path;

use assert_cmd::Command;
use bal_artifact::tables::Scores;

fn score(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("bal-score").unwrap();
    command.current_dir(folder).args(["--out", "score"]).args(arguments).assert()
}

fn scores(folder: &Path) -> Scores {
    Scores::read(&folder.join("score/scores.parquet")).unwrap()
}

fn column(folder: &Path, name: &str) -> Vec<f64> {
    scores(folder).column(name).unwrap().to_vec()
}

fn index(folder: &Path) -> Vec<i64> {
    scores(folder).ids
}
