//! The arrays `X` and `y` of a MATLAB 5 file, little endian, compressed or not: no other part of the format.
//!
//! After a header of 128 bytes come elements, each a tag (type, size) and data. An array is an element that
//! holds others: flags, dimensions, name, data. A compressed element is a zlib stream of one array.

use std::io::{self, Read};

use flate2::read::ZlibDecoder;

use crate::Error;
use crate::dataset::fetch::Raw;

/// Types of elements.
const INT8: u32 = 1;
const UINT8: u32 = 2;
const INT32: u32 = 5;
const UINT32: u32 = 6;
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

const HEADER: usize = 128;
/// Class of an array of unsigned bytes, and those of all arrays of numbers.
const UINT8_CLASS: u8 = 9;
const NUMBERS: std::ops::RangeInclusive<u8> = 6..=15;
/// Longest name, and most dimensions, that are read.
const LONGEST_NAME: usize = 64;
const MOST_DIMENSIONS: usize = 8;
/// No array of a data set is larger.
const MOST: u64 = 3 << 30;

const HINT: &str =
    "give the official file: MATLAB 5 with `X`, 32 × 32 × 3 × N of unsigned bytes, and `y`, N × 1";

/// What a file has of the two arrays.
#[derive(Debug, Default)]
pub(super) struct Arrays {
    /// Dimensions of `X`, and its bytes in their order in the file: the first index runs fastest.
    pub(super) x: Option<(Vec<usize>, Vec<u8>)>,
    pub(super) y: Option<Vec<i64>>,
}

/// Why a file cannot be used: expected and found.
struct Damage(String, String);

impl Damage {
    fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self(expected.into(), found.into())
    }
}

impl From<io::Error> for Damage {
    fn from(error: io::Error) -> Self {
        Self::new("whole elements", error.to_string())
    }
}

/// Reads both arrays.
pub(super) fn read(raw: &Raw) -> Result<Arrays, Error> {
    elements(&raw.bytes).map_err(|(at, Damage(expected, found))| {
        unusable(&raw.place, expected, format!("{found} (element at byte {at})"))
    })
}

pub(super) fn unusable(file: &str, expected: impl Into<String>, found: impl Into<String>) -> Error {
    Error::Unusable { file: file.to_owned(), expected: expected.into(), found: found.into(), hint: HINT }
}

/// Goes through the elements of a file; an error has the place of the element that it is about.
fn elements(bytes: &[u8]) -> Result<Arrays, (usize, Damage)> {
    header(bytes).map_err(|damage| (0, damage))?;
    let (mut arrays, mut at) = (Arrays::default(), HEADER);
    while at < bytes.len() {
        let mut rest = &bytes[at..];
        let tag = Tag::read(&mut rest).map_err(|damage| (at, damage))?;
        let size = tag.size as usize;
        let Some(data) = rest.get(..size).filter(|_| tag.short.is_none()) else {
            let found = format!("{} bytes to the end of the file", rest.len());
            return Err((at, Damage::new(format!("{size} bytes of data"), found)));
        };
        element(tag.kind, data, &mut arrays).map_err(|damage| (at, damage))?;
        at += 8 + size;
    }
    Ok(arrays)
}

fn header(bytes: &[u8]) -> Result<(), Damage> {
    let expected = "a MATLAB 5 file in little endian order (version 0x0100, `IM`)";
    match bytes.get(124..HEADER) {
        None => Err(Damage::new(expected, format!("{} bytes", bytes.len()))),
        Some([0, 1, b'I', b'M']) => Ok(()),
        Some([1, 0, b'M', b'I']) => Err(Damage::new(expected, "one in big endian order")),
        Some(other) => Err(Damage::new(expected, format!("{other:?} at byte 124"))),
    }
}

