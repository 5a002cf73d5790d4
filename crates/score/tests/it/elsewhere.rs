//! Predictions made in another framework.

use ndarray::{Array3, array};
use predicates::str::contains;

use crate::{column, index, score};

/// Two samples that are sure of different classes, agree on one half each, and agree fully.
fn probs() -> Array3<f64> {
    array![[[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [0.5, 0.5]], [[1.0, 0.0], [1.0, 0.0]]]
}

#[test]
fn probabilities_and_their_logarithms_give_the_same_scores() {
    let folder = tempfile::tempdir().unwrap();
    ndarray_npy::write_npy(folder.path().join("p.npy"), &probs()).unwrap();
    ndarray_npy::write_npy(folder.path().join("log_p.npy"), &probs().mapv(|p| p.ln() as f32)).unwrap();
    ndarray_npy::write_npy(folder.path().join("ids.npy"), &array![30i64, 10, 20]).unwrap();
    let names = "bald,max_entropy,variation_ratios";
    for file in [["--probs", "p.npy"], ["--log-probs", "log_p.npy"]] {
        score(folder.path(), &[file[0], file[1], "--indices", "ids.npy", "--acquisition", names]).success();
        assert_eq!(index(folder.path()), [30, 10, 20]);
        let log_2 = 2f64.ln();
        for (name, expected) in [("bald", [log_2, 0.0, 0.0]), ("max_entropy", [log_2, log_2, 0.0])] {
            for (found, expected) in column(folder.path(), name).into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{name}: {found} for {expected}");
            }
        }
        assert_eq!(column(folder.path(), "variation_ratios"), [0.5, 0.0, 0.0]);
    }
}

#[test]
fn without_ids_the_points_are_rows_and_random_is_seeded() {
    let folder = tempfile::tempdir().unwrap();
    ndarray_npy::write_npy(folder.path().join("p.npy"), &probs()).unwrap();
    let draw = |seed: &str| {
        score(folder.path(), &["--probs", "p.npy", "--acquisition", "random", "--seed", seed]).success();
        assert_eq!(index(folder.path()), [0, 1, 2]);
        column(folder.path(), "random")
    };
    assert_eq!(draw("1"), draw("1"));
    assert_ne!(draw("1"), draw("2"));
}

#[test]
fn bad_predictions_are_refused_with_the_first_offender() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |values: Array3<f64>, code: i32, text: &str| {
        ndarray_npy::write_npy(folder.path().join("p.npy"), &values).unwrap();
        score(folder.path(), &["--probs", "p.npy", "--acquisition", "bald"])
            .code(code)
            .stderr(contains(text));
        assert!(!folder.path().join("score").exists(), "nothing is written");
    };
    let with = |point: usize, sample: usize, class: usize, value: f64| {
        let mut values = probs();
        values[[point, sample, class]] = value;
        values
    };
    refused(with(1, 1, 0, f64::NAN), 4, "point 1, sample 1, class 0: found NaN");
    refused(with(2, 0, 1, f64::INFINITY), 4, "point 2, sample 0, class 1: found inf");
    refused(with(2, 1, 0, 0.9), 4, "point 2, sample 1: probabilities sum to 0.9, expected 1");
    refused(probs().mapv(f64::ln), 4, "hint: give probabilities with `--probs`");
    refused(Array3::zeros((0, 2, 2)), 4, "[0, 2, 2]");
}

#[test]
fn wrong_files_and_names_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    ndarray_npy::write_npy(folder.path().join("p.npy"), &probs()).unwrap();
    ndarray_npy::write_npy(folder.path().join("flat.npy"), &array![1.0f64, 0.0]).unwrap();
    ndarray_npy::write_npy(folder.path().join("flat32.npy"), &array![1.0f32, 0.0]).unwrap();
    ndarray_npy::write_npy(folder.path().join("votes.npy"), &array![[[1i64, 0]]]).unwrap();
    ndarray_npy::write_npy(folder.path().join("twice.npy"), &array![1i64, 2, 1]).unwrap();
    ndarray_npy::write_npy(folder.path().join("short.npy"), &array![1i64, 2]).unwrap();
    let whole = fs_err::read(folder.path().join("p.npy")).unwrap();
    fs_err::write(folder.path().join("cut.npy"), &whole[..whole.len() - 8]).unwrap();
    let refused = |arguments: &[&str], code: i32, text: &str| {
        score(folder.path(), &[&["--acquisition", "bald"], arguments].concat())
            .code(code)
            .stderr(contains(text));
    };
    refused(&["--probs", "flat.npy"], 4, "rank 3, found rank 1");
    refused(&["--probs", "flat32.npy"], 4, "rank 3, found rank 1");
    refused(&["--probs", "votes.npy"], 4, "type <f4 or <f8 and rank 3, found type '<i8'");
    refused(&["--probs", "cut.npy"], 4, "`cut.npy` is corrupt");
    refused(&["--probs", "none.npy"], 4, "probs `none.npy` is missing");
    refused(&["--probs", "p.npy", "--indices", "twice.npy"], 4, "id 1 twice, in rows 0 and 2");
    refused(&["--probs", "p.npy", "--indices", "short.npy"], 4, "2 ids for 3 rows");
    refused(&["--probs", "p.npy", "--log-probs", "p.npy"], 2, "cannot be used with");
    score(folder.path(), &["--probs", "p.npy", "--acquisition", "bold"])
        .code(3)
        .stderr(contains("did you mean `bald`?"));
}

