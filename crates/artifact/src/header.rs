//! Headers of `.npy` files, checked before anything is allocated or parsed by others.
//!
//! A foreign file says itself how large it is. `ndarray-npy`, which reads the values, takes its word: it reserves
//! whatever length header and shape claim, panics where a shape with a zero axis overflows, and needs exponential
//! time for nested lists. So it gets only headers that [`Header::check`] has let through.

use std::path::Path;

use ndarray::Dimension;

use crate::{Element, Error};

/// Characters of a foreign text that an error shows at most.
const SHOWN: usize = 80;

/// What the header of a `.npy` file says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// NumPy's name of the element type, e.g. `<f4`; the text of the list where elements are records.
    pub(crate) descr: String,
    /// The first axis runs fastest.
    pub(crate) fortran_order: bool,
    /// Lengths of the axes.
    pub(crate) shape: Vec<usize>,
    /// Where the values begin, in bytes.
    pub(crate) start: usize,
}

impl Header {
    /// The header of `bytes`, once type, rank and length are known to be those of an array of `T` and `D`. Either
    /// byte order will do.
    ///
    /// # Errors
    /// [`Error::Mismatch`] for another type or rank, [`Error::Corrupt`] for anything else than a whole `.npy` file.
    pub(crate) fn check<T: Element, D: Dimension>(path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let header = Self::parse(bytes).map_err(|found| corrupt::<T, D>(path, bytes, &found))?;
        if header.descr != T::DTYPE && header.descr != T::DTYPE.replace('<', ">") {
            return Err(mismatch::<T, D>(path, type_of(&header.descr)));
        }
        if D::NDIM.is_some_and(|rank| rank != header.shape.len()) {
            return Err(mismatch::<T, D>(path, format!("rank {}", header.shape.len())));
        }
        let values = bytes.len() - header.start;
        match header.bytes_of::<T>() {
            Some(needed) if needed == values => Ok(header),
            needed => {
                let needed = needed.map_or_else(|| "more than any file has".to_owned(), |n| n.to_string());
                let found = format!("{values} of them for values, where {:?} needs {needed}", header.shape);
                Err(corrupt::<T, D>(path, bytes, &found))
            }
        }
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
        let text = std::str::from_utf8(text).ok().and_then(|text| text.strip_suffix('\n'));
        let text = text.ok_or("a header that is no line of text")?;
        let (descr, fortran_order, shape) =
            Scanner(text).dictionary().ok_or_else(|| format!("the header {}", quoted(text)))?;
        Ok(Self { descr, fortran_order, shape, start: from + length })
    }

    /// The bytes of all values, if an array can have so many. One with an axis of length 0 is empty, but its other
    /// axes must still be lengths that can be.
    fn bytes_of<T>(&self) -> Option<usize> {
        let mut lengths = self.shape.iter().filter(|&&length| length > 0);
        let bytes = lengths.try_fold(size_of::<T>(), |bytes, &length| bytes.checked_mul(length))?;
        isize::try_from(bytes).ok()?;
        Some(if self.shape.contains(&0) { 0 } else { bytes })
    }
}

/// An element type in the words of errors.
pub(crate) fn type_of(descr: &str) -> String {
    format!("type {}", quoted(descr))
}

/// The error for a sound file of another form.
pub(crate) fn mismatch<T: Element, D: Dimension>(path: &Path, found: String) -> Error {
    Error::Mismatch { path: path.to_path_buf(), expected: expected::<T, D>(), found }
}

/// The error for bytes that are no whole `.npy` file.
pub(crate) fn corrupt<T: Element, D: Dimension>(path: &Path, bytes: &[u8], found: &str) -> Error {
    let found = format!("{} bytes: {found}", bytes.len());
    Error::Corrupt { path: path.to_path_buf(), expected: expected::<T, D>(), found }
}

fn expected<T: Element, D: Dimension>() -> String {
    let rank = D::NDIM.map_or_else(|| "any".to_owned(), |rank| rank.to_string());
    format!("a .npy array of type {} and rank {rank}", T::DTYPE)
}

/// The beginning of a foreign text, without control characters, which a terminal would obey.
fn quoted(text: &str) -> String {
    let text = text.trim_end();
    let shown =
        text.chars().take(SHOWN).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c });
    let rest = if text.chars().count() > SHOWN { "…" } else { "" };
    format!("'{}{rest}'", shown.collect::<String>())
}

/// Reads the Python literal that NumPy writes, and no other: one pass, no recursion.
struct Scanner<'a>(&'a str);

impl<'a> Scanner<'a> {
    /// `{'descr': …, 'fortran_order': …, 'shape': (…), }` in any order, each key once.
    fn dictionary(&mut self) -> Option<(String, bool, Vec<usize>)> {
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        self.token("{")?;
        while self.token("}").is_none() {
            let key = self.string()?;
            self.token(":")?;
            let first = match key {
                "descr" => descr.replace(self.descr()?).is_none(),
                "fortran_order" => fortran_order.replace(self.boolean()?).is_none(),
                "shape" => shape.replace(self.tuple()?).is_none(),
                _ => false,
            };
            if !first || (self.token(",").is_none() && !self.is_before('}')) {
                return None;
            }
        }
        self.0.trim_matches(BLANKS).is_empty().then_some((descr?, fortran_order?, shape?))
    }

    /// A type's name, or the text of a list of record fields.
    fn descr(&mut self) -> Option<String> {
        if self.token("[").is_none() {
            return self.string().map(str::to_owned);
        }
        let mut open = 1_usize;
        let end = self.0.find(|c| {
            open = match c {
                '[' => open + 1,
                ']' => open - 1,
                _ => open,
            };
            open == 0
        })?;
        let (list, rest) = self.0.split_at(end + 1);
        self.0 = rest;
        Some(format!("[{list}"))
    }

    fn boolean(&mut self) -> Option<bool> {
        self.token("True").map(|()| true).or_else(|| self.token("False").map(|()| false))
    }

    /// `()`, `(3,)`, `(3, 4)`.
    fn tuple(&mut self) -> Option<Vec<usize>> {
        let mut lengths = Vec::new();
        self.token("(")?;
        while self.token(")").is_none() {
            let digits = self.0.trim_start_matches(BLANKS);
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            lengths.push(digits[..end].parse().ok()?);
            self.0 = &digits[end..];
            // `(3)` is a number, not a tuple.
            if self.token(",").is_none() && (lengths.len() == 1 || !self.is_before(')')) {
                return None;
            }
        }
        Some(lengths)
    }

    /// A string without escapes, in either kind of quotes.
    fn string(&mut self) -> Option<&'a str> {
        let quote = ["'", "\""].into_iter().find(|quote| self.token(quote).is_some())?;
        let (text, rest) = self.0.split_once(quote)?;
        self.0 = rest;
        (!text.contains('\\')).then_some(text)
    }

    fn is_before(&self, end: char) -> bool {
        self.0.trim_start_matches(BLANKS).starts_with(end)
    }

    /// Goes on behind `token`, if that is what comes next.
    fn token(&mut self, token: &str) -> Option<()> {
        self.0 = self.0.trim_start_matches(BLANKS).strip_prefix(token)?;
        Some(())
    }
}

/// What may stand between the parts of a header.
const BLANKS: [char; 2] = [' ', '\t'];
