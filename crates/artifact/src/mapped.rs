//! Large `.npy` arrays without reading them: a view of the file itself.

use std::marker::PhantomData;
use std::path::Path;

use memmap2::Mmap;
use ndarray::{ArrayView, Dimension};
use ndarray_npy::{ViewElement, ViewNpyError, ViewNpyExt as _};

use crate::{Element, Error};

/// A memory-mapped array: its pages are the system's, to be dropped when memory is short, not this process's own.
#[derive(Debug)]
pub struct MappedArray<T, D> {
    map: Mmap,
    kind: PhantomData<(T, D)>,
}

impl<T: Element + ViewElement, D: Dimension> MappedArray<T, D> {
    /// Maps an array of exactly this element type and rank, little endian, in C or Fortran order.
    ///
    /// # Errors
    /// As [`crate::read_array`].
    pub fn open(what: &'static str, path: &Path) -> Result<Self, Error> {
        let file = match fs_err::File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::Missing { what, path: path.to_path_buf() });
            }
            file => file.map_err(Error::io("open", path))?,
        };
        #[expect(
            unsafe_code,
            reason = "sound as long as nobody shortens the file, and artifacts are never written in place"
        )]
        let map = unsafe { Mmap::map(file.file()) }.map_err(Error::io("map", path))?;
        ArrayView::<T, D>::view_npy(&map).map_err(|error| explain::<T, D>(&error, path, map.len()))?;
        Ok(Self { map, kind: PhantomData })
    }

    /// The array.
    pub fn view(&self) -> ArrayView<'_, T, D> {
        ArrayView::view_npy(&self.map).expect("the same bytes were viewed when the array was opened")
    }
}

fn explain<T: Element, D: Dimension>(error: &ViewNpyError, path: &Path, length: usize) -> Error {
    let path = path.to_path_buf();
    let rank = D::NDIM.map_or_else(|| "any".to_owned(), |rank| rank.to_string());
    let expected = format!("a .npy array of type {} and rank {rank}", T::DTYPE);
    match error {
        ViewNpyError::WrongDescriptor(found) => {
            Error::Mismatch { path, expected, found: format!("type {found}") }
        }
        ViewNpyError::NonNativeEndian => {
            Error::Mismatch { path, expected, found: "big-endian values".to_owned() }
        }
        ViewNpyError::WrongNdim(_, found) => {
            Error::Mismatch { path, expected, found: format!("rank {found}") }
        }
        other => Error::Corrupt { path, expected, found: format!("{length} bytes: {other}") },
    }
}
