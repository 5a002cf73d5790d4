//! MATLAB files of version 5, put together element by element: good ones, and others that must be refused.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Types of data.
pub const INT8: u32 = 1;
/// Unsigned bytes.
pub const UINT8: u32 = 2;
/// Whole numbers of 32 bits.
pub const INT32: u32 = 5;
/// Whole numbers of 32 bits from 0 up.
pub const UINT32: u32 = 6;
/// An array with its flags, dimensions and name.
pub const MATRIX: u32 = 14;
/// An element that is compressed.
pub const COMPRESSED: u32 = 15;

/// An element with its data, filled up to 8 bytes.
pub fn tagged(kind: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = [kind.to_le_bytes(), (data.len() as u32).to_le_bytes()].concat();
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

/// An element of at most 4 bytes in the short form.
pub fn short(kind: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = (kind | (data.len() as u32) << 16).to_le_bytes().to_vec();
    bytes.extend(data);
    bytes.resize(8, 0);
    bytes
}

/// An array of this class and these dimensions, the first index fastest, with an element of data.
pub fn array(class: u8, dimensions: &[i32], name: &str, data: Vec<u8>) -> Vec<u8> {
    let dimensions: Vec<u8> = dimensions.iter().flat_map(|n| n.to_le_bytes()).collect();
    let flags = tagged(UINT32, &[class, 0, 0, 0, 0, 0, 0, 0]);
    let parts = [flags, tagged(INT32, &dimensions), short(INT8, name.as_bytes()), data];
    tagged(MATRIX, &parts.concat())
}

/// The same element compressed.
///
/// # Panics
/// Never: nothing can fail in memory.
pub fn compressed(element: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(element).expect("a vector takes all bytes");
    let stream = encoder.finish().expect("a vector takes all bytes");
    // Compressed elements are not filled up.
    [COMPRESSED.to_le_bytes().to_vec(), (stream.len() as u32).to_le_bytes().to_vec(), stream].concat()
}

/// A file of these elements, in little endian order.
pub fn file(elements: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![b' '; 124];
    bytes.extend([0, 1, b'I', b'M']);
    bytes.extend(elements.concat());
    bytes
}
