//! What can go wrong in `bal-score`.

use std::path::PathBuf;

use bal_cli::{Explain, Interrupted, exit};
use bal_settings::Invalid;

/// Scoring failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting that cannot be used.
    #[error(transparent)]
    Setting(#[from] Invalid),
    /// `epig` and its targets, which belong together.
    #[error("target predictions: expected {expected}, found {found}")]
    Targets {
        /// What is allowed.
        expected: &'static str,
        /// What was given.
        found: &'static str,
    },
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
    #[error("no point of `{}` is left to score", .0.display())]
    EmptyPool(PathBuf),
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
    /// Weights of one network or of several, and a posterior for the other.
    #[cfg(feature = "torch")]
    #[error("weights `{}` cannot be sampled", path.display())]
    Members {
        /// The weights.
        path: PathBuf,
        /// What was expected and found.
        #[source]
        source: Box<bal_model::Error>,
    },
    /// A signal.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Explain for Error {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Setting(error) => error.exit_code(),
            Self::Targets { .. } => exit::CONFIG,
            Self::Predictions { .. } | Self::EmptyPool(_) => exit::INPUT,
            Self::Threads { .. } => exit::UNEXPECTED,
            Self::Artifact(error) => error.exit_code(),
            #[cfg(feature = "torch")]
            Self::Model(error) => error.exit_code(),
            #[cfg(feature = "torch")]
            Self::Members { source, .. } => source.exit_code(),
            Self::Interrupted(error) => error.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Predictions { source, .. } => return source.remedy(),
            Self::EmptyPool(_) => "label fewer points, or give a larger pool".to_owned(),
            Self::Setting(error) => return error.hint(),
            Self::Targets { .. } | Self::Threads { .. } => return None,
            Self::Artifact(error) => return error.hint(),
            #[cfg(feature = "torch")]
            Self::Model(error) => return error.hint(),
            #[cfg(feature = "torch")]
            Self::Members { source, .. } => return source.hint(),
            Self::Interrupted(error) => return error.hint(),
        })
    }
}