#[test]
fn neither_memory_order_nor_byte_order_matters() {
    let folder = tempfile::tempdir().unwrap();
    let bald = |file: &str| {
        score(folder.path(), &["--probs", file, "--acquisition", "bald"]).success();
        column(folder.path(), "bald")
    };
    ndarray_npy::write_npy(folder.path().join("c.npy"), &probs()).unwrap();
    let fortran = probs().reversed_axes().as_standard_layout().into_owned().reversed_axes();
    ndarray_npy::write_npy(folder.path().join("f.npy"), &fortran).unwrap();
    let header = String::from_utf8_lossy(&fs_err::read(folder.path().join("f.npy")).unwrap()).into_owned();
    assert!(header.contains("'fortran_order': True"));
    assert_eq!(bald("c.npy"), bald("f.npy"));

    let mut bytes = fs_err::read(folder.path().join("c.npy")).unwrap();
    let order = bytes.iter().position(|&byte| byte == b'<').unwrap();
    bytes[order] = b'>';
    let values = bytes.len() - 8 * probs().len();
    bytes[values..].chunks_exact_mut(8).for_each(<[u8]>::reverse);
    fs_err::write(folder.path().join("big.npy"), bytes).unwrap();
    assert_eq!(bald("c.npy"), bald("big.npy"));
}

#[test]
fn what_was_understood_is_said_and_what_was_meant_is_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, shape: (usize, usize, usize)| {
        let values = Array3::<f32>::from_elem(shape, 1.0 / shape.2 as f32);
        ndarray_npy::write_npy(folder.path().join(name), &values).unwrap();
    };
    write("p.npy", (5, 200, 3));
    write("sigmoid.npy", (5, 200, 1));
    let run = |file: &str| score(folder.path(), &["--probs", file, "--acquisition", "bald"]);
    run("p.npy").success().stderr(contains("predictions: 5 points, 200 samples, 3 classes"));
    run("sigmoid.npy").code(4).stderr(contains("what a sigmoid gives: make two of it, (1 − p, p)"));
    let swapped = Array3::<f32>::from_elem((3, 5, 200), 1.0 / 3.0);
    ndarray_npy::write_npy(folder.path().join("swapped.npy"), &swapped).unwrap();
    run("swapped.npy")
        .code(4)
        .stderr(contains("predictions: 3 points, 5 samples, 200 classes"))
        .stderr(contains("must be the axis that sums to 1"));
    ndarray_npy::write_npy(folder.path().join("one.npy"), &array![[0.5f32, 0.5]]).unwrap();
    run("one.npy").code(4).stderr(contains("`array[:, None, :]`"));
}

#[test]
fn targets_of_other_samples_are_named_by_their_file() {
    let folder = tempfile::tempdir().unwrap();
    ndarray_npy::write_npy(folder.path().join("p.npy"), &probs()).unwrap();
    for shape in [(1, 3, 2), (1, 2, 4)] {
        let targets = Array3::<f64>::from_elem(shape, 1.0 / shape.2 as f64);
        ndarray_npy::write_npy(folder.path().join("targets.npy"), &targets).unwrap();
        score(folder.path(), &["--probs", "p.npy", "--target-probs", "targets.npy", "--acquisition", "epig"])
            .code(4)
            .stderr(contains("predictions of `targets.npy` cannot be scored"))
            .stderr(contains("expected those of the pool: 2 and 2"))
            .stderr(contains("by the same posterior samples"));
    }
}

#[test]
fn a_signal_stops_scores_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // 2,000 points and as many targets: a minute's work.
    ndarray_npy::write_npy(folder.path().join("p.npy"), &bal_testkit::probs(2000, 20, 60, 0)).unwrap();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("bal-score"));
    command.current_dir(folder.path()).args(["--probs", "p.npy", "--target-probs", "p.npy"]);
    command.args(["--acquisition", "epig", "--out", "score"]);
    let stopped =
        bal_testkit::stop(&mut command, "`epig` takes up to 3e11 multiplications (N·M·K·C²)", "TERM");
    assert_eq!(stopped.code, Some(143), "{stopped:?}");
    assert!(stopped.after.as_secs_f64() < 1.0, "{stopped:?}");
    assert!(stopped.said.contains("interrupted by signal 15"), "{stopped:?}");
    assert!(!folder.path().join("score").exists());
}

#[test]
fn epig_is_what_a_point_tells_about_the_targets() {
    let folder = tempfile::tempdir().unwrap();
    ndarray_npy::write_npy(folder.path().join("p.npy"), &probs()).unwrap();
    // The target is the point on which the samples disagree: only that point tells which sample is right.
    let target = probs().slice(ndarray::s![..1, .., ..]).to_owned();
    ndarray_npy::write_npy(folder.path().join("t.npy"), &target).unwrap();
    let arguments = ["--probs", "p.npy", "--target-probs", "t.npy", "--acquisition", "bald,epig"];
    score(folder.path(), &arguments).success();
    for (found, expected) in column(folder.path(), "epig").into_iter().zip([2f64.ln(), 0.0, 0.0]) {
        assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
    }
    let refused = |arguments: &[&str], text: &str| {
        score(folder.path(), arguments).code(3).stderr(contains(text));
    };
    refused(&["--probs", "p.npy", "--acquisition", "epig"], "expected an array for `epig`");
    refused(
        &["--probs", "p.npy", "--target-probs", "t.npy", "--acquisition", "bald"],
        "nothing without `epig`",
    );
}
