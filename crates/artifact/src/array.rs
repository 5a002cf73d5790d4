//! `.npy` arrays: written in C order and little endian; read in either order of axes and bytes.

use std::io::Cursor;
use std::path::Path;

use ndarray::{Array, ArrayRef, Dimension};
use ndarray_npy::{ReadNpyExt, ReadableElement, WritableElement, WriteNpyExt as _};

use crate::Error;
use crate::header::{Header, corrupt};

/// An element type that `bal` stores in arrays.
pub trait Element: ReadableElement + WritableElement + Clone {
    /// NumPy's name of the type, little endian.
    const DTYPE: &'static str;
}

impl Element for u8 {
    const DTYPE: &'static str = "|u1";
}
impl Element for i64 {
    const DTYPE: &'static str = "<i8";
}
impl Element for f32 {
    const DTYPE: &'static str = "<f4";
}
impl Element for f64 {
    const DTYPE: &'static str = "<f8";
}

/// Reads a whole array of exactly this element type and rank.
///
/// # Errors
/// [`Error::Missing`], [`Error::Mismatch`] for another type or rank, [`Error::Corrupt`] for a truncated or foreign file.
pub fn read_array<T: Element, D: Dimension>(what: &'static str, path: &Path) -> Result<Array<T, D>, Error> {
    let bytes = match fs_err::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::Missing { what, path: path.to_path_buf() });
        }
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    Header::check::<T, D>(path, &bytes)?;
    let array: Result<Array<T, D>, _> = ReadNpyExt::read_npy(Cursor::new(&bytes));
    let array = array.map_err(|error| corrupt::<T, D>(path, &bytes, &error.to_string()))?;
    // Fortran order is a property of the file, not of the numbers: everything downstream sees C order.
    Ok(if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() })
}

/// Refuses ids of another number than there are rows, and ids that stand twice.
///
/// # Errors
/// [`Error::Value`].
pub fn check_ids(path: &Path, ids: &[i64], rows: usize) -> Result<(), Error> {
    let refused = |expected: &str, found: String| {
        Err(Error::Value { path: path.to_path_buf(), expected: expected.to_owned(), found })
    };
    if ids.len() != rows {
        return refused("one id per row", format!("{} ids for {rows} rows", ids.len()));
    }
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => refused("every id once", format!("id {} twice", pair[0])),
        None => Ok(()),
    }
}

/// The bytes of `array` as a `.npy` file.
pub(crate) fn npy_bytes<T: Element, D: Dimension>(array: &ArrayRef<T, D>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128 + array.len() * size_of::<T>());
    array.write_npy(&mut bytes).expect("an array in memory always fits into a vector");
    bytes
}
