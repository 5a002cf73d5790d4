//! What can go wrong in `bal-select`.

use std::path::PathBuf;

use bal_cli::{Explain, Interrupted, exit};

/// Selection failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A configuration value that cannot be used.
    #[error("`{key}` is {found}, expected {expected}")]
    Config {
        /// Key in YAML.
        key: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// What was given.
        found: String,
    },
    /// The table has other columns than the one asked for.
    #[error("`{}` has no column `{column}`: found {}", path.display(), found.join(", "))]
    Column {
        /// The table.
        path: PathBuf,
        /// The column asked for; empty if none was and there are several.
        column: String,
        /// Columns of scores in it.
        found: Vec<String>,
    },
    /// The scores do not allow this batch.
    #[error("no batch can be picked from `{}`", path.display())]
    Pick {
        /// The table.
        path: PathBuf,
        /// Offending row or size, expected and found.
        #[source]
        source: bal_acquisition::Error,
    },
    /// An artifact.
    #[error(transparent)]
    Artifact(#[from] bal_artifact::Error),
    /// A signal.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Explain for Error {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Config { .. } => exit::CONFIG,
            Self::Column { .. } | Self::Pick { .. } => exit::INPUT,
            Self::Artifact(error) => error.exit_code(),
            Self::Interrupted(error) => error.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Config { .. } => None,
            Self::Column { column, found, .. } => {
                Some(match bal_cli::nearest(column, found.iter().map(String::as_str)) {
                    Some(near) => format!("use `--column {near}`"),
                    None => "name one of them with `--column`".to_owned(),
                })
            }
            Self::Pick { .. } => Some("ask for fewer points, or score a larger pool".to_owned()),
            Self::Artifact(error) => error.hint(),
            Self::Interrupted(error) => error.hint(),
        }
    }
}
