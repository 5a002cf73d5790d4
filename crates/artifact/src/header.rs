//! Headers of `.npy` files, checked before anything is allocated.
//!
//! A foreign file says itself how large it is: nothing is believed that its length does not bear out.

use std::path::Path;

use ndarray::{Dimension, Shape, ShapeBuilder as _};

use crate::element::Stored;
use crate::foreign::{another_rank, another_type, instead_of_array, quoted};
use crate::literal::Scanner;
use crate::{Element, Error};

/// Bytes of a header before its text: magic, version 1.0 and the length of the text.
const BEFORE_TEXT: usize = 10;

/// Values begin at a multiple of this.
const ALIGNMENT: usize = 64;

/// What the header of a `.npy` file says.
pub(crate) struct Header {
    /// NumPy's name of the element type, e.g. `<f4`; the text of the list where elements are records.
    descr: String,
    /// The first axis runs fastest.
    fortran_order: bool,
    /// Of the axes.
    lengths: Vec<usize>,
    /// Where the values begin, in bytes.
    pub(crate) start: usize,
}

impl Header {
    /// The header of `bytes` and how numbers are stored, once type, rank and length are known to be those of
    /// an array of `D` that is read as one of `T`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for another type or rank, [`Error::Foreign`] for another format,
    /// [`Error::Corrupt`] for anything else than a whole `.npy` file.
    pub(crate) fn check<T: Element, D: Dimension>(
        path: &Path,
        bytes: &[u8],
    ) -> Result<(Stored, Self), Error> {
        if let Some((found, remedy)) = instead_of_array(path, bytes) {
            let expected = expected::<T, D>();
            return Err(Error::Foreign { path: path.to_path_buf(), expected, found, remedy });
        }
        let header = Self::parse(bytes).map_err(|found| corrupt::<T, D>(path, bytes, &found))?;
        let Some(stored) = Stored::parse(&header.descr).filter(|stored| stored.is_read_as::<T>()) else {
            return Err(another_type(path, expected::<T, D>(), &header.descr));
        };
        let shape = &header.lengths;
        if let Some(rank) = D::NDIM.filter(|&rank| rank != shape.len()) {
            return Err(another_rank(path, expected::<T, D>(), shape, rank));
        }
        let values = bytes.len() - header.start;
        match bytes_of(shape, stored.bytes(), size_of::<T>()) {
            Some(needed) if needed == values => Ok((stored, header)),
            needed => {
                let needed = needed.map_or_else(|| "more than any file has".to_owned(), |n| n.to_string());
                let found = format!("{values} of them for values, where {shape:?} needs {needed}");
                Err(corrupt::<T, D>(path, bytes, &found))
            }
        }
    }

    /// Whether the file holds an array of `T`, not only one that can be read as such.
    pub(crate) fn begins_array_of<T: Element>(bytes: &[u8]) -> bool {
        let stored = Self::parse(bytes).ok().and_then(|header| Stored::parse(&header.descr));
        stored.is_some_and(|stored| stored.bytes() == size_of::<T>() && stored.is_read_as::<T>())
    }

    /// The shape as one of this rank, in the order of the file.
    pub(crate) fn shape<D: Dimension>(&self) -> Shape<D> {
        let mut lengths = D::zeros(self.lengths.len());
        lengths.slice_mut().copy_from_slice(&self.lengths);
        lengths.set_f(self.fortran_order)
    }

    /// The header of a file that begins with `bytes`, or what there is instead.
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let (length, from) = match bytes.strip_prefix(b"\x93NUMPY") {
            None => return Err("the beginning of another format".to_owned()),
            Some([1, 0, a, b, ..]) => (usize::from(u16::from_le_bytes([*a, *b])), 10),
            Some([2 | 3, 0, a, b, c, d, ..]) => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, 12),
            Some([major, minor, ..]) if !(1..=3).contains(major) || *minor != 0 => {
                return Err(format!("version {major}.{minor}"));
            }
            Some(_) => return Err("an end within the header".to_owned()),
        };
        let text = bytes.get(from..).and_then(|rest| rest.get(..length));
        let text = text.ok_or_else(|| format!("an end within the header, which has {length}"))?;
        // Only names in records are anything but ASCII, in Latin-1 before version 3.
        let text = String::from_utf8_lossy(text);
        let (descr, fortran_order, lengths) =
            Scanner(&text).dictionary().ok_or_else(|| format!("the header {}", quoted(&text)))?;
        Ok(Self { descr, fortran_order, lengths, start: from + length })
    }
}

/// The header of a file of `T` in C order, as `numpy.save` writes it: filled up with spaces, so that the
/// values begin at a multiple of 64 bytes.
pub(crate) fn header_of<T: Element>(shape: &[usize]) -> Vec<u8> {
    let lengths: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let shape = format!("({}{comma})", lengths.join(", "));
    let text = format!("{{'descr': '{}', 'fortran_order': False, 'shape': {shape}}}", T::DTYPE);
    let before = BEFORE_TEXT + text.len() + "\n".len();
    let spaces = ALIGNMENT - before % ALIGNMENT; // 1 to 64
    let length = u16::try_from(text.len() + spaces + 1).expect("no array has thousands of axes");
    let spaces = vec![b' '; spaces];
    [b"\x93NUMPY\x01\x00".as_slice(), &length.to_le_bytes(), text.as_bytes(), &spaces, b"\n"].concat()
}

/// The bytes of all values, if an array can have so many, in the file and in memory. One with an axis of
/// length 0 is empty, but its other axes must still be lengths that can be.
fn bytes_of(shape: &[usize], in_file: usize, in_memory: usize) -> Option<usize> {
    let bytes = |of_one: usize| {
        let mut lengths = shape.iter().filter(|&&length| length > 0);
        let bytes = lengths.try_fold(of_one, |bytes, &length| bytes.checked_mul(length))?;
        isize::try_from(bytes).ok().map(|_| bytes)
    };
    bytes(in_memory)?;
    let bytes = bytes(in_file)?;
    Some(if shape.contains(&0) { 0 } else { bytes })
}

/// The error for bytes that are no whole `.npy` file.
fn corrupt<T: Element, D: Dimension>(path: &Path, bytes: &[u8], found: &str) -> Error {
    let found = format!("{} bytes: {found}", bytes.len());
    Error::corrupt(path, expected::<T, D>(), found)
}

fn expected<T: Element, D: Dimension>() -> String {
    let rank = D::NDIM.map_or_else(|| "any".to_owned(), |rank| rank.to_string());
    format!("a .npy array of type {} and rank {rank}", T::DTYPE)
}