fn element(kind: u32, data: &[u8], arrays: &mut Arrays) -> Result<(), Damage> {
    match kind {
        MATRIX => matrix(&mut &*data, arrays),
        COMPRESSED => {
            let mut stream = ZlibDecoder::new(data).take(MOST);
            let tag = Tag::read(&mut stream)?;
            if tag.kind == MATRIX { matrix(&mut stream.take(tag.size.into()), arrays) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

/// Reads an array, if it is one of the two.
fn matrix(data: &mut dyn Read, arrays: &mut Arrays) -> Result<(), Damage> {
    let flags = part(data, "flags", UINT32, 8)?;
    let class = *flags.first().ok_or_else(|| Damage::new("flags of an array", "none"))?;
    let dimensions = part(data, "dimensions", INT32, 4 * MOST_DIMENSIONS)?;
    let (words, _) = dimensions.as_chunks::<4>();
    let dimensions = words.iter().map(|&word| usize::try_from(i32::from_le_bytes(word)));
    let dimensions: Vec<usize> =
        dimensions.collect::<Result<_, _>>().map_err(|_| Damage::new("dimensions from 0", "one below"))?;
    match part(data, "a name", INT8, LONGEST_NAME)?.as_slice() {
        b"X" => arrays.x = Some((dimensions.clone(), pixels(data, class, &dimensions)?)),
        b"y" => arrays.y = Some(labels(data, class, &dimensions)?),
        _ => {}
    }
    Ok(())
}

/// The data of `X`.
fn pixels(data: &mut dyn Read, class: u8, dimensions: &[usize]) -> Result<Vec<u8>, Damage> {
    let is_expected = matches!(dimensions, [32, 32, 3] | [32, 32, 3, _]);
    if class != UINT8_CLASS || !is_expected {
        let expected = format!("`X` of class {UINT8_CLASS} (unsigned bytes) and dimensions [32, 32, 3, N]");
        return Err(Damage::new(expected, format!("class {class} and dimensions {dimensions:?}")));
    }
    let size = dimensions.iter().map(|&n| n as u64).product::<u64>();
    let tag = Tag::read(data)?;
    if (tag.kind, u64::from(tag.size)) != (UINT8, size) || size > MOST {
        let found = format!("type {} and {} bytes", tag.kind, tag.size);
        return Err(Damage::new(format!("data of `X` of type {UINT8} and {size} bytes"), found));
    }
    tag.data(data)
}

/// The data of `y`, by the type that they are stored in.
fn labels(data: &mut dyn Read, class: u8, dimensions: &[usize]) -> Result<Vec<i64>, Damage> {
    let [count, 1] = *dimensions else {
        return Err(Damage::new("`y` of dimensions [N, 1]", format!("{dimensions:?}")));
    };
    if !NUMBERS.contains(&class) {
        return Err(Damage::new("`y` of a class of numbers (6 to 15)", format!("class {class}")));
    }
    let tag = Tag::read(data)?;
    let (kind, size) = (tag.kind, u64::from(tag.size));
    let decode = decoder(kind).ok_or_else(|| Damage::new("`y` stored as numbers", format!("type {kind}")))?;
    if size != count as u64 * decode.width as u64 {
        let expected = format!("{count} labels of {} bytes", decode.width);
        return Err(Damage::new(expected, format!("{size} bytes")));
    }
    let bytes = tag.data(data)?;
    let labels = bytes.chunks_exact(decode.width).map(decode.value).enumerate();
    let whole = |(at, value): (usize, f64)| {
        // A label is small: what is not, is refused before it is cut.
        let is_label = value.fract() == 0.0 && value.abs() < 1e6;
        let wrong = || Damage::new("whole numbers as labels", format!("{value} at position {at}"));
        is_label.then_some(value as i64).ok_or_else(wrong)
    };
    labels.map(whole).collect()
}

/// How numbers of one type are read.
struct Decoder {
    width: usize,
    value: fn(&[u8]) -> f64,
}

fn decoder(kind: u32) -> Option<Decoder> {
    macro_rules! of {
        ($number:ty, $to_f64:expr) => {
            Some(Decoder {
                width: size_of::<$number>(),
                value: |bytes| {
                    $to_f64(<$number>::from_le_bytes(bytes.try_into().expect("chunks have this width")))
                },
            })
        };
    }
    match kind {
        INT8 => of!(i8, f64::from),
        UINT8 => of!(u8, f64::from),
        3 => of!(i16, f64::from),
        4 => of!(u16, f64::from),
        INT32 => of!(i32, f64::from),
        UINT32 => of!(u32, f64::from),
        7 => of!(f32, f64::from),
        9 => of!(f64, f64::from),
        12 => of!(i64, |value| value as f64),
        13 => of!(u64, |value| value as f64),
        _ => None,
    }
}

/// One part of an array before its data: of this type and at most `most` bytes.
fn part(data: &mut dyn Read, what: &str, kind: u32, most: usize) -> Result<Vec<u8>, Damage> {
    let tag = Tag::read(data)?;
    if tag.kind != kind || tag.size as usize > most {
        let expected = format!("{what} of type {kind} and at most {most} bytes");
        return Err(Damage::new(expected, format!("type {} and {} bytes", tag.kind, tag.size)));
    }
    tag.data(data)
}

/// What stands before the data of an element.
#[derive(Debug)]
struct Tag {
    kind: u32,
    size: u32,
    /// The data themselves, in the short form.
    short: Option<[u8; 4]>,
}

impl Tag {
    fn read(data: &mut dyn Read) -> Result<Self, Damage> {
        let mut tag = [0; 8];
        data.read_exact(&mut tag)?;
        let [first, second] = [[tag[0], tag[1], tag[2], tag[3]], [tag[4], tag[5], tag[6], tag[7]]];
        let (kind, size) = (u32::from_le_bytes(first), u32::from_le_bytes(second));
        match kind >> 16 {
            0 => Ok(Self { kind, size, short: None }),
            size @ 1..=4 => Ok(Self { kind: kind & 0xffff, size, short: Some(second) }),
            size => Err(Damage::new("at most 4 bytes in a short element", size.to_string())),
        }
    }

    /// The data that follow, and what fills them up to 8 bytes.
    fn data(&self, reader: &mut dyn Read) -> Result<Vec<u8>, Damage> {
        let size = self.size as usize;
        if let Some(short) = self.short {
            return Ok(short[..size].to_vec());
        }
        let mut bytes = Vec::new();
        // Memory follows what there is, not what a tag says.
        (&mut *reader).take(self.size.into()).read_to_end(&mut bytes)?;
        if bytes.len() != size {
            return Err(Damage::new(format!("{size} bytes of data"), format!("{} bytes", bytes.len())));
        }
        // The last element of a stream may lack it.
        let padding = (size.next_multiple_of(8) - size) as u64;
        io::copy(&mut (&mut *reader).take(padding), &mut io::sink())?;
        Ok(bytes)
    }
}

#[cfg(test)]
#[path = "mat_tests.rs"]
mod tests;
