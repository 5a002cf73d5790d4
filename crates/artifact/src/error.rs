//! What can go wrong with a file.

use std::path::PathBuf;

/// An artifact could not be read, written, locked or trusted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("failed to {action} `{}`", path.display())]
    Io {
        /// What was tried, e.g. "read".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file that should be there is not.
    #[error("{what} `{}` is missing", path.display())]
    Missing {
        /// What the file is, e.g. "labels".
        what: &'static str,
        /// Where it was expected.
        path: PathBuf,
    },
    /// The bytes of a file are not what its format or its manifest says.
    #[error("`{}` is corrupt: expected {expected}, found {found}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What the format or manifest asks for.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A file is sound, but its shape, type or schema is not the one that is needed.
    #[error("`{}` does not fit: expected {expected}, found {found}", path.display())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// Shape, type, columns or schema version that is needed.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// A file is sound, but of another program's format or type, which can be converted.
    #[error("`{}` does not fit: expected {expected}, found {found}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Format, shape or type that is needed.
        expected: String,
        /// What the file is.
        found: String,
        /// How to make of it what is needed.
        remedy: String,
    },
    /// A file's values are not allowed, e.g. NaN or an unknown id.
    #[error("{found} in `{}`: expected {expected}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// What values may be there.
        expected: String,
        /// The first offender, with its index.
        found: String,
    },
    /// An output folder that may not be replaced: something in it would be lost.
    #[error("`{}` cannot be the output folder: {found}", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
        /// What is against it, e.g. a file there that is not ours.
        found: String,
    },
    /// Something came into an output folder while it was being replaced.
    #[error("`{}` is published, but something else had come into that folder meanwhile; it lies at `{}`", path.display(), found.display())]
    LeftBehind {
        /// The artifact.
        path: PathBuf,
        /// Where what came in lies now.
        found: PathBuf,
    },
    /// Somebody else is at work in this folder.
    #[error("`{}` is in use by {holder}", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
        /// Process id, command and start of the holder, as it wrote them.
        holder: String,
    },
    /// A column or frame could not be built or stored.
    #[error("failed to write table `{}`", path.display())]
    Table {
        /// The table's file.
        path: PathBuf,
        /// What polars said.
        #[source]
        source: polars::error::PolarsError,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}
