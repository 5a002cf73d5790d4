//! Errors as the user sees them: text, causes, exit code, hint.

use std::error::Error;
use std::fmt::Write as _;

use crate::exit;

/// What a binary must know of an error beyond its text.
pub trait Explain: Error {
    /// One of [`crate::exit`].
    fn exit_code(&self) -> u8;

    /// What the user can do about it.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// Any explained error, on its way to `main`.
#[derive(Debug)]
pub struct Failure(Box<dyn Explain + Send + Sync>);

impl<E: Explain + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl Failure {
    /// Exit code of the process.
    pub fn exit_code(&self) -> u8 {
        self.0.exit_code()
    }

    /// `error: …`, `caused by: …`, and after a blank line `hint: …`.
    pub fn render(&self) -> String {
        let mut text = format!("error: {}\n", self.0);
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let _ = writeln!(text, "caused by: {error}");
            cause = error.source();
        }
        if let Some(hint) = self.0.hint() {
            let _ = write!(text, "\nhint: {hint}\n");
        }
        text
    }
}

impl Explain for bal_artifact::Error {
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

/// A signal asked the process to stop, and it did so at a safe point.
#[derive(Debug, thiserror::Error)]
#[error("interrupted by signal {0}")]
pub struct Interrupted(pub u8);

impl Explain for Interrupted {
    fn exit_code(&self) -> u8 {
        exit::SIGNAL + self.0
    }

    fn hint(&self) -> Option<String> {
        Some("nothing half-written was left; give the same command again to go on".to_owned())
    }
}

/// The candidate most similar to `name`, if any is similar enough to be a likely misspelling.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_text_causes_and_hint() {
        let source = std::io::Error::other("disk on fire");
        let failure = Failure::from(bal_artifact::Error::Io { action: "read", path: "a.npy".into(), source });
        assert_eq!(failure.render(), "error: failed to read `a.npy`\ncaused by: disk on fire\n");
        let (expected, found) = ("80 bytes".to_owned(), "8 bytes".to_owned());
        let failure = Failure::from(bal_artifact::Error::Corrupt { path: "a.npy".into(), expected, found });
        assert!(failure.render().contains("`bal verify .`"), "{}", failure.render());
        let failure = Failure::from(Interrupted(2));
        assert_eq!(failure.exit_code(), 130);
        assert!(failure.render().contains("\n\nhint: "), "{}", failure.render());
    }

    #[test]
    fn nearest_finds_misspellings_only() {
        assert_eq!(nearest("max_entrpy", ["bald", "max_entropy"]), Some("max_entropy"));
        assert_eq!(nearest("something_else", ["bald", "max_entropy"]), None);
    }
}
