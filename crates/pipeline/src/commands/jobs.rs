//! What the scheduler says of runs, beside what their files say.

use std::collections::BTreeMap;

use bal_artifact::{Layout, Manifest, SlurmFolder};

use crate::Error;
use crate::executor::slurm::{Known, Queue};
use crate::sweep::Run;

/// Failed runs whose logs are named; the others are counted.
const NAMED: usize = 10;

/// What Slurm and the kernel write into the log of a job that needed more memory than it had.
const OUT_OF_MEMORY: [&str; 4] = ["Exceeded job memory limit", "oom-kill", "oom_kill", "Out Of Memory"];

/// What the scheduler says of runs.
#[derive(Debug, Default)]
pub(super) struct Jobs(BTreeMap<String, Known>);

impl Jobs {
    /// Asks the scheduler once, if anything was submitted. Where it does not answer, files say all there is.
    pub(super) fn look(layout: &Layout) -> Result<Self, Error> {
        if layout.slurm().submitted()?.arrays.is_empty() {
            return Ok(Self::default());
        }
        match Queue::look(layout) {
            Ok(queue) => {
                let runs = queue.by_run().into_iter();
                Ok(Self(runs.map(|(run, known)| (run.to_owned(), known)).collect()))
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
        match self.0.get(run) {
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
        self.0.get(run).is_some_and(|known| known.state.is_alive())
    }

    /// What to do about runs that are held, or failed and are not done.
    pub(super) fn hints(&self, layout: &Layout, runs: &[Run], is_done: impl Fn(&Run) -> bool) -> Vec<String> {
        let (mut hints, mut more) = (Vec::new(), 0);
        for run in runs.iter().filter(|run| !is_done(run)) {
            let name = run.name();
            let Some(known) = self.0.get(&name) else { continue };
            let hint = match known {
                known if known.state.is_held() => {
                    format!("{name}: held; `scontrol release {}` lets it start", known.id)
                }
                known if known.state.is_failed() && !known.state.is_cancelled() => {
                    failure(layout, run, known)
                }
                _ => continue,
            };
            if hints.len() < NAMED { hints.push(hint) } else { more += 1 }
        }
        if more > 0 {
            hints.push(format!("{more} more like these"));
        }
        hints
    }
}

/// Where the log of a failed element lies, and what it says of memory.
fn failure(layout: &Layout, run: &Run, known: &Known) -> String {
    let slurm: SlurmFolder = layout.slurm();
    let log = slurm.log(&known.array, &known.element.to_string());
    let text =
        fs_err::read(&log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    // The end of a long log: an earlier start may have had less memory.
    let last = text.lines().rev().take(50).any(|line| OUT_OF_MEMORY.iter().any(|text| line.contains(text)));
    let name = run.name();
    if last || known.state.name.starts_with("OUT_OF_MEMORY") {
        let had = known.mem.as_ref().map_or_else(|| "the partition's".to_owned(), |mem| format!("`{mem}`"));
        let peak = peak(layout, run).map_or_else(
            || "no stage of it was measured yet".to_owned(),
            |(stage, bytes)| format!("`{stage}` took {:.0} MB at most", bytes as f64 / 1e6),
        );
        return format!("{name}: out of memory; {peak}, and it had {had}: raise `slurm.mem`");
    }
    format!("{name}: its log is `{}`", log.display())
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
