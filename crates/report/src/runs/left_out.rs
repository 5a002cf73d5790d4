//! What lies in a folder of runs and is no part of its report, in words: which run, what of it, and why.

use std::path::Path;

use bal_artifact::{FoundRun, RunFolder, find_runs, run_name};

use crate::Error;
use crate::words::count;

/// A run that the pipeline does not have.
pub(super) fn no_run(run: &str) -> String {
    format!("{run}: not a run of the pipeline")
}

/// What was made after the last training of a run.
pub(super) fn after(run: &str, last: u64) -> String {
    let rounds = count(last as usize, "round");
    format!("{run}, all after the training of round {last}: the pipeline has {rounds}")
}

/// These rounds of a run, in ascending order.
pub(super) fn rounds(run: &str, rounds: &[u64], why: &str) -> Option<String> {
    match rounds {
        [] => None,
        [only] => Some(format!("{run}, round {only}: {why}")),
        [first, .., last] => Some(format!("{run}, rounds {first} to {last}: {why}")),
    }
}

/// Runs and rounds below a folder that a pipeline does not have, by name. `rounds` is the number of
/// acquisitions of a cell with a seed, if the pipeline has that run.
///
/// # Errors
/// If a folder cannot be read.
pub fn outside(folder: &Path, rounds: impl Fn(&str, u64) -> Option<u64>) -> Result<Vec<String>, Error> {
    let mut runs = find_runs(folder)?;
    runs.sort_by(|a, b| (&a.cell, a.seed).cmp(&(&b.cell, b.seed)));
    let mut found = Vec::new();
    for FoundRun { cell, seed, folder: run } in runs {
        let name = run_name(&cell, seed);
        match rounds(&cell, seed) {
            None if is_run(&run)? => found.push(no_run(&name)),
            Some(last) if goes_on_after(&run, last)? => found.push(after(&name, last)),
            _ => {}
        }
    }
    Ok(found)
}

/// Whether anything was made in the folder of a run.
pub(super) fn is_run(run: &RunFolder) -> Result<bool, Error> {
    Ok(run.has("split", 0) || !run.trained_rounds()?.is_empty())
}

/// Whether a run has stages after the training of round `last`.
pub(super) fn goes_on_after(run: &RunFolder, last: u64) -> Result<bool, Error> {
    let acquires = ["score", "select"].iter().any(|stage| run.has(stage, last));
    Ok(acquires || run.trained_rounds()?.iter().any(|&round| round > last))
}
