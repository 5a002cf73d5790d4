//! The raw files of a data set, and the one check that all sources share.

use std::io::Read as _;

use bal_artifact::digest;
use bal_cli::Interrupted;
use flate2::read::MultiGzDecoder;

use super::catalogue::{IdxDataset, RawFile};

/// No raw file is larger; what claims to be is not read to its end.
pub(super) const MAX_BYTES: u64 = 1 << 30;

/// A raw file and where it was found: path or address.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) place: String,
    pub(super) bytes: Vec<u8>,
}

/// Why a source was of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
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

/// Reads and checks one file after the other, so that the first wrong one ends the attempt.
pub(super) fn each(
    dataset: &IdxDataset,
    read: impl Fn(RawFile) -> Result<Raw, Trouble>,
) -> Result<[Raw; 4], Trouble> {
    let mut files: [Raw; 4] = Default::default();
    for (slot, &file) in files.iter_mut().zip(&dataset.files) {
        bal_cli::check_interrupt()?;
        *slot = checked(file, decompressed(read(file)?)?)?;
    }
    Ok(files)
}

/// The file itself, or what was compressed into it.
pub(super) fn decompressed(file: Raw) -> Result<Raw, Trouble> {
    let Raw { place, bytes } = file;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Raw { place, bytes });
    }
    let mut decoded = Vec::new();
    let outcome = MultiGzDecoder::new(bytes.as_slice()).take(MAX_BYTES + 1).read_to_end(&mut decoded);
    let (expected, got) = match outcome {
        Ok(length) if length as u64 > MAX_BYTES => {
            (format!("at most {MAX_BYTES} bytes after decompression"), "more".to_owned())
        }
        Ok(_) => return Ok(Raw { place, bytes: decoded }),
        Err(error) => ("gzip data".to_owned(), format!("{} bytes: {error}", bytes.len())),
    };
    Err(Trouble::Corrupt { file: place, expected, got })
}

/// The file, if its bytes are those that belong to the data set.
fn checked(file: RawFile, found: Raw) -> Result<Raw, Trouble> {
    let Some(expected) = file.sha256 else { return Ok(found) };
    let sha256 = digest::sha256_of(&found.bytes);
    if sha256 == expected {
        return Ok(found);
    }
    let got = format!("{sha256} ({} bytes)", found.bytes.len());
    Err(Trouble::Checksum { file: found.place, expected: format!("sha256 {expected}"), got })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const ABC: RawFile = RawFile {
        name: "abc",
        sha256: Some("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    };

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>, Trouble> {
        let file = decompressed(Raw { place: "p".to_owned(), bytes: bytes.to_vec() })?;
        Ok(checked(ABC, file)?.bytes)
    }

    #[test]
    fn the_digest_is_that_of_the_decompressed_bytes() {
        assert_eq!(read(b"abc").unwrap(), b"abc");
        assert_eq!(read(&gzip(b"abc")).unwrap(), b"abc");
    }
}
