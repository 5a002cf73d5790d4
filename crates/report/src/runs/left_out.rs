//! What lies in a folder of runs and is no part of its report.

use std::fmt;
use std::path::Path;

use bal_artifact::{FoundRun, RunFolder, find_runs, run_name};

use crate::Error;

/// A run, or its later part, that is left where it lies and not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// `<cell>/seed-<s>`.
    pub run: String,
    /// Which part of it, e.g. `rounds 3 to 5`; nothing for the whole run.
    pub part: String,
    /// Why.
    pub why: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, part, why } = self;
        if part.is_empty() { write!(f, "{run}: {why}") } else { write!(f, "{run}, {part}: {why}") }
    }
}

impl LeftOut {
    /// A run that the pipeline does not have.
    pub(crate) fn run(run: String) -> Self {
        Self { run, part: String::new(), why: "not a run of the pipeline".to_owned() }
    }

    /// What was made after the last training of a run.
    pub(crate) fn after(run: String, last: u64) -> Self {
        let why = format!("the pipeline has {}", crate::words::count(last as usize, "round"));
        Self { run, part: format!("all after the training of round {last}"), why }
    }

    /// These rounds of a run, in ascending order.
    pub(crate) fn rounds(run: String, rounds: &[u64], why: String) -> Option<Self> {
        let part = match rounds {
            [] => return None,
            [only] => format!("round {only}"),
            [first, .., last] => format!("rounds {first} to {last}"),
        };
        Some(Self { run, part, why })
    }
}

/// Runs and rounds below a folder that a pipeline does not have, by name. `rounds` is the number of
/// acquisitions of a cell with a seed, if the pipeline has that run.
///
/// # Errors
/// If a folder cannot be read.
pub fn outside(folder: &Path, rounds: impl Fn(&str, u64) -> Option<u64>) -> Result<Vec<LeftOut>, Error> {
    let mut found = Vec::new();
    for FoundRun { cell, seed, folder: run } in find_runs(folder)? {
        let name = run_name(&cell, seed);
        match rounds(&cell, seed) {
            None if is_run(&run)? => found.push(LeftOut::run(name)),
            Some(last) if goes_on_after(&run, last)? => found.push(LeftOut::after(name, last)),
            _ => {}
        }
    }
    found.sort_by(|a, b| a.run.cmp(&b.run));
    Ok(found)
}

/// Whether anything was made in the folder of a run.
pub(crate) fn is_run(run: &RunFolder) -> Result<bool, Error> {
    Ok(run.has("split", 0) || !run.trained_rounds()?.is_empty())
}

/// Whether a run has stages after the training of round `last`.
pub(crate) fn goes_on_after(run: &RunFolder, last: u64) -> Result<bool, Error> {
    let acquires = ["score", "select"].iter().any(|stage| run.has(stage, last));
    Ok(acquires || run.trained_rounds()?.iter().any(|&round| round > last))
}
