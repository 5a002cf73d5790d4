//! Memory that `bal-select` takes for itself: 300 MB for 300,000 points are 1,000 bytes per point.

use std::path::Path;
use std::process::Command;

use bal_testkit::peak_private_memory;
use ndarray::{Array1, Array2, Array3};

const FEW: usize = 100;
const MANY: usize = 30_000;

/// f32 [N, 128] and [N, 20, 10]: 1,312 bytes per point that are only looked at.
fn write(folder: &Path, points: usize) {
    let write = |name: &str| folder.join(format!("{name}-{points}.npy"));
    let feature = |(n, d)| ((n * 31 + d * 17) % 1009) as f32;
    ndarray_npy::write_npy(write("features"), &Array2::from_shape_fn((points, 128), feature)).unwrap();
    ndarray_npy::write_npy(write("probs"), &Array3::from_elem((points, 20, 10), 0.1f32)).unwrap();
}

/// A copy of the features alone would take 512 bytes per point, one in f64 1,024.
#[test]
fn features_and_predictions_are_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), FEW);
    write(folder.path(), MANY);
    ndarray_npy::write_npy(folder.path().join("labelled.npy"), &Array1::from(vec![0i64, 1])).unwrap();
    for (method, with_predictions) in [("badge", true), ("core_set", false)] {
        let peak = |points: usize| {
            let mut command = Command::new(assert_cmd::cargo::cargo_bin("bal-select"));
            command.current_dir(folder.path()).args(["--out", "select", "--threads", "2", "--batch", "5"]);
            command.args(["--method", method, "--features", &format!("features-{points}.npy")]);
            if with_predictions {
                command.args(["--probs", &format!("probs-{points}.npy")]);
            } else {
                command.args(["--labelled", "labelled.npy"]);
            }
            peak_private_memory(&mut command)
        };
        let (Some(few), Some(many)) = (peak(FEW), peak(MANY)) else {
            println!("skipped: the system does not tell a program's private memory");
            return;
        };
        let per_point = many.saturating_sub(few) / (MANY - FEW) as u64;
        assert!(per_point < 450, "`{method}` takes {per_point} bytes per point: {few} and {many}");
    }
}
