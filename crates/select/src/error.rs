//! What can go wrong in `bal-select`.

use std::path::PathBuf;

use bal_cli::{Explain, Interrupted, exit};
use bal_settings::Invalid;

/// Selection failed.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    /// A setting that cannot be used.
    #[error(transparent)]
    Setting(#[from] Invalid),
    /// The method picks from something else than what was given.
    #[error("`{method}` picks from {needs}, found {found}")]
    Basis { method: &'static str, needs: &'static str, found: &'static str },
    /// A file that the method does not read.
    #[error("`{}` is given, and `{method}` does not read {what}", path.display())]
    NotRead { method: &'static str, what: &'static str, path: PathBuf },
    /// The table has other columns than the one asked for.
    #[error("`{}` has {}: found {}", path.display(), wanted(column, found), list(found))]
    Column { path: PathBuf, column: String, found: Vec<String> },
    /// Scores, predictions or features do not allow this batch.
    #[error("no batch can be picked from `{}`", path.display())]
    Pick { path: PathBuf, source: bal_acquisition::Error },
    /// The worker threads could not be started.
    #[error("failed to start {threads} threads")]
    Threads { threads: usize, source: rayon::ThreadPoolBuildError },
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
            Self::Setting(error) => error.exit_code(),
            Self::Basis { .. } | Self::NotRead { .. } => exit::CONFIG,
            Self::Column { .. } | Self::Pick { .. } => exit::INPUT,
            Self::Threads { .. } => exit::UNEXPECTED,
            Self::Artifact(error) => error.exit_code(),
            Self::Interrupted(error) => error.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Setting(error) => error.hint(),
            Self::Threads { .. } => None,
            Self::NotRead { .. } => Some("leave it out".to_owned()),
            Self::Basis { needs, .. } => Some(match *needs {
                "scores" => "give `--scores`, which `bal-score` writes".to_owned(),
                "predictions" => "give `--log-probs` or `--probs`".to_owned(),
                others => format!("give {others}: see `--help` for their flags"),
            }),
            Self::Column { column, found, .. } => {
                Some(match bal_cli::nearest(column, found.iter().map(String::as_str)) {
                    Some(near) => format!("use `--column {near}`"),
                    None if found.is_empty() => {
                        "give a table with scores as float64, or name a column".to_owned()
                    }
                    None => "name one of them with `--column`".to_owned(),
                })
            }
            Self::Pick { source, .. } => source.remedy(),
            Self::Artifact(error) => error.hint(),
            Self::Interrupted(error) => error.hint(),
        }
    }
}

/// What is wrong with the columns of a table.
fn wanted(column: &str, found: &[String]) -> String {
    match (column, found.len()) {
        ("", 0) => "no column of scores".to_owned(),
        ("", _) => "several columns of scores".to_owned(),
        _ => format!("no column `{column}`"),
    }
}

fn list(found: &[String]) -> String {
    if found.is_empty() { "none of float32 or float64".to_owned() } else { found.join(", ") }
}
