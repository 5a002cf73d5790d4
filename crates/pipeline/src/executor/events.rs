//! What a worker tells its parent: one JSON object per line of its stdout.

use std::fmt;
use std::io::Write as _;

use serde::{Deserialize, Serialize};

/// What has become of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// It has reached the end of a round.
    Round(Advanced),
    /// It goes no further, but others of its group do. A worker with one run says so by its end.
    Failed(Failed),
}

/// A run has reached the end of a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advanced {
    /// `<cell>/seed-<s>`.
    pub(crate) run: String,
    /// The round.
    pub(crate) round: u64,
    /// The last round.
    pub(crate) rounds: u64,
    /// Labelled points it trained on.
    pub(crate) labels: u64,
    /// Test accuracy.
    pub(crate) accuracy: f64,
    /// Wall-clock seconds from the start of the round, for a group of all its runs; 0 if nothing of it had
    /// to run.
    pub(crate) seconds: f64,
    /// Something of it had to run.
    pub(crate) fresh: bool,
}

/// A run that goes no further.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failed {
    /// `<cell>/seed-<s>`.
    pub(crate) run: String,
    /// Exit code that a worker would end with.
    pub(crate) code: u8,
    /// The error as users see it.
    pub(crate) text: String,
}

impl fmt::Display for Advanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, round, rounds, labels, accuracy, seconds, .. } = self;
        write!(f, "{run} round {round}/{rounds}: {labels} labels, accuracy {accuracy:.4}, {seconds:.1} s")
    }
}

impl Event {
    /// Writes the event as a line of stdout.
    ///
    /// A parent that is gone takes no lines, but then stdin ends too, and the worker stops by that.
    pub(crate) fn send(&self) {
        let text = serde_json::to_string(self).expect("an event holds only strings and numbers");
        let mut out = std::io::stdout();
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// Reads a line of a worker's stdout.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}
