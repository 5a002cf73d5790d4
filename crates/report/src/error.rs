//! What can go wrong while a report is made.

use std::path::PathBuf;

use bal_cli::{Explain, Interrupted, exit};

use crate::words::list;

/// No report could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// None of the folders holds a round that was trained.
    #[error("no finished training round below {}", quoted(.0))]
    NoRuns(Vec<PathBuf>),
    /// Two folders of runs have the same name and hold runs of the same name.
    #[error(
        "`{cell}` with seed {seed} is there twice, in `{}` and in `{}`",
        first.display(), second.display()
    )]
    SameRun {
        /// The cell, with the name of its folder of runs.
        cell: String,
        /// The seed.
        seed: u64,
        /// Where it was found first.
        first: PathBuf,
        /// Where it was found again.
        second: PathBuf,
    },
    /// The learning curves ask for a metric that no run has.
    #[error("no run has a value of `{0}`{why}", why = reason(.0))]
    NoValues(&'static str),
    /// The table of all numbers could not be put together or evaluated.
    #[error("failed to build table `history`")]
    Table(#[from] polars::error::PolarsError),
    /// A file of published numbers cannot be understood.
    #[error("published numbers `{}`: {problem}", path.display())]
    Published {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        problem: String,
    },
    /// A picture could not be drawn.
    #[error("failed to draw `{picture}`: {reason}")]
    Picture {
        /// Name of the picture.
        picture: String,
        /// What the drawing library said.
        reason: String,
    },
    /// A file could not be read, trusted or written.
    #[error(transparent)]
    Artifact(#[from] bal_artifact::Error),
    /// A signal asked to stop.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Explain for Error {
    fn exit_code(&self) -> u8 {
        match self {
            Self::NoRuns(_) | Self::SameRun { .. } | Self::NoValues(_) | Self::Published { .. } => {
                exit::INPUT
            }
            Self::Table(_) | Self::Picture { .. } => exit::UNEXPECTED,
            Self::Artifact(error) => error.exit_code(),
            Self::Interrupted(error) => error.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoRuns(_) => Some(
                "give with `--runs` the folder that holds `<cell>/seed-<s>/round-000/train/`, e.g. \
                 `artifacts/fig1`, after at least one round of its pipeline was trained"
                    .to_owned(),
            ),
            Self::SameRun { .. } => Some("give each folder once, or rename one of them".to_owned()),
            Self::NoValues(metric) => Some(match metric.strip_prefix(ON_VALIDATION) {
                Some(rest) => format!(
                    "use `test_{rest}`, or train again with `prepare.validation` above 0 in the pipeline"
                ),
                None => "use `test_accuracy`".to_owned(),
            }),
            Self::Published { .. } => {
                Some("`pipelines/published/README.md` says what such a file may say".to_owned())
            }
            Self::Table(_) | Self::Picture { .. } => None,
            Self::Artifact(error) => error.hint(),
            Self::Interrupted(error) => error.hint(),
        }
    }
}

/// How the names of metrics begin that have no value without a validation set.
pub(crate) const ON_VALIDATION: &str = "validation_";

fn quoted(folders: &[PathBuf]) -> String {
    list(folders.iter().map(|folder| format!("`{}`", folder.display())), ", ")
}

fn reason(metric: &str) -> &'static str {
    if metric.starts_with(ON_VALIDATION) { ": none was trained with a validation set" } else { "" }
}
