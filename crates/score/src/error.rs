//! What can go wrong in `bal-score`.

use std::path::PathBuf;

use bal_acquisition::UnknownName;
use bal_cli::{Explain, Interrupted, exit};

/// Scoring failed.
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
    /// No acquisition function has this name.
    #[error("unknown acquisition function `{}`", .0.name)]
    UnknownFunction(#[from] UnknownName),
    /// Predictions that are no probabilities.
    #[error("predictions of `{}` cannot be scored", path.display())]
    Predictions {
        /// The weights or the array they come from.
        path: PathBuf,
        /// First offending point, what was expected and found.
        #[source]
        source: bal_acquisition::Error,
    },
    /// Every pool point is labelled, or the pool is empty.
    #[error("no point of `{}` is left to score", path.display())]
    EmptyPool {
        /// File with the ids of the pool.
        path: PathBuf,
    },
    /// The worker threads could not be started.
    #[error("failed to start {threads} threads")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        #[source]
        source: rayon::ThreadPoolBuildError,
    },
    /// An artifact.
    #[error(transparent)]
    Artifact(#[from] bal_artifact::Error),
    /// Network, device or data set.
    #[cfg(feature = "torch")]
    #[error(transparent)]
    Model(#[from] bal_model::Error),
    /// A signal.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Error {
    pub(crate) fn config(key: &'static str, expected: &'static str, found: impl Into<String>) -> Self {
        Self::Config { key, expected, found: found.into() }
    }
}

impl Explain for Error {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Config { .. } | Self::UnknownFunction(_) => exit::CONFIG,
            Self::Predictions { .. } | Self::EmptyPool { .. } => exit::INPUT,
            Self::Threads { .. } => exit::UNEXPECTED,
            Self::Artifact(error) => error.exit_code(),
            #[cfg(feature = "torch")]
            Self::Model(error) => error.exit_code(),
            Self::Interrupted(error) => error.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnknownFunction(unknown) => {
                match bal_cli::nearest(&unknown.name, unknown.valid.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are: {}", unknown.valid.join(", ")),
                }
            }
            Self::Predictions { source, .. } => return source.remedy(),
            Self::EmptyPool { .. } => "label fewer points, or give a larger pool".to_owned(),
            Self::Config { .. } | Self::Threads { .. } => return None,
            Self::Artifact(error) => return error.hint(),
            #[cfg(feature = "torch")]
            Self::Model(error) => return error.hint(),
            Self::Interrupted(error) => return error.hint(),
        })
    }
}
