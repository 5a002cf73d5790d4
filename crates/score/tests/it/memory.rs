//! Memory that `bal-score` takes for itself: it grows neither with what is written nor with the data set.

use std::path::Path;
use std::process::Command;

use bal_testkit::peak_private_memory;
use ndarray::Array2;

use crate::prepared::{MODEL, checkpoint, digits, members, plane};

/// 40 MB.
const LARGE: u64 = 40_000_000;

/// A data set of `points` in `dimensions`, an untrained network for it, and a pool of its first points.
fn prepare(folder: &Path, points: usize, dimensions: usize, pool: usize) {
    let value = |(n, d)| ((n * 31 + d * 17) % 101) as f32 / 50.0 - 1.0;
    let network = plane(folder, &Array2::from_shape_fn((points, dimensions), value), pool, 10);
    checkpoint(folder, &network.to_weights(&members(&network, 1)));
}

/// Peak of private memory while `bal-score` scores the pool of `folder` with two threads.
fn peak(folder: &Path, arguments: &[&str]) -> Option<u64> {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("bal-score"));
    command.current_dir(folder).args(MODEL).args(["--threads", "2", "--out", "score"]);
    peak_private_memory(command.args(arguments))
}

/// `large` may take as much as `small`, and this much more.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn check_beside(small: Option<u64>, large: Option<u64>, more: u64) {
    let (Some(small), Some(large)) = (small, large) else {
        println!("skipped: the system does not tell a program's private memory");
        return;
    };
    assert!(large < small + more, "{large} bytes, beside {small}: expected at most {more} more");
}

#[test]
fn kept_predictions_are_not_held() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path(), 10_000, 2, 10_000);
    let arguments = ["--samples", "100", "--acquisition", "bald"]; // f32 [10000, 100, 10]
    let without = peak(folder.path(), &arguments);
    let with = peak(folder.path(), &[&arguments[..], &["--write-log-probs", "--write-features"]].concat());
    let kept = fs_err::metadata(folder.path().join("score/log_probs.npy")).unwrap().len();
    assert!(kept >= LARGE);
    check_beside(without, with, LARGE / 2);
}

#[test]
fn a_data_set_is_not_held() {
    let peak_with = |points: usize| {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path(), points, 10_000, 10);
        peak(folder.path(), &["--samples", "5", "--acquisition", "bald"])
    };
    check_beside(peak_with(10), peak_with(1000), LARGE / 2); // f32 [1000, 10000]
}

/// A member that is prepared for 100 masks takes about 28 MB beside weights of 2 MB. One is held at a time.
#[test]
fn members_are_not_prepared_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let network = digits(folder.path(), 1024);
    let peak_with = |count: usize| {
        checkpoint(folder.path(), &network.to_weights(&members(&network, count)));
        let posterior = ["--posterior", "ensemble_mc_dropout", "--samples", "100"];
        peak(folder.path(), &[&posterior[..], &["--acquisition", "bald"]].concat())
    };
    check_beside(peak_with(4), peak_with(10), 2 * LARGE); // six of them take 168 MB
}
