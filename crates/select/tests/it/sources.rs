//! Batches from predictions and features.

use bal_artifact::Manifest;
use bal_artifact::tables::Selected;
use ndarray::{Array1, Array2, Array3, array};
use predicates::str::contains;

use crate::{ids, run};

/// The duplicate of batchbald_redux issue 16 in another form: two copies of one informative point, one other.
fn predictions() -> Array3<f64> {
    array![
        [[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.1, 0.9]],
        [[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.1, 0.9]],
        [[0.8, 0.2], [0.8, 0.2], [0.2, 0.8], [0.2, 0.8]],
        [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]],
    ]
}

#[test]
fn joint_methods_pass_over_the_copy_and_say_what_the_batch_tells() {
    let folder = tempfile::tempdir().unwrap();
    ndarray_npy::write_npy(folder.path().join("p.npy"), &predictions()).unwrap();
    ndarray_npy::write_npy(folder.path().join("ids.npy"), &array![40i64, 30, 20, 10]).unwrap();
    for method in ["batch_bald", "k_bald", "lbb"] {
        let arguments =
            ["--probs", "p.npy", "--indices", "ids.npy", "--method", method, "--batch", "2", "--explain"];
        run(folder.path(), &arguments)
            .success()
            .stdout(contains("rank by score"))
            .stdout(contains("log K = 1.386294"));
        assert_eq!(ids(folder.path(), "selected.npy"), [40, 20], "{method}");
        let table = folder.path().join("select/selected.parquet");
        let Selected { ids, gains: gain, joint_mi } = Selected::read(&table).unwrap();
        let joint_mi = joint_mi.unwrap();
        assert_eq!(ids, [40, 20], "{method}");
        assert!(
            (gain[0] - joint_mi[0]).abs() < 1e-12 && joint_mi[1] > joint_mi[0],
            "{method}: {gain:?} {joint_mi:?}"
        );
        let manifest = Manifest::read(&folder.path().join("select"), "select").unwrap();
        assert!((manifest.details["log_k"].as_f64().unwrap() - 4f64.ln()).abs() < 1e-12);
    }
    let manifest = Manifest::read(&folder.path().join("select"), "select").unwrap();
    assert_eq!(manifest.config["method"], "large_batch_bald", "aliases are written out");
    run(folder.path(), &["--probs", "p.npy", "--method", "top_k", "--batch", "2"])
        .code(3)
        .stderr(contains("`top_k` picks from scores, found predictions"));
}

#[test]
fn exhausted_samples_are_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    // Two samples that one point tells apart for certain: log 2 is all there is to know.
    let probs = array![[[1.0f32, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]];
    ndarray_npy::write_npy(folder.path().join("p.npy"), &probs).unwrap();
    run(folder.path(), &["--probs", "p.npy", "--method", "batch_bald", "--batch", "2"])
        .success()
        .stderr(contains("raise the number of posterior samples"));
}

#[test]
fn core_set_covers_the_plane_and_badge_and_risk_run() {
    let folder = tempfile::tempdir().unwrap();
    let features: Array2<f64> = array![[0.0, 0.0], [0.1, 0.0], [5.0, 5.0], [5.1, 5.0], [0.0, 9.0]];
    ndarray_npy::write_npy(folder.path().join("f.npy"), &features).unwrap();
    ndarray_npy::write_npy(folder.path().join("labelled.npy"), &array![0i64, 2]).unwrap();
    ndarray_npy::write_npy(folder.path().join("labels.npy"), &array![0i64, -1, 1, -1, -1]).unwrap();
    let common = ["--features", "f.npy", "--labelled", "labelled.npy"];
    run(folder.path(), &[&common[..], &["--method", "core_set", "--batch", "2"]].concat()).success();
    assert_eq!(
        ids(folder.path(), "selected.npy"),
        [4, 1],
        "first the far corner, then the earlier of two neighbours"
    );
    assert_eq!(ids(folder.path(), "labelled.npy"), [0, 2, 4, 1]);

    let risk = ["--method", "minimum_bayes_risk", "--labels", "labels.npy", "--sigma", "3", "--batch", "1"];
    run(folder.path(), &[&common[..], &risk].concat()).success();
    assert_eq!(ids(folder.path(), "selected.npy").len(), 1);
    assert!([1, 3, 4].contains(&ids(folder.path(), "selected.npy")[0]));

    let probs = Array3::from_elem((5, 3, 2), 0.5f32);
    ndarray_npy::write_npy(folder.path().join("p.npy"), &probs).unwrap();
    let badge = ["--features", "f.npy", "--probs", "p.npy", "--method", "badge", "--batch", "2"];
    run(folder.path(), &badge).success();
    assert_eq!(ids(folder.path(), "selected.npy")[0], 4, "the largest gradient comes first");
}

#[test]
fn features_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    ndarray_npy::write_npy(folder.path().join("f.npy"), &Array2::<f32>::ones((3, 2))).unwrap();
    let mut broken = Array2::<f32>::ones((3, 2));
    broken[[1, 1]] = f32::NAN;
    ndarray_npy::write_npy(folder.path().join("nan.npy"), &broken).unwrap();
    ndarray_npy::write_npy(folder.path().join("far.npy"), &array![7i64]).unwrap();
    ndarray_npy::write_npy(folder.path().join("ids.npy"), &Array1::<i64>::zeros(3)).unwrap();
    ndarray_npy::write_npy(folder.path().join("p.npy"), &Array3::from_elem((2, 3, 2), 0.5f32)).unwrap();
    let refused = |arguments: &[&str], code: i32, text: &str| {
        let all = [&["--method", "core_set", "--batch", "1"], arguments].concat();
        run(folder.path(), &all).code(code).stderr(contains(text));
        assert!(!folder.path().join("select").exists());
    };
    refused(&["--features", "nan.npy"], 4, "NaN");
    refused(&["--features", "f.npy", "--labelled", "far.npy"], 4, "none for id 7");
    refused(&["--features", "f.npy", "--indices", "ids.npy"], 4, "id 0 twice, in rows 0 and 1");
    refused(&["--probs", "p.npy"], 3, "`core_set` picks from features, found predictions");
    let badge = ["--features", "f.npy", "--probs", "p.npy", "--method", "badge", "--batch", "1"];
    run(folder.path(), &badge).code(4).stderr(contains("none for id 2"));
    run(folder.path(), &["--features", "f.npy", "--method", "minimum_bayes_risk", "--batch", "1"])
        .code(3)
        .stderr(contains("features and labels, found no labels"));
}
