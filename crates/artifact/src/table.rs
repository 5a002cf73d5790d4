//! Parquet tables through polars.

use std::io::Cursor;
use std::path::Path;

use polars::prelude::{DataFrame, ParquetCompression, ParquetReader, ParquetWriter, SerReader as _};

use crate::Error;

/// Reads a whole table and checks that it has these columns.
///
/// # Errors
/// [`Error::Missing`], [`Error::Corrupt`], or [`Error::Mismatch`] naming the first column that is not there.
pub fn read_table(what: &'static str, path: &Path, columns: &[&str]) -> Result<DataFrame, Error> {
    let bytes = match fs_err::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::Missing { what, path: path.to_path_buf() });
        }
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let corrupt = |found: String| Error::Corrupt {
        path: path.to_path_buf(),
        expected: "a parquet table".to_owned(),
        found,
    };
    // Checked here because the parquet reader panics on some files that are not parquet at all.
    if bytes.len() < 12 || !bytes.starts_with(b"PAR1") || !bytes.ends_with(b"PAR1") {
        return Err(corrupt(format!("{} bytes without parquet's first and last four", bytes.len())));
    }
    let table =
        ParquetReader::new(Cursor::new(bytes)).finish().map_err(|error| corrupt(error.to_string()))?;
    match columns.iter().find(|&&column| table.column(column).is_err()) {
        None => Ok(table),
        Some(column) => Err(Error::Mismatch {
            path: path.to_path_buf(),
            expected: format!("a column `{column}`"),
            found: format!(
                "columns {}",
                table.get_column_names().iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
            ),
        }),
    }
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
