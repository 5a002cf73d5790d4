//! Tables of other programs: `tests/tables/make.py` says how they were made.

use std::path::{Path, PathBuf};

use bal_artifact::{Error, Inputs, Manifest, Staging, Table, read_ids, read_ids_of_rows, read_table};
use polars::prelude::{DataFrame, df};
use tempfile::TempDir;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables").join(format!("{name}.parquet"))
}

fn open(name: &str) -> Table {
    Table::open("scores", &file(name)).unwrap()
}

fn written(mut table: DataFrame) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("score");
    let mut staging = Staging::new(&out, "score", &[]).unwrap();
    staging.table("scores", &mut table).unwrap();
    staging.publish(Manifest::new("score", 1, serde_json::json!({}), Inputs::new(&out))).unwrap();
    (folder, out.join("scores.parquet"))
}

#[test]
fn columns_beside_those_that_are_needed_may_be_of_any_type() {
    let table = open("every_type");
    assert_eq!(table.score_columns(), ["bald"]);
    let ids = table.ids().unwrap();
    assert_eq!(ids, [10, 11, 12, 13, 14, 15]);
    assert_eq!(table.scores("bald", &ids).unwrap(), [0.125, 0.5, 0.25, 0.375, 0.75, 0.0]);
    assert_eq!(read_table("scores", &file("every_type"), &["bald"]).unwrap().width(), 1);
    assert_eq!(open("every_type_no_rows").ids().unwrap(), [0; 0]);
}

#[test]
fn what_is_needed_and_of_another_type_is_named_with_it() {
    let ids = [10, 11, 12, 13, 14, 15];
    for (name, found) in [
        ("decimal", "decimal(10, 2)"),
        ("map", "list"),
        ("list", "list"),
        ("struct", "struct"),
        ("date", "date"),
        ("time", "time"),
        ("timestamp", "timestamp"),
        ("duration", "duration"),
        ("int8", "int8"),
        ("float16", "float16"),
        ("boolean", "boolean"),
        ("null", "null"),
        ("string", "string"),
        ("binary", "binary"),
        ("category", "category"),
    ] {
        let error = open("every_type").scores(name, &ids).unwrap_err();
        let text = error.to_string();
        let expected = format!("expected scores, floating point, in column `{name}`, found type {found}");
        assert!(text.ends_with(&expected), "{text}");
        assert!(matches!(error, Error::Foreign { remedy, .. } if remedy.contains("float64")));
    }
}

#[test]
fn narrower_numbers_are_widened() {
    for name in ["int32", "uint32", "uint64"] {
        let ids = open(name).ids().unwrap();
        assert_eq!(ids, [10, 11, 12, 13, 14, 15], "{name}");
        assert_eq!(open(name).scores("bald", &ids).unwrap()[..3], [0.125, 0.5, 0.25], "{name}");
    }
    assert_eq!(open("polars_row_index").ids().unwrap(), [0, 1, 2]);
}

#[test]
fn row_labels_of_pandas_are_neither_scores_nor_ids() {
    assert_eq!(open("pandas").score_columns(), ["bald"]);
    assert_eq!(open("pandas").ids().unwrap(), [7, 8, 9]);
    let error = open("pandas_without_name").ids().unwrap_err();
    assert!(error.to_string().ends_with("expected a column `index`, found columns bald, __index_level_0__"));
    assert!(
        matches!(error, Error::Foreign { remedy, .. } if remedy.contains("reset_index(names=\"index\")"))
    );
}

#[test]
fn a_score_that_is_no_number_is_named_with_row_and_id() {
    for (score, found) in [
        (None, "null"),
        (Some(f64::NAN), "NaN"),
        (Some(f64::INFINITY), "inf"),
        (Some(f64::NEG_INFINITY), "-inf"),
    ] {
        let (_folder, path) =
            written(df!("index" => [7i64, 8, 9], "bald" => [Some(0.5), score, None]).unwrap());
        let error = Table::open("scores", &path).unwrap().scores("bald", &[7, 8, 9]).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(&format!("`bald` of row 1 (id 8) is {found} in `")), "{text}");
        assert!(text.ends_with("expected a finite number"), "{text}");
    }
}

#[test]
fn ids_are_there_fit_and_stand_once() {
    let refused = |table: DataFrame, text: &str| {
        let (_folder, path) = written(table);
        let error = read_ids("ids", &path).unwrap_err();
        assert!(matches!(error, Error::Value { .. }) && error.to_string().contains(text), "{error}");
    };
    refused(df!("index" => [Some(7i64), None]).unwrap(), "`index` of row 1 is null");
    refused(df!("index" => [7, u64::MAX]).unwrap(), "`index` of row 1 is 18446744073709551615");
    refused(df!("index" => [7i64, 8, 9, 8, 7]).unwrap(), "id 8 twice, in rows 1 and 3");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ids.npy");
    ndarray_npy::write_npy(&path, &ndarray::array![4i64, 5, 6, 5]).unwrap();
    let error = read_ids("ids", &path).unwrap_err().to_string();
    assert!(
        error.starts_with("id 5 twice, in rows 1 and 3, in `") && error.ends_with("expected every id once")
    );
    ndarray_npy::write_npy(&path, &ndarray::array![4i64, 5, 6]).unwrap();
    assert_eq!(read_ids_of_rows("ids", &path, 3).unwrap(), [4, 5, 6]);
    let error = read_ids_of_rows("ids", &path, 4).unwrap_err().to_string();
    assert!(error.contains("3 ids for 4 rows"), "{error}");
}

#[test]
fn other_files_given_for_a_table_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores.parquet");
    for (bytes, found, remedy) in [
        (b"\x93NUMPY\x01\x00 more".as_slice(), "a .npy array", "pandas.DataFrame"),
        (b"index,bald\n1,0.5\n", "text", "pandas.read_csv"),
        (b"ARROW1\0\0", "an Arrow file", "pandas.read_feather"),
        (b"\x1f\x8b\x08", "a file compressed by gzip", "gunzip"),
    ] {
        fs_err::write(&path, bytes).unwrap();
        match Table::open("scores", &path).map(|table| table.score_columns()) {
            Err(Error::Foreign { found: named, remedy: hint, .. }) => {
                assert!(named == found && hint.contains(remedy), "{named}: {hint}");
            }
            other => panic!("{other:?}"),
        }
    }
}
