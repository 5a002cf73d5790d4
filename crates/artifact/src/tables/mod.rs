//! The tables that stages write, each with its columns, writer and reader in one place.
//!
//! Nobody else names these columns. A table of somebody else's is read by [`Table`](crate::Table).

mod calibration;
mod epochs;
mod metrics;
mod scores;
mod selected;

use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;

pub use calibration::CalibrationBin;
pub use epochs::Epoch;
pub use metrics::{Metrics, Quality};
pub use scores::Scores;
pub use selected::Selected;

use crate::{Error, read_table};

/// Columns of a table of ours, read at once.
struct Columns {
    path: PathBuf,
    table: DataFrame,
}

impl Columns {
    /// Those of these names; all of them if none are named.
    fn read(what: &'static str, path: &Path, names: &[&str]) -> Result<Self, Error> {
        Ok(Self { path: path.to_path_buf(), table: read_table(what, path, names)? })
    }

    fn has(&self, name: &str) -> bool {
        self.table.column(name).is_ok()
    }

    /// The same, if it has one row.
    fn of_one_row(self) -> Result<Self, Error> {
        match self.table.height() {
            1 => Ok(self),
            rows => Err(self.mismatch("one row", format!("{rows} rows"))),
        }
    }

    /// Whole numbers.
    fn whole(&self, name: &str) -> Result<Vec<i64>, Error> {
        let column = self.table.column(name).ok();
        let numbers = column.and_then(|column| column.i64().ok()?.iter().collect::<Option<Vec<i64>>>());
        numbers.ok_or_else(|| self.other_type(name, "whole numbers (i64)"))
    }

    /// The whole number of the only row, 0 or more.
    fn count(&self, name: &str) -> Result<u64, Error> {
        let number = self.whole(name)?[0];
        u64::try_from(number).map_err(|_| self.value(format!("`{name}` is {number}"), "0 or more"))
    }

    /// Finite numbers, and null where there was nothing to measure.
    fn measured(&self, name: &str) -> Result<Vec<Option<f64>>, Error> {
        let column = self.table.column(name).ok();
        let numbers: Option<Vec<Option<f64>>> =
            column.and_then(|column| Some(column.f64().ok()?.iter().collect()));
        let numbers = numbers.ok_or_else(|| self.other_type(name, "numbers (f64)"))?;
        match numbers
            .iter()
            .enumerate()
            .find_map(|(row, number)| Some((row, number.filter(|n| !n.is_finite())?)))
        {
            Some((row, number)) => {
                Err(self.value(format!("`{name}` of row {row} is {number}"), "a finite number"))
            }
            None => Ok(numbers),
        }
    }

    /// Finite numbers.
    fn numbers(&self, name: &str) -> Result<Vec<f64>, Error> {
        let numbers: Option<Vec<f64>> = self.measured(name)?.into_iter().collect();
        numbers.ok_or_else(|| self.value(format!("`{name}` has null"), "a number in every row"))
    }

    fn other_type(&self, name: &str, expected: &str) -> Error {
        let found = self.table.column(name).map_or_else(
            |_| "no such column".to_owned(),
            |column| format!("{} with {} null", column.dtype(), column.null_count()),
        );
        self.mismatch(&format!("{expected} in column `{name}`"), found)
    }

    fn mismatch(&self, expected: &str, found: String) -> Error {
        Error::mismatch(&self.path, expected, found)
    }

    fn value(&self, found: String, expected: &str) -> Error {
        Error::value(&self.path, expected, found)
    }
}
