//! What the scheduler says of runs, beside what their files say.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};

use bal_artifact::{Layout, Manifest};

use crate::Error;
use crate::executor::slurm::{Known, Queue, QueuedElement};
use crate::sweep::Run;

/// Failed runs whose logs are named; the others are counted.
const NAMED: usize = 10;

/// What Slurm and the kernel write into the log of a job that needed more memory than it had.
const OUT_OF_MEMORY: [&str; 4] = ["Exceeded job memory limit", "oom-kill", "oom_kill", "Out Of Memory"];

/// What the scheduler says of runs.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    known: BTreeMap<String, Known>,
    /// Elements that have begun and that it no longer knows: it forgets what ended some minutes ago.
    forgotten: BTreeMap<String, QueuedElement>,
}

impl Jobs {
    /// Asks the scheduler once, if anything was submitted. Where it does not answer, files say all there is.
    pub(super) fn look(layout: &Layout) -> Result<Self, Error> {
        if layout.slurm().submitted()?.arrays.is_empty() {
            return Ok(Self::default());
        }
        match Queue::look(layout) {
            Ok(queue) => {
                let known = queue.by_run().into_iter().map(|(run, known)| (run.to_owned(), known));
                let forgotten = queue.forgotten().into_iter().map(|(run, element)| (run.to_owned(), element));
                Ok(Self { known: known.collect(), forgotten: forgotten.collect() })
            }
            Err(error @ (Error::Scheduler { .. } | Error::NoScheduler { .. })) => {
                tracing::warn!("the queue is not known: {error}");
                Ok(Self::default())
            }
            Err(error) => Err(error),
        }
    }

    /// The state of a run whose files say `by_files`.
    pub(super) fn state(&self, run: &str, by_files: &str) -> String {
        match self.known.get(run) {
            Some(known) if by_files == "running" && known.state.is_running() => known.state.words(),
            // One that is over and left its run unfinished says less than the files.
            Some(known) if !["done", "running"].contains(&by_files) && known.state.name != "COMPLETED" => {
                known.state.words()
            }
            _ => by_files.to_owned(),
        }
    }

    /// Whether the scheduler has an element of a run that waits or runs.
    pub(super) fn is_alive(&self, run: &str) -> bool {
        self.known.get(run).is_some_and(|known| known.state.is_alive())
    }

    /// What to do about runs that are held, or failed and are not done. `is_left` says of a run by its files
    /// that it is not done and nobody is at work on it. Logs are opened until enough runs are named.
    pub(super) fn hints(&self, layout: &Layout, runs: &[Run], is_left: impl Fn(&Run) -> bool) -> Vec<String> {
        let mut left = runs.iter().filter(|run| is_left(run) && self.is_worth_a_look(&run.name()));
        let mut hints: Vec<String> =
            left.by_ref().filter_map(|run| self.hint(layout, run)).take(NAMED).collect();
        let more = left.count();
        if more > 0 {
            hints.push(format!("{more} more to look at"));
        }
        hints
    }

    /// Whether a run is held, has failed, or began and is no longer known to the scheduler.
    fn is_worth_a_look(&self, run: &str) -> bool {
        match self.known.get(run) {
            Some(Known { state, .. }) => state.is_held() || (state.is_failed() && !state.is_cancelled()),
            None => self.forgotten.contains_key(run),
        }
    }

    fn hint(&self, layout: &Layout, run: &Run) -> Option<String> {
        let name = run.name();
        let forgotten = self.forgotten.get(&name);
        match self.known.get(&name) {
            Some(Known { element, state }) if state.is_held() => {
                Some(format!("{name}: held; `scontrol release {}` lets it start", element.id))
            }
            Some(Known { element, state }) => {
                // One that never began has no log; what made it so has one.
                let element = Some(element).filter(|element| element.log.is_file()).or(forgotten)?;
                let end = end_of_log(element);
                Some(failure(layout, run, element, &end, state.name.starts_with("OUT_OF_MEMORY")))
            }
            None => {
                let (element, end) = forgotten.map(|element| (element, end_of_log(element)))?;
                // Its settings were changed since, and there is more to be done now.
                let was_done = end.first().is_some_and(|line| line.ends_with("INFO done"));
                (!was_done).then(|| failure(layout, run, element, &end, false))
            }
        }
    }
}

/// Where the log of an element that left its run unfinished lies, and how it ends.
fn failure(
    layout: &Layout,
    run: &Run,
    element: &QueuedElement,
    end: &[String],
    ran_out_of_memory: bool,
) -> String {
    let name = run.name();
    if ran_out_of_memory || end.iter().any(|line| OUT_OF_MEMORY.iter().any(|text| line.contains(text))) {
        let had = element.mem.as_ref().map_or_else(|| "the partition's".to_owned(), |mem| format!("`{mem}`"));
        let peak = peak(layout, run).map_or_else(
            || "no stage of it was measured yet".to_owned(),
            |(stage, bytes)| format!("`{stage}` took {:.0} MB at most", bytes as f64 / 1e6),
        );
        return format!("{name}: out of memory; {peak}, and it had {had}: raise `slurm.mem`");
    }
    let with = |text: &str| end.iter().find(|line| line.contains(text));
    let telling = with("error: ").or_else(|| with("panicked at")).or(end.first());
    let ends = telling.map(|line| format!(", with the line: {}", shown(line))).unwrap_or_default();
    format!("{name}: its log is `{}`{ends}", element.log.display())
}

/// The last lines of a log that are not empty, the last one first; an earlier start may have had less memory.
/// Of a log that cannot be read there are none.
fn end_of_log(element: &QueuedElement) -> Vec<String> {
    const MOST: u64 = 16 << 10;
    let end = || -> std::io::Result<Vec<u8>> {
        let mut log = fs_err::File::open(&element.log)?;
        let skipped = log.metadata()?.len().saturating_sub(MOST);
        log.seek(SeekFrom::Start(skipped))?;
        let mut end = Vec::new();
        log.take(MOST).read_to_end(&mut end)?;
        Ok(end)
    };
    let end = end().unwrap_or_default();
    let end = String::from_utf8_lossy(&end);
    end.lines().rev().filter(|line| !line.trim().is_empty()).take(50).map(str::to_owned).collect()
}

/// A line of a log for a terminal, which would obey control characters.
fn shown(line: &str) -> String {
    const MOST: usize = 160;
    let start: String = line.trim().chars().filter(|c| !c.is_control()).take(MOST).collect();
    if line.trim().chars().count() > MOST { format!("{start}…") } else { start }
}

/// The stage of a run that took most memory in the last round that was trained.
fn peak(layout: &Layout, run: &Run) -> Option<(&'static str, u64)> {
    let folder = layout.run(&run.cell, run.seed);
    let rounds = folder.trained_rounds().ok()?;
    let of_stage = |stage: &'static str| {
        let manifests = rounds.iter().rev().take(2);
        let mut manifests = manifests
            .filter_map(move |&round| Manifest::find(&folder_of(layout, run, stage, round), stage).ok()?);
        manifests.next().map(|manifest| (stage, manifest.run.peak_memory_bytes))
    };
    ["train", "score", "select"].into_iter().filter_map(of_stage).max_by_key(|(_, bytes)| *bytes)
}

fn folder_of(layout: &Layout, run: &Run, stage: &str, round: u64) -> std::path::PathBuf {
    layout.run(&run.cell, run.seed).artifact(stage, round)
}
