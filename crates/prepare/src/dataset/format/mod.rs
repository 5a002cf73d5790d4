//! Decoders, one file each: from raw files to arrays.

pub(super) mod cifar;
mod csv;
pub(super) mod idx;
mod mat;
pub(super) mod news;
pub(super) mod png_rows;
pub(super) mod svhn;
pub(super) mod tab;
mod text;

use std::ops::RangeInclusive;

use crate::Error;

/// Has each plane of `side` × `side` pixels run along its rows where it ran along its columns.
fn transpose_planes(pixels: &mut [u8], side: usize) {
    for plane in pixels.chunks_exact_mut(side * side) {
        for row in 0..side {
            for column in 0..row {
                plane.swap(row * side + column, column * side + row);
            }
        }
    }
}

/// Refuses the first label outside of `allowed`, with its place.
fn refuse_outside(
    file: &str,
    labels: &[i64],
    allowed: &RangeInclusive<i64>,
    hint: &'static str,
) -> Result<(), Error> {
    let Some(at) = labels.iter().position(|label| !allowed.contains(label)) else { return Ok(()) };
    let expected = match allowed.start() {
        0 => format!("labels below {}", allowed.end() + 1),
        start => format!("labels {start} to {}", allowed.end()),
    };
    let found = format!("label {} at position {at}", labels[at]);
    Err(Error::Unusable { file: file.to_owned(), expected, found, hint })
}

/// The files that a decoder takes, which are as many as its data set names.
pub(super) fn exactly<T, const N: usize>(files: Vec<T>) -> [T; N] {
    files.try_into().ok().expect("a data set names as many files as its decoder takes")
}

/// The text of a file in UTF-8, to which ASCII belongs.
fn utf8(file: &str, bytes: Vec<u8>, hint: &'static str) -> Result<String, Error> {
    let wrong = |found: String| Error::Unusable {
        file: file.to_owned(),
        expected: "text in UTF-8 without a byte order mark".to_owned(),
        found,
        hint,
    };
    if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
        return Err(wrong("a byte order mark".to_owned()));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|&byte| byte == b'\n').count();
        wrong(format!("byte {:#04x} at byte {at}, line {line}", error.as_bytes()[at]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_transposed_one_by_one() {
        let mut pixels = [1, 2, 3, 4, 5, 6, 7, 8];
        transpose_planes(&mut pixels, 2);
        assert_eq!(pixels, [1, 3, 2, 4, 5, 7, 6, 8]);
    }

    #[test]
    fn other_encodings_are_named_with_their_place() {
        let message = |bytes: &[u8]| utf8("f", bytes.to_vec(), "").unwrap_err().to_string();
        assert!(message(b"a\nb\xe9c").ends_with("found byte 0xe9 at byte 3, line 2"));
        assert!(message(b"\xef\xbb\xbfa").ends_with("found a byte order mark"));
        assert!(message(b"\xff\xfea\0").ends_with("found byte 0xff at byte 0, line 1"));
    }
}
