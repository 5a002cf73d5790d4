//! Places that may hold the raw files of a data set, and the one check that all of them share.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bal_artifact::digest;
use bal_cli::Interrupted;
use flate2::read::MultiGzDecoder;

use super::catalogue::{IdxDataset, Package, RawFile};
use super::{download, package};

/// No raw file is larger; what claims to be is not read to its end.
pub(super) const MAX_BYTES: u64 = 1 << 30;

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
    pub(super) fn read(&self, dataset: &IdxDataset) -> Result<[Vec<u8>; 4], Trouble> {
        match self {
            Self::Cache(folder) | Self::Folder(folder) => read_folder(folder, dataset),
            Self::Url(url) => each(dataset, |file| download::read(url, file)),
            Self::Package(Package::Npm(package)) => package::read_npm(package, dataset),
            Self::Package(Package::Debian { name, folder }) => package::read_debian(name, folder, dataset),
        }
    }
}

/// Reads and checks one file after the other, so that the first wrong one ends the attempt.
pub(super) fn each(
    dataset: &IdxDataset,
    read: impl Fn(RawFile) -> Result<(String, Vec<u8>), Trouble>,
) -> Result<[Vec<u8>; 4], Trouble> {
    let mut files: [Vec<u8>; 4] = Default::default();
    for (slot, &file) in files.iter_mut().zip(&dataset.files) {
        bal_cli::check_interrupt()?;
        let (place, bytes) = read(file)?;
        *slot = checked(&place, file, bytes)?;
    }
    Ok(files)
}

/// Files in `folder/<name of the data set>` or in `folder` itself, gzipped or not.
pub(super) fn read_folder(folder: &Path, dataset: &IdxDataset) -> Result<[Vec<u8>; 4], Trouble> {
    let folders = [folder.join(dataset.name), folder.to_path_buf()];
    each(dataset, |file| {
        let names = [format!("{}.gz", file.name), file.name.to_owned()];
        let candidates = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
        let Some(path) = candidates.into_iter().find(|path| path.is_file()) else {
            return Err(Trouble::Unavailable(format!("no file `{}` or `{}`", names[0], names[1])));
        };
        let bytes = fs_err::read(&path).map_err(|error| Trouble::Unavailable(error.to_string()))?;
        Ok((path.display().to_string(), bytes))
    })
}

/// The decompressed bytes, if they are those that belong to the data set.
fn checked(place: &str, file: RawFile, bytes: Vec<u8>) -> Result<Vec<u8>, Trouble> {
    let wrong = |expected: String, got: String| Trouble::Checksum { file: place.to_owned(), expected, got };
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut decoded = Vec::new();
        MultiGzDecoder::new(bytes.as_slice())
            .take(MAX_BYTES)
            .read_to_end(&mut decoded)
            .map_err(|error| wrong("gzip data".to_owned(), format!("{} bytes: {error}", bytes.len())))?;
        decoded
    } else {
        bytes
    };
    let Some(expected) = file.sha256 else { return Ok(bytes) };
    let got = digest::sha256_of(&bytes);
    if got == expected {
        Ok(bytes)
    } else {
        Err(wrong(format!("sha256 {expected}"), format!("{got} ({} bytes)", bytes.len())))
    }
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

    #[test]
    fn the_digest_is_that_of_the_decompressed_bytes() {
        assert_eq!(checked("p", ABC, b"abc".to_vec()).unwrap(), b"abc");
        assert_eq!(checked("p", ABC, gzip(b"abc")).unwrap(), b"abc");
    }

    #[test]
    fn wrong_and_truncated_bytes_are_refused() {
        let text = checked("p", ABC, b"abd".to_vec()).unwrap_err().to_string();
        assert!(text.starts_with("`p`: expected sha256 ba7816bf") && text.contains("got a52d159f"), "{text}");
        let mut cut = gzip(b"abc");
        cut.truncate(cut.len() - 4);
        let text = checked("p", ABC, cut).unwrap_err().to_string();
        assert!(text.contains("expected gzip data"), "{text}");
    }

    #[test]
    fn places_are_told_apart() {
        assert!(matches!(Source::of_place("https://x/y"), Source::Url(url) if url == "https://x/y/"));
        assert!(matches!(Source::of_place("./https"), Source::Folder(_)));
    }
}
