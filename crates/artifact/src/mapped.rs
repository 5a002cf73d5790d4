//! Large `.npy` arrays without reading them: a view of the file itself.

use std::marker::PhantomData;
use std::path::Path;

use memmap2::Mmap;
use ndarray::{ArrayView, Axis, Dimension};
use ndarray_npy::{ViewElement, ViewNpyExt as _};

use crate::header::{Header, corrupt, mismatch, type_of};
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
        let header = Header::check::<T, D>(path, &map)?;
        if header.descr != T::DTYPE {
            return Err(mismatch::<T, D>(path, type_of(&header.descr)));
        }
        // Legal, though NumPy and `bal` never write it.
        if !header.start.is_multiple_of(align_of::<T>()) {
            let found = format!("values from byte {} on, which cannot be viewed in place", header.start);
            return Err(mismatch::<T, D>(path, found));
        }
        let view = ArrayView::<T, D>::view_npy(&map).map(|_| ());
        view.map_err(|error| corrupt::<T, D>(path, &map, &error.to_string()))?;
        Ok(Self { map, kind: PhantomData })
    }

    /// The array.
    pub fn view(&self) -> ArrayView<'_, T, D> {
        ArrayView::view_npy(&self.map).expect("the same bytes were viewed when the array was opened")
    }
}

/// A mapped array of either precision; nothing is converted.
#[derive(Debug)]
pub enum MappedFloats<D> {
    /// The file holds f32.
    F32(MappedArray<f32, D>),
    /// The file holds f64.
    F64(MappedArray<f64, D>),
}

impl<D: Dimension> MappedFloats<D> {
    /// Maps an array of f32 or f64 values and this rank.
    ///
    /// # Errors
    /// As [`crate::read_array`].
    pub fn open(what: &'static str, path: &Path) -> Result<Self, Error> {
        match MappedArray::open(what, path) {
            Err(Error::Mismatch { found, .. }) if found == type_of(f64::DTYPE) => {
                Ok(Self::F64(MappedArray::open(what, path)?))
            }
            Err(Error::Mismatch { path, expected, found }) => {
                let either = format!("{} or {}", f32::DTYPE, f64::DTYPE);
                Err(Error::Mismatch { path, expected: expected.replace(f32::DTYPE, &either), found })
            }
            mapped => Ok(Self::F32(mapped?)),
        }
    }

    /// Length of the first axis: the number of points.
    pub fn points(&self) -> usize {
        match self {
            Self::F32(mapped) => mapped.view().len_of(Axis(0)),
            Self::F64(mapped) => mapped.view().len_of(Axis(0)),
        }
    }
}
