//! Ids of points: read in one place, from arrays and tables, and each of them once.

use std::path::Path;

use ndarray::Ix1;

use crate::table::check_once;
use crate::{Error, Table, read_array};

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
        return Err(Error::value(path, "one id per row", format!("{} ids for {rows} rows", ids.len())));
    }
    Ok(ids)
}
