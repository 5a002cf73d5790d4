//! A run whose time was too short starts itself again.

use std::time::Instant;

use bal_artifact::{Job, Layout, TimeOuts};

use super::client;
use crate::Error;
use crate::config::slurm::seconds;

/// Slurm may signal up to a minute early, and looks at limits twice a minute.
const SLACK: u64 = 90;

/// Time-outs in a row without a new round after which a run is not started again.
const MOST: u32 = 3;

/// What an element knows of its time.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    pub(crate) start: Instant,
    /// Seconds that the script took before this process began.
    pub(crate) ran_before: u64,
    /// Seconds of the element; `None` where it is the partition's.
    pub(crate) limit: Option<u64>,
    /// How many seconds before the limit the warning comes.
    pub(crate) warned_before: u64,
}

impl Clock {
    /// Whether a stop now is one by the time limit. The signal does not tell, since others send the same.
    fn is_time_out(&self, limit: Option<u64>) -> bool {
        let ran = self.ran_before + self.start.elapsed().as_secs();
        limit.is_some_and(|limit| ran + self.warned_before + SLACK >= limit)
    }
}

/// What the scheduler knows of a job.
struct Known {
    state: String,
    reason: String,
    limit: Option<u64>,
}

impl Known {
    fn ask(job: &Job) -> Result<Option<Self>, Error> {
        let text = client::squeue_of(&job.id)?;
        let parts: Vec<&str> = text.lines().next().unwrap_or_default().splitn(4, '|').collect();
        let [state, reason, limit, _] = parts.as_slice() else { return Ok(None) };
        let [state, reason] = [state, reason].map(|text| text.trim().to_owned());
        Ok(Some(Self { state, reason, limit: seconds(limit.trim()) }))
    }

    /// Somebody has cancelled it: a start again would bring it back. At its time limit it is ending as well.
    fn is_cancelled(&self) -> bool {
        !["RUNNING", "SUSPENDED"].contains(&self.state.as_str()) && !self.reason.contains("TimeLimit")
    }
}

/// Which job does what: the first line of a log, for each start.
pub(super) fn greeting(runs: &[String]) -> String {
    let runs = runs.join(" ");
    match Job::current() {
        None => format!("{runs}: not part of a job"),
        Some(Job { id, node, restart: 0 }) => format!("{runs}: job {id} on {node}"),
        Some(Job { id, node, restart }) => {
            format!("{runs}: job {id} on {node}, started again for the {restart}. time")
        }
    }
}

/// Refuses runs that came to their time limit too often.
///
/// # Errors
/// [`Error::TimeOuts`].
pub(super) fn check(layout: &Layout, runs: &[String]) -> Result<(), Error> {
    let Some(run) = runs.first() else { return Ok(()) };
    match layout.slurm().time_outs(run)? {
        Some(TimeOuts { rounds, count }) if count >= MOST && rounds == complete(layout, runs) => {
            Err(Error::TimeOuts { run: run.clone(), count })
        }
        _ => Ok(()),
    }
}

/// After a stop by a signal: starts the element again, unless somebody has cancelled it.
///
/// # Errors
/// [`Error::TimeOuts`] for one that came to its time limit too often without a new round.
pub(super) fn after_stop(layout: &Layout, runs: &[String], clock: &Clock) -> Result<(), Error> {
    let (Some(job), Some(run)) = (Job::current(), runs.first()) else { return Ok(()) };
    let known = match Known::ask(&job) {
        Ok(Some(known)) => known,
        Ok(None) => return Ok(()),
        Err(error) => {
            tracing::warn!("not started again: {error}; `bal run --executor slurm` submits it once more");
            return Ok(());
        }
    };
    if known.is_cancelled() {
        tracing::info!("cancelled ({}, {})", known.state, known.reason);
        return Ok(());
    }
    if clock.is_time_out(clock.limit.or(known.limit)) {
        let rounds = complete(layout, runs);
        let before = layout.slurm().time_outs(run)?.filter(|before| before.rounds == rounds);
        let count = before.map_or(0, |before| before.count) + 1;
        layout.slurm().note_time_outs(run, Some(TimeOuts { rounds, count }))?;
        if count >= MOST {
            return Err(Error::TimeOuts { run: run.clone(), count });
        }
        tracing::info!("the time is over, for the {count}. time without a new round");
    }
    // Of an array's last element the plain number is that of the whole array: never without `_<element>`.
    match client::requeue(&job.id) {
        Ok(()) => tracing::info!("job {} will be started again", job.id),
        Err(error) => {
            tracing::warn!("not started again: {error}; `bal run --executor slurm` submits it once more");
        }
    }
    Ok(())
}

/// Rounds that these runs have behind them, all together.
fn complete(layout: &Layout, runs: &[String]) -> u64 {
    let mut rounds = 0;
    for run in runs {
        if let Some((cell, seed)) =
            run.split_once("/seed-").and_then(|(cell, seed)| Some((cell, seed.parse().ok()?)))
        {
            rounds += layout.run(cell, seed).trained_rounds().map_or(0, |rounds| rounds.len() as u64);
        }
    }
    rounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_tells_a_time_out() {
        let clock = |ran_before| Clock { start: Instant::now(), ran_before, limit: None, warned_before: 120 };
        assert!(clock(3390).is_time_out(Some(3600)), "120 s and 90 s before its end");
        assert!(!clock(3380).is_time_out(Some(3600)));
        assert!(!clock(1_000_000).is_time_out(None), "without a limit");
    }

    #[test]
    fn a_cancelled_job_is_told_from_one_at_its_limit() {
        let known = |state: &str, reason: &str| Known {
            state: state.to_owned(),
            reason: reason.to_owned(),
            limit: None,
        };
        assert!(!known("RUNNING", "None").is_cancelled());
        assert!(!known("COMPLETING", "TimeLimit").is_cancelled());
        assert!(known("COMPLETING", "None").is_cancelled());
        assert!(known("CANCELLED", "None").is_cancelled());
    }
}
