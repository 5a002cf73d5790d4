//! What can go wrong in `bal-label`.

use std::path::PathBuf;

use bal_cli::{Explain, exit};

/// The labels of a round could not be had.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    /// A point whose label nobody knows.
    #[error("point {id} of `{}` has no label in the data set", path.display())]
    Unknown { path: PathBuf, id: i64 },
    /// An id that is no row of the data set.
    #[error("id {id} of `{}` is no row of the data set: expected 0 to {}", path.display(), rows.saturating_sub(1))]
    Id { path: PathBuf, id: i64, rows: usize },
    /// A picked point that was labelled before.
    #[error("point {id} of `{}` is labelled already", path.display())]
    Labelled { path: PathBuf, id: i64 },
    /// An artifact.
    #[error(transparent)]
    Artifact(#[from] bal_artifact::Error),
}

impl Explain for Error {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Unknown { .. } | Self::Id { .. } | Self::Labelled { .. } => exit::INPUT,
            Self::Artifact(error) => error.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { .. } => "give its label in the data set, or leave it out of the pool".to_owned(),
            Self::Id { .. } => "give ids of this data set".to_owned(),
            Self::Labelled { .. } => {
                "score and select again without the labelled points: `bal score --exclude`".to_owned()
            }
            Self::Artifact(error) => return error.hint(),
        })
    }
}
