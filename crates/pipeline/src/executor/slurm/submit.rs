//! Handing arrays to the scheduler.

use std::path::Path;
use std::time::Duration;

use bal_artifact::{Layout, SubmittedArray, now};
use bal_cli::check_interrupt;

use super::arrays::Array;
use super::script::Script;
use super::wait::pause;
use super::{client, queue};
use crate::Error;

/// Pauses before `sbatch` is tried again, in seconds.
const PAUSES: [u64; 5] = [1, 2, 4, 8, 16];

/// What a scheduler says that has too much to do, or is just being started again.
const TRANSIENT: [&str; 5] = [
    "Socket timed out",
    "temporarily unable",
    "too busy",
    "Unable to contact slurm controller",
    "Slurm backup controller in standby",
];

/// What came of a submission.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Arrays that the scheduler has taken.
    pub(crate) taken: Vec<SubmittedArray>,
    /// Names of those that it refused, which was said, and of those that wait for them.
    pub(crate) refused: Vec<String>,
}

/// Writes scripts and tables, hands them over and notes what the scheduler has taken. What it refuses is
/// said, and the rest goes on.
///
/// # Errors
/// [`Error::NoScheduler`], [`Error::Artifact`] for files, [`Error::Interrupted`].
pub(crate) fn submit(script: &Script, arrays: &[Array]) -> Result<Outcome, Error> {
    let slurm = script.layout.slurm();
    let mut record = slurm.submitted()?;
    let mut outcome = Outcome::default();
    let mut before: Option<u64> = None;
    for array in arrays {
        check_interrupt()?;
        if !array.waits {
            before = None;
            slurm.write_table(&array.part, &array.rows)?;
        } else if before.is_none() {
            // Without the one that it waits for it would start too early.
            outcome.refused.push(array.name.clone());
            continue;
        }
        let path = slurm.write_script(&array.name, &script.text(array))?;
        match hand_over(script.layout, array, &path, before.take()) {
            Ok((id, cluster)) => {
                before = Some(id);
                let submitted = SubmittedArray {
                    id,
                    cluster,
                    name: array.name.clone(),
                    job_name: script.job_name(),
                    submitted: now(),
                    mem: script.settings.resolved().mem.clone(),
                };
                record.arrays.push(submitted.clone());
                slurm.record(&record)?;
                outcome.taken.push(submitted);
            }
            Err(error @ Error::Scheduler { .. }) => {
                tracing::error!("`{}` was not submitted: {error}", array.name);
                outcome.refused.push(array.name.clone());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(outcome)
}

/// Gives a script to `sbatch`, again with growing pauses where the scheduler has too much to do.
fn hand_over(
    layout: &Layout,
    array: &Array,
    script: &Path,
    after: Option<u64>,
) -> Result<(u64, Option<String>), Error> {
    let after = after.map(|id| id.to_string());
    for seconds in PAUSES {
        match client::sbatch(script, after.as_deref()) {
            Err(Error::Scheduler { said, .. }) if TRANSIENT.iter().any(|text| said.contains(text)) => {
                tracing::warn!("`{}`: {said}; once more in {seconds} s", array.name);
                pause(Duration::from_secs(seconds))?;
                // The answer may have been lost on its way back.
                if let Ok(Some(id)) = queue::find(layout, &array.name) {
                    return Ok((id, None));
                }
            }
            said => return number(&said?),
        }
    }
    number(&client::sbatch(script, after.as_deref())?)
}

/// The number in what `sbatch --parsable` says: `id` or `id;cluster`, behind whatever a site greets with.
fn number(said: &str) -> Result<(u64, Option<String>), Error> {
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let (id, cluster) = match last.split_once(';') {
        Some((id, cluster)) => (id, Some(cluster.trim().to_owned())),
        None => (last, None),
    };
    let digits: String = id.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().map(|id| (id, cluster)).map_err(|_| Error::Scheduler {
        program: "sbatch",
        said: format!("expected the number of a job in the last line, found `{last}`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_stands_in_the_last_line() {
        assert_eq!(number("12\n").unwrap(), (12, None));
        assert_eq!(number("Welcome to 42\n 17;alpha\n\n").unwrap(), (17, Some("alpha".to_owned())));
        assert!(number("").is_err() && number("error: no\n").is_err());
    }
}
