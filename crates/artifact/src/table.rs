//! Parquet tables through polars.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{
    ArrowDataType, ArrowSchema, ChunkedArray, Column, DataFrame, ParquetCompression, ParquetReader,
    ParquetWriter, PolarsNumericType, SerReader as _,
};

use crate::Error;
use crate::files::read_bytes;
use crate::foreign::instead_of_table;

/// Column of ids in a table.
pub(crate) const INDEX: &str = "index";

/// Where pandas puts the row labels of a table that has no name for them.
const PANDAS_INDEX: &str = "__index_level_0__";

/// A parquet table of anybody's, of which only those columns are looked at that are asked for: others may
/// be of any type.
pub struct Table {
    path: PathBuf,
    bytes: Vec<u8>,
    schema: Arc<ArrowSchema>,
}

impl Table {
    /// Reads a file and which columns it has.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Corrupt`].
    pub fn open(what: &'static str, path: &Path) -> Result<Self, Error> {
        let bytes = read_bytes(what, path)?;
        // Checked here because the parquet reader panics on some files that are not parquet at all.
        if bytes.len() < 12 || !bytes.starts_with(b"PAR1") || !bytes.ends_with(b"PAR1") {
            if let Some((found, remedy)) = instead_of_table(path, &bytes) {
                let expected = "a parquet table".to_owned();
                return Err(Error::Foreign { path: path.to_path_buf(), expected, found, remedy });
            }
            let found = format!("{} bytes without parquet's first and last four", bytes.len());
            return Err(corrupt(path, found));
        }
        let schema = ParquetReader::new(Cursor::new(bytes.as_slice())).schema();
        let schema = schema.map_err(|error| corrupt(path, error.to_string()))?;
        Ok(Self { path: path.to_path_buf(), bytes, schema })
    }

    /// The ids in `index`: whole numbers that i64 holds, every one once.
    ///
    /// # Errors
    /// [`Error::Foreign`] for a table without them, [`Error::Value`] for the first that is no id.
    pub fn ids(&self) -> Result<Vec<i64>, Error> {
        let column = self.column(INDEX, "ids, whole numbers of 32 or 64 bits,", "int64", is_id)?;
        let id = |(row, number): (usize, Option<i128>)| {
            let id = number.and_then(|number| i64::try_from(number).ok());
            let number = number.map_or_else(|| "null".to_owned(), |number| number.to_string());
            id.ok_or_else(|| {
                self.value(format!("`{INDEX}` of row {row} is {number}"), "an id that i64 holds")
            })
        };
        let ids: Vec<i64> =
            whole_numbers(&column).into_iter().enumerate().map(id).collect::<Result<_, _>>()?;
        check_once(&self.path, &ids)?;
        Ok(ids)
    }

    /// The columns that can be scores: of floating point, and none of row labels.
    pub fn score_columns(&self) -> Vec<String> {
        let is_score = |(name, dtype): &(&str, &ArrowDataType)| {
            ![INDEX, PANDAS_INDEX].contains(name)
                && matches!(dtype, ArrowDataType::Float32 | ArrowDataType::Float64)
        };
        self.types().filter(is_score).map(|(name, _)| name.to_owned()).collect()
    }

    /// Finite numbers of a column, of points with these ids.
    ///
    /// # Errors
    /// [`Error::Foreign`] for another type, [`Error::Value`] for the first score that is null, NaN or
    /// infinite.
    pub fn scores(&self, name: &str, ids: &[i64]) -> Result<Vec<f64>, Error> {
        let column = self.column(name, "scores, floating point,", "float64", is_number)?;
        let score = |(row, number): (usize, Option<f64>)| match number {
            Some(score) if score.is_finite() => Ok(score),
            other => {
                let other = other.map_or_else(|| "null".to_owned(), |other| other.to_string());
                let found = format!("`{name}` of row {row} (id {}) is {other}", ids[row]);
                Err(self.value(found, "a finite number"))
            }
        };
        numbers(&column).into_iter().enumerate().map(score).collect()
    }

    /// Whether there is such a column.
    pub fn has(&self, name: &str) -> bool {
        self.types().any(|(column, _)| column == name)
    }

    fn types(&self) -> impl Iterator<Item = (&str, &ArrowDataType)> {
        self.schema.iter().map(|(name, field)| (name.as_str(), field.dtype()))
    }

    /// One column, read if its type will do.
    fn column(
        &self,
        name: &str,
        what: &str,
        cast: &str,
        will_do: impl Fn(&ArrowDataType) -> bool,
    ) -> Result<Column, Error> {
        let found = match self.types().find(|(column, _)| *column == name) {
            Some((_, dtype)) if will_do(dtype) => {
                let table = self.read(&[name])?;
                return table.column(name).cloned().map_err(|error| corrupt(&self.path, error.to_string()));
            }
            Some((_, dtype)) => type_name(dtype),
            None => return Err(self.lacks(name)),
        };
        Err(Error::Foreign {
            path: self.path.clone(),
            expected: format!("{what} in column `{name}`"),
            found: format!("type {found}"),
            remedy: format!("convert the column: `.astype({{\"{name}\": \"{cast}\"}})` in pandas"),
        })
    }

