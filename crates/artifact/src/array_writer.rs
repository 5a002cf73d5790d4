//! Arrays that are written as their values come: nothing of them is held in memory.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::path::Path;

use crate::digested::Digested;
use crate::header::header_of;
use crate::{Element, Error, FileRecord};

/// A `.npy` file in the making. [`Staging::begin_array`](crate::Staging::begin_array) gives one,
/// [`Staging::end_array`](crate::Staging::end_array) takes it back.
#[derive(Debug)]
pub struct ArrayWriter<T> {
    file: Digested,
    shape: Vec<usize>,
    /// Values that are still to come.
    left: usize,
    element: PhantomData<T>,
}

impl<T: Element> ArrayWriter<T> {
    /// Writes the header of an array of this shape.
    pub(crate) fn create(path: &Path, shape: &[usize]) -> Result<Self, Error> {
        let mut file = Digested::create(path)?;
        file.write(&header_of::<T>(shape))?;
        let left = shape.iter().product();
        Ok(Self { file, shape: shape.to_vec(), left, element: PhantomData })
    }

    /// Writes the next values, in C order: any number of them, for example those of a tile of points.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if they are more than the shape has room for.
    pub fn push(&mut self, values: &[T]) -> Result<(), Error> {
        self.left = self.left.checked_sub(values.len()).ok_or_else(|| {
            self.mismatch(format!("{} more than there is room for", values.len() - self.left))
        })?;
        self.file.write(&little_endian(values))
    }

    /// Makes the file durable, once all values have come.
    pub(crate) fn finish(self) -> Result<FileRecord, Error> {
        if self.left > 0 {
            return Err(self.mismatch(format!("{} fewer", self.left)));
        }
        let path = self.file.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (sha256, bytes) = self.file.finish()?;
        let (shape, dtype) = (Some(self.shape), Some(T::DTYPE.to_owned()));
        Ok(FileRecord { path, sha256, bytes, shape, dtype })
    }

    fn mismatch(&self, found: String) -> Error {
        let expected = format!("as many values as shape {:?} has", self.shape);
        Error::mismatch(self.file.path(), expected, found)
    }
}

/// Numbers as they stand in a file.
fn little_endian<T: Element>(numbers: &[T]) -> Cow<'_, [u8]> {
    let bytes: &[u8] = bytemuck::cast_slice(numbers);
    if cfg!(target_endian = "little") {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned(bytes.chunks_exact(size_of::<T>()).flat_map(|number| number.iter().rev().copied()).collect())
}
