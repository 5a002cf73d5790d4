//! What can go wrong in `bal-train`.

use std::path::PathBuf;

use bal_cli::{Explain, Interrupted, exit};
use bal_settings::Invalid;

use crate::Files;

/// Training failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting that no fit can use.
    #[error(transparent)]
    Setting(#[from] Invalid),
    /// The loss is not a number any more.
    #[error("the training loss of epoch {epoch} is {loss}")]
    Diverged {
        /// Epoch, from 0.
        epoch: usize,
        /// The loss.
        loss: f64,
    },
    /// One of several runs.
    #[error("failed to train `{}`", out.display())]
    Run {
        /// Output folder of the run.
        out: PathBuf,
        /// What went wrong.
        source: Box<Error>,
    },
    /// A later round was not told the first one's weight decay.
    #[error("round {0} needs the weight decay that was validated at round 0")]
    FirstRound(u64),
    /// A first round whose weight decay is not carried on.
    #[error("the first round is given, and only a weight decay that was validated there is carried on")]
    FirstRoundNotRead,
    /// A Gaussian field has no graph without a pool.
    #[error("`gaussian_field` needs the ids of the pool, which are nodes of its graph")]
    NoPool,
    /// A pool that no network looks at.
    #[error("the pool is given, and only `gaussian_field` reads it")]
    PoolNotRead,
    /// Labels or inputs of which no Gaussian field can be made.
    #[error("no Gaussian field can be made of `{}`", path.display())]
    Field {
        /// The labels, whose folder names all that is in the graph.
        path: PathBuf,
        /// What was expected and found.
        #[source]
        source: bal_acquisition::Error,
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
    #[error(transparent)]
    Model(#[from] bal_model::Error),
    /// A signal.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Error {
    /// Says which run this is about. A signal is about all of them.
    pub(crate) fn of(self, run: &Files) -> Self {
        match self {
            Self::Run { .. } | Self::Interrupted(_) => self,
            error => Self::Run { out: run.place.out.clone(), source: Box::new(error) },
        }
    }

    /// What went wrong, where there is only one run that it can be about.
    pub(crate) fn of_only_run(self) -> Self {
        match self {
            Self::Run { source, .. } => *source,
            error => error,
        }
    }
}

impl Explain for Error {
    fn exit_code(&self) -> u8 {
        match self {
            Self::FirstRound(_) | Self::FirstRoundNotRead | Self::NoPool | Self::PoolNotRead => exit::CONFIG,
            Self::Setting(error) => error.exit_code(),
            Self::Diverged { .. } | Self::Threads { .. } => exit::UNEXPECTED,
            Self::Field { .. } => exit::INPUT,
            Self::Run { source, .. } => source.exit_code(),
            Self::Artifact(error) => error.exit_code(),
            Self::Model(error) => error.exit_code(),
            Self::Interrupted(error) => error.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::FirstRound(_) => "give the output folder of round 0 with `--first-round`".to_owned(),
            Self::FirstRoundNotRead => "leave `--first-round` out".to_owned(),
            Self::NoPool => "give them with `--pool`".to_owned(),
            Self::PoolNotRead => "leave `--pool` out".to_owned(),
            Self::Diverged { .. } => "lower the learning rate".to_owned(),
            Self::Field { source, .. } => return source.remedy(),
            Self::Threads { .. } => return None,
            Self::Setting(error) => return error.hint(),
            Self::Run { source, .. } => return source.hint(),
            Self::Artifact(error) => return error.hint(),
            Self::Model(error) => return error.hint(),
            Self::Interrupted(error) => return error.hint(),
        })
    }
}
