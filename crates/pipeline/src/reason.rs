//! Why a task runs.

use std::fmt;

/// Why a task runs. A closed list: every task that runs has one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// There is no artifact, or a file of it was pruned and is needed again.
    Missing,
    /// The artifact's folder lacks its manifest or an output.
    Incomplete,
    /// An input has other bytes, or is about to be made again.
    InputChanged,
    /// The resolved configuration, the seed or the round differs.
    ConfigChanged,
    /// Another version of the stage wrote it.
    VersionChanged,
    /// `--force`.
    Forced,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Incomplete => "incomplete",
            Self::InputChanged => "input changed",
            Self::ConfigChanged => "config changed",
            Self::VersionChanged => "version changed",
            Self::Forced => "forced",
        })
    }
}

/// A reason, and which file or key it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stale {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl Stale {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail.as_str() {
            "" => write!(f, "{}", self.reason),
            detail => write!(f, "{} ({detail})", self.reason),
        }
    }
}