    /// These columns; all if none are named.
    fn read(&self, columns: &[&str]) -> Result<DataFrame, Error> {
        if let Some(name) = columns.iter().find(|name| !self.has(name)) {
            return Err(self.lacks(name));
        }
        let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
        ParquetReader::new(Cursor::new(self.bytes.as_slice()))
            .with_columns((!columns.is_empty()).then_some(columns))
            .finish()
            .map_err(|error| corrupt(&self.path, error.to_string()))
    }

    fn lacks(&self, name: &str) -> Error {
        let path = self.path.clone();
        let names: Vec<&str> = self.types().map(|(name, _)| name).collect();
        let (expected, found) = (format!("a column `{name}`"), format!("columns {}", names.join(", ")));
        if name == INDEX && names.contains(&PANDAS_INDEX) {
            let remedy =
                format!("name the row labels before saving: `.reset_index(names=\"{INDEX}\")` in pandas");
            return Error::Foreign { path, expected, found, remedy };
        }
        Error::mismatch(path, expected, found)
    }

    fn value(&self, found: String, expected: &str) -> Error {
        Error::value(&self.path, expected, found)
    }
}

/// Reads these columns of a table and no others; all of them if none are named.
///
/// # Errors
/// [`Error::Missing`], [`Error::Corrupt`], or [`Error::Mismatch`] naming the first column that is not there.
pub fn read_table(what: &'static str, path: &Path, columns: &[&str]) -> Result<DataFrame, Error> {
    Table::open(what, path)?.read(columns)
}

fn is_id(dtype: &ArrowDataType) -> bool {
    use ArrowDataType::{Int32, Int64, UInt32, UInt64};
    matches!(dtype, Int32 | Int64 | UInt32 | UInt64)
}

/// Types whose every number f64 holds.
fn is_number(dtype: &ArrowDataType) -> bool {
    use ArrowDataType::{Float32, Float64, Int32, UInt32};
    matches!(dtype, Float32 | Float64 | Int32 | UInt32)
}

fn whole_numbers(column: &Column) -> Vec<Option<i128>> {
    let signed = column.i64().map(widened).or_else(|_| column.i32().map(widened));
    let whole = signed.or_else(|_| column.u64().map(widened)).or_else(|_| column.u32().map(widened));
    whole.unwrap_or_default()
}

fn numbers(column: &Column) -> Vec<Option<f64>> {
    let floating = column.f64().map(widened).or_else(|_| column.f32().map(widened));
    let as_floating = |number: Option<i128>| number.map(|number| number as f64);
    floating.unwrap_or_else(|_| whole_numbers(column).into_iter().map(as_floating).collect())
}

/// Numbers as others that hold them without loss.
fn widened<T: PolarsNumericType, W: From<T::Native>>(numbers: &ChunkedArray<T>) -> Vec<Option<W>> {
    numbers.iter().map(|number| number.map(W::from)).collect()
}

/// Refuses ids that stand twice: a point would be scored, picked or learnt from twice.
pub(crate) fn check_once(path: &Path, ids: &[i64]) -> Result<(), Error> {
    let mut rows: Vec<usize> = (0..ids.len()).collect();
    rows.sort_unstable_by_key(|&row| (ids[row], row));
    let pairs = rows.windows(2).filter(|pair| ids[pair[0]] == ids[pair[1]]);
    match pairs.map(|pair| (pair[1], pair[0])).min() {
        None => Ok(()),
        Some((row, first)) => {
            let found = format!("id {} twice, in rows {first} and {row},", ids[row]);
            Err(Error::value(path, "every id once", found))
        }
    }
}

/// A type in the words of pandas.
fn type_name(dtype: &ArrowDataType) -> String {
    use ArrowDataType as T;
    match dtype {
        T::Struct(_) => "struct".to_owned(),
        T::List(_) | T::LargeList(_) | T::FixedSizeList(..) => "list".to_owned(),
        T::Dictionary(..) => "category".to_owned(),
        T::Utf8 | T::LargeUtf8 | T::Utf8View => "string".to_owned(),
        T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => "binary".to_owned(),
        T::Date32 | T::Date64 => "date".to_owned(),
        T::Time32(_) | T::Time64(_) => "time".to_owned(),
        T::Decimal(precision, scale) => format!("decimal({precision}, {scale})"),
        T::Timestamp(..) => "timestamp".to_owned(),
        T::Duration(_) => "duration".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn corrupt(path: &Path, found: String) -> Error {
    Error::corrupt(path, "a parquet table", found)
}

pub(crate) fn parquet_bytes(table: &mut DataFrame, path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    // Uncompressed: tables are small, and bytes then depend on no compressor's version.
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Uncompressed)
        .finish(table)
        .map_err(|source| Error::Table { path: path.to_path_buf(), source })?;
    Ok(bytes)
}
