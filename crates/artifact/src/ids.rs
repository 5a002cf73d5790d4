//! Ids of points: read in one place, from arrays and tables, and each of them once.

use std::path::Path;

use ndarray::Ix1;

use crate::{Error, Table, read_array};

/// Column of ids in a table.
pub(crate) const INDEX: &str = "index";

/// Reads ids, i64 or whole numbers that fit: a `.npy` array `[N]`, or column `index` of a `.parquet` table.
///
/// # Errors
/// As [`read_array`] and [`Table`]; [`Error::Value`] for an id that stands twice, with both rows.
pub fn read_ids(what: &'static str, path: &Path) -> Result<Vec<i64>, Error> {
    if path.extension().is_some_and(|extension| extension == "parquet") {
        return Table::open(what, path)?.ids();
    }
    let ids = read_array::<i64, Ix1>(what, path)?.into_raw_vec_and_offset().0;
    check_once(path, &ids)?;
    Ok(ids)
}

/// As [`read_ids`], and one per row of something with `rows` rows.
///
/// # Errors
/// As [`read_ids`]; [`Error::Value`] for another number of ids.
pub fn read_ids_of_rows(what: &'static str, path: &Path, rows: usize) -> Result<Vec<i64>, Error> {
    let ids = read_ids(what, path)?;
    if ids.len() != rows {
        let (expected, found) = ("one id per row".to_owned(), format!("{} ids for {rows} rows", ids.len()));
        return Err(Error::Value { path: path.to_path_buf(), expected, found });
    }
    Ok(ids)
}

/// Refuses ids that stand twice: a point would be scored, picked or learnt from twice.
pub(crate) fn check_once(path: &Path, ids: &[i64]) -> Result<(), Error> {
    let mut rows: Vec<usize> = (0..ids.len()).collect();
    rows.sort_unstable_by_key(|&row| (ids[row], row));
    let pairs = rows.windows(2).filter(|pair| ids[pair[0]] == ids[pair[1]]);
    match pairs.map(|pair| (pair[1], pair[0])).min() {
        None => Ok(()),
        Some((row, first)) => Err(Error::Value {
            path: path.to_path_buf(),
            expected: "every id once".to_owned(),
            found: format!("id {} twice, in rows {first} and {row},", ids[row]),
        }),
    }
}
