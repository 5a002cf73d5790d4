//! Large `.npy` arrays without reading them: a view of the file itself.

use std::path::Path;

use memmap2::Mmap;
use ndarray::{Array, ArrayView, Dimension, Shape};

use crate::array::array_of;
use crate::files::if_there;
use crate::header::Header;
use crate::{Element, Error};

/// An array in a file. As long as the file holds its numbers as memory does, it is mapped: its pages are
/// the system's, to be dropped when memory is short, not this process's own. Otherwise (another byte order,
/// f16, values at an odd place) it is read.
#[derive(Debug)]
pub struct MappedArray<T, D: Dimension>(Values<T, D>);

#[derive(Debug)]
enum Values<T, D: Dimension> {
    Mapped { map: Mmap, start: usize, shape: Shape<D> },
    Read(Array<T, D>),
}

impl<T: Element, D: Dimension> MappedArray<T, D> {
    /// Maps an array of this element type and rank, in C or Fortran order.
    ///
    /// # Errors
    /// As [`crate::read_array`].
    pub fn open(what: &'static str, path: &Path) -> Result<Self, Error> {
        Self::of(path, map(what, path)?)
    }

    fn of(path: &Path, map: Mmap) -> Result<Self, Error> {
        let (stored, header) = Header::check::<T, D>(path, &map)?;
        let (start, shape) = (header.start, header.shape());
        if stored.is_as_in_memory::<T>() && bytemuck::try_cast_slice::<u8, T>(&map[start..]).is_ok() {
            return Ok(Self(Values::Mapped { map, start, shape }));
        }
        Ok(Self(Values::Read(array_of(path, &map)?)))
    }

    /// The array.
    pub fn view(&self) -> ArrayView<'_, T, D> {
        match &self.0 {
            Values::Read(array) => array.view(),
            Values::Mapped { map, start, shape } => {
                ArrayView::from_shape(shape.clone(), bytemuck::cast_slice(&map[*start..]))
                    .expect("the header's shape was checked with the length")
            }
        }
    }
}

/// A mapped array of either precision; nothing is converted but half precision, which is read as single.
#[derive(Debug)]
pub enum MappedFloats<D: Dimension> {
    /// The file holds f32 or f16.
    F32(MappedArray<f32, D>),
    /// The file holds f64.
    F64(MappedArray<f64, D>),
}

impl<D: Dimension> MappedFloats<D> {
    /// Maps an array of f16, f32 or f64 values and this rank.
    ///
    /// # Errors
    /// As [`crate::read_array`].
    pub fn open(what: &'static str, path: &Path) -> Result<Self, Error> {
        let map = map(what, path)?;
        if Header::begins_array_of::<f64>(&map) {
            return Ok(Self::F64(MappedArray::of(path, map)?));
        }
        MappedArray::of(path, map).map(Self::F32).map_err(|mut error| {
            if let Error::Mismatch { expected, .. } | Error::Foreign { expected, .. } = &mut error {
                *expected = expected.replace(f32::DTYPE, &format!("{} or {}", f32::DTYPE, f64::DTYPE));
            }
            error
        })
    }

    /// Length of the first axis: the number of points.
    pub fn points(&self) -> usize {
        self.shape()[0]
    }

    /// Lengths of all axes.
    pub fn shape(&self) -> Vec<usize> {
        match self {
            Self::F32(mapped) => mapped.view().shape().to_vec(),
            Self::F64(mapped) => mapped.view().shape().to_vec(),
        }
    }
}

fn map(what: &'static str, path: &Path) -> Result<Mmap, Error> {
    let file = if_there(fs_err::File::open(path)).map_err(Error::io("open", path))?;
    let file = file.ok_or_else(|| Error::Missing { what, path: path.to_path_buf() })?;
    #[expect(
        unsafe_code,
        reason = "sound as long as nobody shortens the file, and artifacts are never written in place"
    )]
    unsafe { Mmap::map(file.file()) }.map_err(Error::io("map", path))
}
