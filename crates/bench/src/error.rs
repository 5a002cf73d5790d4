//! What can go wrong in a benchmark.

use std::path::PathBuf;

use bal_cli::{Explain, Interrupted, exit};

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// The benchmark failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The two sides of a row do not agree: their times mean nothing.
    #[error("{what} differ: {found}, expected {expected}")]
    Differ { what: String, expected: String, found: String },
    /// Whole pipelines are run by `bal`, as users run them.
    #[error("no `bal` beside this program: `{}` is missing", path.display())]
    NoBal { path: PathBuf },
    /// A process could not be started.
    #[error("failed to start `{}`", program.display())]
    Spawn { program: PathBuf, source: std::io::Error },
    /// A process failed; it said why on stderr.
    #[error("`{what}` ended with {status}")]
    Failed { what: String, status: String },
    /// A process did not answer in JSON.
    #[error("`{what}` answered `{found}`")]
    Answer { what: String, found: String, source: serde_json::Error },
    /// The results of earlier rows cannot be read.
    #[error("`{}` does not hold results of this version", path.display())]
    Results { path: PathBuf, source: serde_json::Error },
    /// A file or folder.
    #[error("failed to {action} `{}`", path.display())]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    /// Worker threads could not be started.
    #[error("failed to start {threads} threads")]
    Threads { threads: usize, source: rayon::ThreadPoolBuildError },
    #[error(transparent)]
    Artifact(#[from] bal_artifact::Error),
    #[error(transparent)]
    Acquisition(#[from] bal_acquisition::Error),
    #[error(transparent)]
    Model(#[from] bal_model::Error),
    #[error(transparent)]
    Train(#[from] bal_train::Error),
    #[error(transparent)]
    Score(#[from] bal_score::Error),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

impl Explain for Error {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Differ { .. } | Self::Failed { .. } => exit::STAGE,
            Self::Results { .. } | Self::NoBal { .. } => exit::INPUT,
            Self::Artifact(error) => error.exit_code(),
            Self::Model(error) => error.exit_code(),
            Self::Train(error) => error.exit_code(),
            Self::Score(error) => error.exit_code(),
            Self::Interrupted(error) => error.exit_code(),
            _ => exit::UNEXPECTED,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Spawn { program, .. } if program.ends_with("python") => {
                "`make bench` makes the peers' environment; `--no-peers` measures bal alone".to_owned()
            }
            Self::NoBal { .. } => {
                "`make bench` builds both; or `cargo build --release --package bal-pipeline`".to_owned()
            }
            Self::Results { .. } => "delete that file; all rows are then measured again".to_owned(),
            Self::Artifact(error) => return error.hint(),
            Self::Interrupted(_) => "rows that were finished are kept".to_owned(),
            _ => return None,
        })
    }
}
