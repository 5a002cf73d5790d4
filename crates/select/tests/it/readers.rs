//! What others wrote: ids that stand twice, tables with more than scores, arrays of other types.

use ndarray::{Array2, Array3, array};
use predicates::str::contains;

use crate::{ids, publish, run, select};

#[test]
fn ids_that_stand_twice_are_refused_with_both_rows_by_every_reader() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), &[5, 4, 3, 4], &[("bald", &[0.1, 0.2, 0.3, 0.4])]);
    ndarray_npy::write_npy(folder.path().join("twice.npy"), &array![5i64, 4, 3, 4]).unwrap();
    ndarray_npy::write_npy(folder.path().join("p.npy"), &Array3::from_elem((4, 3, 2), 0.5f32)).unwrap();
    ndarray_npy::write_npy(folder.path().join("f.npy"), &Array2::<f32>::ones((4, 2))).unwrap();
    let refused = |arguments: &[&str]| {
        run(folder.path(), &[&["--batch", "2"], arguments].concat())
            .code(4)
            .stderr(contains("id 4 twice, in rows 1 and 3, in `"))
            .stderr(contains("expected every id once"));
        assert!(!folder.path().join("select").exists(), "nothing is written");
    };
    refused(&["--scores", "score/scores.parquet"]);
    for indices in ["twice.npy", "score/scores.parquet"] {
        refused(&["--probs", "p.npy", "--method", "batch_bald", "--indices", indices]);
        refused(&["--features", "f.npy", "--method", "core_set", "--indices", indices]);
    }
    refused(&["--probs", "p.npy", "--method", "k_bald", "--labelled", "twice.npy"]);
    refused(&["--features", "f.npy", "--method", "core_set", "--labelled", "twice.npy"]);
}

#[test]
fn only_columns_that_are_needed_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let tables = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../artifact/tests/tables");
    let pick = |table: &str, arguments: &[&str]| {
        let table = tables.join(table);
        run(folder.path(), &[&["--scores", table.to_str().unwrap(), "--batch", "2"], arguments].concat())
    };
    pick("every_type.parquet", &[]).success().stderr(contains("scores `bald`: 6 points"));
    assert_eq!(ids(folder.path(), "selected.npy"), [14, 11]);
    pick("pandas.parquet", &[]).success();
    assert_eq!(ids(folder.path(), "selected.npy"), [9, 7]);
    pick("polars_row_index.parquet", &[]).success();
    assert_eq!(ids(folder.path(), "selected.npy"), [2, 0]);
    pick("every_type.parquet", &["--column", "decimal"])
        .code(4)
        .stderr(contains("found type decimal(10, 2)"))
        .stderr(contains("hint: convert the column"));
    pick("every_type.parquet", &["--column", "bold"]).code(4).stderr(contains("hint: use `--column bald`"));
    pick("pandas_without_name.parquet", &[]).code(4).stderr(contains("reset_index(names=\"index\")"));
}

#[test]
fn labels_and_ids_may_be_any_whole_numbers() {
    let folder = tempfile::tempdir().unwrap();
    ndarray_npy::write_npy(folder.path().join("f.npy"), &array![[0.0f32], [1.0], [2.0], [9.0]]).unwrap();
    ndarray_npy::write_npy(folder.path().join("ids.npy"), &array![3u32, 2, 1, 0]).unwrap();
    ndarray_npy::write_npy(folder.path().join("labelled.npy"), &array![3i32, 0]).unwrap();
    ndarray_npy::write_npy(folder.path().join("labels.npy"), &array![1u8, 7, 7, 0]).unwrap();
    let common =
        ["--features", "f.npy", "--indices", "ids.npy", "--labelled", "labelled.npy", "--batch", "1"];
    for method in [&["core_set"][..], &["minimum_bayes_risk", "--labels", "labels.npy", "--sigma", "5"]] {
        run(folder.path(), &[&common[..], &["--method"], method].concat())
            .success()
            .stderr(contains("features: 4 points, 1 dimensions"));
        assert_eq!(ids(folder.path(), "labelled.npy")[..2], [3, 0]);
    }
}

#[test]
fn what_was_understood_is_said_and_what_was_meant_is_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |shape: (usize, usize, usize), value: f32, text: &str| {
        ndarray_npy::write_npy(folder.path().join("p.npy"), &Array3::from_elem(shape, value)).unwrap();
        let (points, samples, classes) = shape;
        run(folder.path(), &["--probs", "p.npy", "--method", "batch_bald", "--batch", "1"])
            .code(4)
            .stderr(contains(format!("predictions: {points} points, {samples} samples, {classes} classes")))
            .stderr(contains(text));
    };
    refused((3, 5, 200), 1.0 / 3.0, "must be the axis that sums to 1");
    refused((5, 200, 1), 0.3, "what a sigmoid gives: make two of it, (1 − p, p)");
    refused((5, 4, 3), -1.0, "their natural logarithms with `--log-probs`");
}

#[test]
fn a_field_of_too_many_points_says_how_many_fit() {
    let folder = tempfile::tempdir().unwrap();
    ndarray_npy::write_npy(folder.path().join("f.npy"), &Array2::<f32>::ones((20_000, 1))).unwrap();
    ndarray_npy::write_npy(folder.path().join("labelled.npy"), &array![0i64, 1]).unwrap();
    ndarray_npy::write_npy(folder.path().join("labels.npy"), &array![0i64, 1]).unwrap();
    let files = ["--features", "f.npy", "--labelled", "labelled.npy", "--labels", "labels.npy"];
    run(folder.path(), &[&files[..], &["--method", "minimum_bayes_risk", "--batch", "1"]].concat())
        .code(4)
        .stderr(contains(
            "at most 16384 points fit: take a random subset of the pool and all labelled points",
        ))
        .stderr(contains("--indices ids.npy"));
}

#[test]
fn scores_that_are_missing_or_many_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), &[5, 4], &[]);
    select(folder.path(), &["--batch", "1"]).code(4).stderr(contains("has no column of scores"));
    select(folder.path(), &["--batch", "1", "--column", "index"])
        .code(4)
        .stderr(contains("found type int64"));
    publish(folder.path(), &[5, 4], &[("a", &[0.5, 0.1]), ("b", &[0.5, 0.1])]);
    select(folder.path(), &["--batch", "1"])
        .code(4)
        .stderr(contains("has several columns of scores: found a, b"));
}
