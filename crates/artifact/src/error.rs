//! What can go wrong with a file.

use std::path::PathBuf;

use bal_error::{Explain, exit};

/// An artifact could not be read, written, locked or trusted.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    /// The file system refused.
    #[error("failed to {action} `{}`", path.display())]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    /// A file that should be there is not.
    #[error("{what} `{}` is missing", path.display())]
    Missing { what: &'static str, path: PathBuf },
    /// The bytes of a file are not what its format or its manifest says.
    #[error("`{}` is corrupt: expected {expected}, found {found}", path.display())]
    Corrupt { path: PathBuf, expected: String, found: String },
    /// A file is sound, but its shape, type or schema is not the one that is needed.
    #[error("`{}` does not fit: expected {expected}, found {found}", path.display())]
    Mismatch { path: PathBuf, expected: String, found: String },
    /// A file is sound, but of another program's format or type, which can be converted.
    #[error("`{}` does not fit: expected {expected}, found {found}", path.display())]
    Foreign { path: PathBuf, expected: String, found: String, remedy: String },
    /// A file's values are not allowed, e.g. NaN or an unknown id.
    #[error("{found} in `{}`: expected {expected}", path.display())]
    Value { path: PathBuf, expected: String, found: String },
    /// An output folder that may not be replaced: something in it would be lost.
    #[error("`{}` cannot be the output folder: {found}", path.display())]
    Occupied { path: PathBuf, found: String },
    /// Something came into an output folder while it was being replaced.
    #[error("`{}` is published, but something else had come into that folder meanwhile; it lies at `{}`", path.display(), found.display())]
    LeftBehind { path: PathBuf, found: PathBuf },
    /// Somebody else is at work in this folder.
    #[error("`{}` is in use by {holder}", path.display())]
    Locked { path: PathBuf, holder: String },
    /// A column or frame could not be built or stored.
    #[error("failed to write table `{}`", path.display())]
    Table { path: PathBuf, source: polars::error::PolarsError },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    /// [`Error::Corrupt`] of this file.
    pub fn corrupt(path: impl Into<PathBuf>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Corrupt { path: path.into(), expected: expected.into(), found: found.into() }
    }

    /// [`Error::Mismatch`] of this file.
    pub fn mismatch(path: impl Into<PathBuf>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Mismatch { path: path.into(), expected: expected.into(), found: found.into() }
    }

    /// [`Error::Value`] in this file.
    pub fn value(path: impl Into<PathBuf>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Value { path: path.into(), expected: expected.into(), found: found.into() }
    }
}

impl Explain for Error {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Io { source, .. } if is_forbidden(source) => exit::INPUT,
            Self::Io { .. } | Self::Table { .. } => exit::UNEXPECTED,
            Self::Missing { .. }
            | Self::Corrupt { .. }
            | Self::Mismatch { .. }
            | Self::Foreign { .. }
            | Self::Value { .. }
            | Self::Occupied { .. }
            | Self::LeftBehind { .. } => exit::INPUT,
            Self::Locked { .. } => exit::LOCKED,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { what: "data set", .. } => {
                "make it with `bal prepare dataset`, or give another folder with `--data`".to_owned()
            }
            Self::Missing { what: "published numbers", .. } => {
                "`report.published` names files as seen from the pipeline file".to_owned()
            }
            Self::Missing { .. } => "check the path, or run the stage that writes it".to_owned(),
            Self::Corrupt { path, .. } => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                let folder = folder.unwrap_or(std::path::Path::new(".")).display();
                format!(
                    "a file of your own: write it again; an artifact of `bal`: `bal verify {folder}` names what else is \
                     damaged, remove it and run its stage again"
                )
            }
            Self::Mismatch { .. } => {
                "give a file of the expected form, or make it again with this version of `bal`".to_owned()
            }
            Self::Foreign { remedy, .. } => remedy.clone(),
            Self::Value { .. } => "correct the values; `bal` does not repair them silently".to_owned(),
            Self::Occupied { .. } => {
                "choose a folder that is not there yet: an artifact replaces its folder as a whole, and only one of the same \
                 stage with nothing else in it is replaced"
                    .to_owned()
            }
            Self::LeftBehind { .. } => "move it to where it belongs".to_owned(),
            Self::Io { source, path, .. } if is_forbidden(source) => {
                format!("you may not do this at `{}`: choose another folder, or change its permissions", path.display())
            }
            Self::Locked { .. } => "wait for it to finish, or stop that process".to_owned(),
            Self::Io { .. } | Self::Table { .. } => return None,
        })
    }
}

/// Whether the file system allows this user something, and not whether it works at all.
fn is_forbidden(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_looked_at_with_its_neighbours() {
        let (expected, found) = ("80 bytes".to_owned(), "8 bytes".to_owned());
        let error = Error::Corrupt { path: "a.npy".into(), expected, found };
        assert!(error.hint().unwrap().contains("`bal verify .`"));
    }
}
