//! A worker: advances its group of runs through their rounds, calling the stages as libraries.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

use bal_artifact::Lock;
use bal_cli::check_interrupt;
use bal_model::Compute;

use super::{Event, leftovers, retention};
use crate::Error;
use crate::layout::Layout;
use crate::metrics::read_metrics;
use crate::plan::expected;
use crate::selection;
use crate::staleness::{self, Known, Reason, Stale};
use crate::sweep::RunSpec;
use crate::task::{Stage, Task, tasks_of_round};

/// A worker whose parent was killed still holds its locks up to its next safe point.
const LOCK_PATIENCE: Duration = Duration::from_secs(20);

/// What a worker is given.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) layout: Layout,
    /// Advanced in lock-step.
    pub(crate) runs: Vec<RunSpec>,
    pub(crate) compute: Compute,
    pub(crate) force: Option<Stage>,
}

/// Stops this process at its next safe point once stdin ends: its parent has stopped, in whatever way.
pub(crate) fn stop_with_parent() {
    const SIGTERM: u8 = 15;
    std::thread::spawn(|| {
        let mut buffer = [0; 64];
        while matches!(std::io::stdin().read(&mut buffer), Ok(n) if n > 0) {}
        bal_cli::request_stop(SIGTERM);
    });
}

/// Brings every run of the group to its last round.
pub(crate) fn advance(group: &Group) -> Result<(), Error> {
    let locks = group.runs.iter().map(|run| lock(&group.layout.run(run)));
    let _locks = locks.collect::<Result<Vec<_>, _>>()?;
    group.runs.iter().try_for_each(|run| leftovers::remove(&group.layout.run(run), true))?;
    let mut walkers: Vec<Walker> =
        group.runs.iter().map(|run| Walker { group, run, forced: BTreeSet::new() }).collect();
    let last = group.runs.iter().map(|run| run.pipeline.rounds).max().unwrap_or(0);
    for round in 0..=last {
        for walker in walkers.iter_mut().filter(|walker| round <= walker.run.pipeline.rounds) {
            walker.round(round)?;
        }
    }
    Ok(())
}

fn lock(folder: &Path) -> Result<Lock, Error> {
    let start = Instant::now();
    loop {
        match Lock::acquire(folder) {
            Err(bal_artifact::Error::Locked { .. }) if start.elapsed() < LOCK_PATIENCE => {
                check_interrupt()?;
                std::thread::sleep(Duration::from_millis(100));
            }
            other => return Ok(other?),
        }
    }
}

/// One run on its way.
struct Walker<'a> {
    group: &'a Group,
    run: &'a RunSpec,
    /// Forced tasks that were done.
    forced: BTreeSet<Task>,
}

impl Walker<'_> {
    fn round(&mut self, round: u64) -> Result<(), Error> {
        let start = Instant::now();
        let rounds = self.run.pipeline.rounds;
        let mut fresh = false;
        for task in tasks_of_round(round, rounds) {
            check_interrupt()?;
            if let Some(stale) = self.verdict(task)? {
                self.perform(task, &stale)?;
                fresh = true;
            }
        }
        retention::apply(&self.group.layout, self.run, round)?;
        let (labels, accuracy) = read_metrics(&self.group.layout.artifact(self.run, Task::train(round)))?;
        let seconds = if fresh { start.elapsed().as_secs_f64() } else { 0.0 };
        Event { run: self.run.name(), round, rounds, labels, accuracy, seconds, fresh }.send();
        Ok(())
    }

    /// Looks at the files as they are now: what was made anew with the same bytes makes nothing else stale.
    fn verdict(&self, task: Task) -> Result<Option<Stale>, Error> {
        let own = staleness::check(&expected(&self.group.layout, self.run, task), &mut Known::default())?;
        let forced = self.group.force == Some(task.stage) && !self.forced.contains(&task);
        Ok(own.or_else(|| forced.then(|| Stale::new(Reason::Forced, ""))))
    }

    /// Runs a task, and before it whatever makes those of its inputs that were pruned.
    fn perform(&mut self, task: Task, stale: &Stale) -> Result<(), Error> {
        for (source, file) in task.reads(self.run.method()) {
            if !self.group.layout.artifact(self.run, source).join(file).exists() {
                self.perform(
                    source,
                    &Stale::new(Reason::Missing, format!("`{file}` was pruned and is needed again")),
                )?;
            }
        }
        check_interrupt()?;
        tracing::debug!("{} {task}: {stale}", self.run.name());
        self.remove_remains(task)?;
        self.call(task)?;
        self.forced.insert(task);
        Ok(())
    }

    /// A stage's folder without a manifest is no artifact; a stage would refuse to replace it, but here it can
    /// only be what is left of one.
    fn remove_remains(&self, task: Task) -> Result<(), Error> {
        let folder = self.group.layout.artifact(self.run, task);
        if !folder.is_dir() || folder.join(format!("{}.json", task.stage.name())).is_file() {
            return Ok(());
        }
        tracing::warn!("`{}` has no manifest and is made again", folder.display());
        fs_err::remove_dir_all(&folder).map_err(|source| {
            Error::Artifact(bal_artifact::Error::Io { action: "remove", path: folder, source })
        })
    }

    fn call(&self, task: Task) -> Result<(), Error> {
        let Group { layout, compute, .. } = self.group;
        let (pipeline, seed, round) = (&self.run.pipeline, self.run.seed, task.round);
        let file = |(task, file): (Task, &str)| layout.artifact(self.run, task).join(file);
        let data = layout.data(&pipeline.prepare.dataset);
        let out = layout.artifact(self.run, task);
        let root = layout.root.clone();
        match task.stage {
            Stage::Split => {
                let run = bal_prepare::split::Run { data, out, root, seed };
                bal_prepare::split::run(&pipeline.prepare.split(), &run)?;
            }
            Stage::Train => {
                let labelled = file(Task::labelled(round));
                let validation = file((Task::SPLIT, "validation.npy"));
                let first_round = (round > 0).then(|| layout.artifact(self.run, Task::train(0)));
                let run = bal_train::Run { data, labelled, validation, first_round, out, root, seed, round };
                bal_train::run(&pipeline.train, &[run], compute)?;
            }
            Stage::Score => {
                let model = file((Task::train(round), "model.safetensors"));
                let pool = file((Task::SPLIT, "pool.npy"));
                let exclude = Some(file(Task::labelled(round)));
                let run = bal_score::Run { model, data, pool, exclude, out, root, seed, round };
                bal_score::run(&pipeline.score, &[run], compute)?;
            }
            Stage::Select => {
                let source = selection::source(layout, self.run, round);
                let labelled = Some(file(Task::labelled(round)));
                let (threads, explain) = (compute.threads, false);
                let run = bal_select::Run { source, labelled, out, root, seed, round, threads, explain };
                bal_select::run(&pipeline.select, &run)?;
            }
            Stage::Report => unreachable!("a report belongs to no run"),
        }
        Ok(())
    }
}
