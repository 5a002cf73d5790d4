//! The raw files of a data set, and the one check that all sources share.

use std::io::Read;

use bal_artifact::digest;
use bal_cli::Interrupted;
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;

use crate::dataset::catalogue::{RawFile, Spec};

/// Most memory for the dictionary of an xz file, in KiB: 64 MiB is what the highest preset of `xz` takes.
const XZ_DICTIONARY: u32 = 80 << 10;

/// A raw file and where it was found: path or address.
#[derive(Debug, Default)]
pub(crate) struct Raw {
    pub(crate) place: String,
    pub(crate) bytes: Vec<u8>,
    /// Hex SHA-256 of the bytes, once they are checked.
    pub(crate) sha256: String,
}

impl Raw {
    /// Bytes that nobody has checked yet.
    pub(crate) fn new(place: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { place: place.into(), bytes, sha256: String::new() }
    }
}

/// Why a source was of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// It has not got the files, or could not be asked.
    #[error("{0}")]
    Unavailable(String),
    /// It has a file that cannot be read.
    #[error("`{file}`: expected {expected}, got {got}")]
    Corrupt { file: String, expected: String, got: String },
    /// It has other bytes.
    #[error("`{file}`: expected {expected}, got {got}")]
    Checksum { file: String, expected: String, got: String },
    /// A signal asked to stop.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Trouble {
    pub(crate) fn unavailable(error: impl std::fmt::Display) -> Self {
        Self::Unavailable(error.to_string())
    }

    pub(crate) fn corrupt(file: &str, expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self::Corrupt { file: file.to_owned(), expected: expected.into(), got: got.into() }
    }
}

/// Reads and checks one file after the other, so that the first wrong one ends the attempt.
pub(super) fn each(
    spec: &Spec,
    mut read: impl FnMut(RawFile) -> Result<Raw, Trouble>,
) -> Result<Vec<Raw>, Trouble> {
    let one = |&file: &RawFile| {
        bal_cli::check_interrupt()?;
        checked(file, decompressed(read(file)?, file.most)?)
    };
    spec.files.iter().map(one).collect()
}

/// The file itself, or what was compressed into it: at most `most` bytes.
pub(super) fn decompressed(file: Raw, most: u64) -> Result<Raw, Trouble> {
    let Raw { place, bytes, .. } = file;
    let (format, decoder): (&str, Box<dyn Read + '_>) = match bytes.as_slice() {
        [0x1f, 0x8b, ..] => ("gzip", Box::new(MultiGzDecoder::new(bytes.as_slice()))),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            ("xz", Box::new(XzReader::new_mem_limit(bytes.as_slice(), true, XZ_DICTIONARY)))
        }
        _ if bytes.len() as u64 <= most => return Ok(Raw::new(place, bytes)),
        _ => return Err(Trouble::corrupt(&place, format!("at most {most} bytes"), "more")),
    };
    let mut decoded = Vec::new();
    match decoder.take(most + 1).read_to_end(&mut decoded) {
        Ok(length) if length as u64 > most => {
            Err(Trouble::corrupt(&place, format!("at most {most} bytes after decompression"), "more"))
        }
        Ok(_) => Ok(Raw::new(place, decoded)),
        Err(error) => {
            let got = format!("{} bytes: {error}", bytes.len());
            Err(Trouble::corrupt(&place, format!("{format} data"), got))
        }
    }
}

/// All of `reader`, but for what is more than a compressed file of `most` bytes can be.
pub(super) fn read_bounded(reader: &mut dyn Read, most: u64) -> std::io::Result<Vec<u8>> {
    // What cannot be compressed grows by less than this.
    let limit = most + most / 16 + 4096;
    let mut bytes = Vec::new();
    reader.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The file with its digest, if its bytes are those that belong to the data set.
fn checked(file: RawFile, found: Raw) -> Result<Raw, Trouble> {
    let sha256 = digest::sha256_of(&found.bytes);
    match file.sha256 {
        Some(expected) if sha256 != expected => {
            let got = format!("{sha256} ({} bytes)", found.bytes.len());
            Err(Trouble::Checksum { file: found.place, expected: format!("sha256 {expected}"), got })
        }
        _ => Ok(Raw { sha256, ..found }),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const ABC: RawFile = RawFile {
        role: "abc",
        name: "abc",
        sha256: Some("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        packed_md5: None,
        most: 3,
    };

    /// `abc` as `xz -9` wrote it.
    const XZ: &[u8] = include_bytes!("abc.xz");

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>, Trouble> {
        let file = decompressed(Raw::new("p", bytes.to_vec()), ABC.most)?;
        Ok(checked(ABC, file)?.bytes)
    }

    #[test]
    fn the_digest_is_that_of_the_decompressed_bytes() {
        assert_eq!(read(b"abc").unwrap(), b"abc");
        assert_eq!(read(&gzip(b"abc")).unwrap(), b"abc");
        assert_eq!(read(XZ).unwrap(), b"abc");
        let text = read(b"abd").unwrap_err().to_string();
        assert!(text.contains("expected sha256 ba7816bf") && text.ends_with("(3 bytes)"), "{text}");
    }

    #[test]
    fn no_more_is_decompressed_than_a_file_may_have() {
        for bomb in [gzip(&vec![0; 1 << 20]), include_bytes!("zeros.xz").to_vec()] {
            let text = read(&bomb).unwrap_err().to_string();
            assert_eq!(text, "`p`: expected at most 3 bytes after decompression, got more");
        }
        assert_eq!(read(b"abcd").unwrap_err().to_string(), "`p`: expected at most 3 bytes, got more");
    }

    #[test]
    fn damaged_compression_is_named() {
        let text = read(&XZ[..40]).unwrap_err().to_string();
        assert!(text.starts_with("`p`: expected xz data, got 40 bytes: "), "{text}");
        let mut greedy = XZ.to_vec();
        // A dictionary of 4 GiB, and the checksum of the header that says so.
        greedy[16] = 40;
        let mut sum = flate2::Crc::new();
        sum.update(&greedy[12..20]);
        greedy[20..24].copy_from_slice(&sum.sum().to_le_bytes());
        let text = read(&greedy).unwrap_err().to_string();
        assert!(text.contains("memory"), "{text}");
    }
}
