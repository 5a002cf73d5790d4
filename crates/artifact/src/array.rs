//! `.npy` arrays: written in C order and little endian; read in either order of axes and bytes.

use std::path::Path;

use ndarray::{Array, Dimension};

use crate::files::read_bytes;
use crate::header::Header;
use crate::{Element, Error};

/// Reads a whole array of this rank and of this element type, or of one whose numbers it holds without
/// loss: whole numbers of any width as i64, f16 as f32.
///
/// # Errors
/// [`Error::Missing`], [`Error::Mismatch`] for another type or rank, [`Error::Foreign`] for another format,
/// [`Error::Corrupt`] for a truncated or damaged file, [`Error::Value`] for a number beyond i64.
pub fn read_array<T: Element, D: Dimension>(what: &'static str, path: &Path) -> Result<Array<T, D>, Error> {
    array_of(path, &read_bytes(what, path)?)
}

/// The array in the bytes of a `.npy` file.
pub(crate) fn array_of<T: Element, D: Dimension>(path: &Path, bytes: &[u8]) -> Result<Array<T, D>, Error> {
    let (stored, header) = Header::check::<T, D>(path, bytes)?;
    let numbers = stored.numbers(&bytes[header.start..]).map_err(|(place, number)| {
        Error::value(path, format!("at most {}", i64::MAX), format!("{number} at place {place}"))
    })?;
    let array = Array::from_shape_vec(header.shape::<D>(), numbers)
        .expect("the header's shape was checked with the length");
    // Fortran order is a property of the file, not of the numbers: everything downstream sees C order.
    Ok(if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() })
}
