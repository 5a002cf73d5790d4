//! A worker: advances its group of runs through their rounds, calling the stages as libraries.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bal_artifact::{Layout, Lock, remove_leftovers};
use bal_cli::{Failure, check_interrupt};
use bal_model::Compute;

use super::events::{Advanced, Event, Failed};
use super::groups::train_alike;
use super::{remains, retention, slurm};
use crate::Error;
use crate::call::{Call, training};
use crate::metrics::read_metrics;
use crate::plan::{expected, training_threads};
use crate::reason::{Reason, Stale};
use crate::staleness::{self, Known};
use crate::sweep::Run;
use crate::task::{Stage, Task, tasks_of_round};

/// A worker whose parent was killed holds its locks a moment longer.
const LOCK_PATIENCE: Duration = Duration::from_secs(20);

/// What a worker is given.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) layout: Layout,
    /// Advanced in lock-step.
    pub(crate) runs: Vec<Run>,
    pub(crate) compute: Compute,
    pub(crate) force: Option<Stage>,
    /// Only this stage of this round, with what stands before `train` in a round; otherwise everything.
    pub(crate) only: Option<(u64, Stage)>,
    /// How long files that another machine wrote are waited for.
    pub(crate) latency_wait: Duration,
    pub(crate) reports: Reports,
}

/// Who is told how far runs have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reports {
    /// The process that started this one.
    ToParent,
    /// People, who read a log.
    ToLog,
}

impl Reports {
    fn tell(self, event: &Event) {
        match (self, event) {
            (Self::ToParent, event) => event.send(),
            (Self::ToLog, Event::Round(round)) if round.fresh => tracing::info!("{round}"),
            (Self::ToLog, Event::Round(_)) => {}
            (Self::ToLog, Event::Failed(Failed { run, text, .. })) => tracing::error!("{run}: {text}"),
        }
    }
}

/// Stops this process at its next safe point if the parent says so, and at once when stdin ends: the parent
/// is gone, be it killed or in a hurry, and nobody waits for what this process would still do.
pub(crate) fn stop_with_parent() {
    const SIGTERM: u8 = 15;
    std::thread::spawn(|| {
        let mut buffer = [0; 64];
        while matches!(std::io::stdin().read(&mut buffer), Ok(n) if n > 0) {
            bal_cli::request_stop(SIGTERM);
        }
        bal_cli::leave_at_once(SIGTERM);
    });
}

/// Brings every run of the group to its last round, all of them round by round.
///
/// # Errors
/// What went wrong with a run that is alone. One of several that fails drops out and is reported; the
/// others go on.
pub(crate) fn advance(group: &Group) -> Result<(), Error> {
    let mut walkers = Vec::with_capacity(group.runs.len());
    for run in &group.runs {
        walkers.extend(survives(group, run, Walker::start(group, run))?);
    }
    if let Some((round, stage)) = group.only {
        return advance_stage(group, walkers, round, stage);
    }
    let last = group.runs.iter().map(|run| run.settings.rounds).max().unwrap_or(0);
    for round in 0..=last {
        let start = Instant::now();
        walkers.retain(|walker| round <= walker.run.settings.rounds);
        for task in before_training(round) {
            walkers = each(group, walkers, |walker| walker.bring_up_to_date(task))?;
        }
        train_together(group, &mut walkers, round)?;
        walkers = each(group, walkers, |walker| walker.round(round, start))?;
    }
    Ok(())
}

/// Brings one stage of one round up to date, in every run that has it.
fn advance_stage<'a>(
    group: &'a Group,
    mut walkers: Vec<Walker<'a>>,
    round: u64,
    stage: Stage,
) -> Result<(), Error> {
    let start = Instant::now();
    walkers
        .retain(|walker| tasks_of_round(round, walker.run.settings.rounds).contains(&Task { round, stage }));
    let mut tasks = vec![Task { round, stage }];
    if stage == Stage::Train {
        tasks.splice(0..0, before_training(round));
    }
    walkers = each(group, walkers, |walker| walker.await_inputs(&tasks))?;
    for &task in &tasks {
        if task.stage == Stage::Train {
            train_together(group, &mut walkers, round)?;
        }
        walkers = each(group, walkers, |walker| walker.bring_up_to_date(task))?;
    }
    let ends_round =
        |walker: &Walker| tasks_of_round(round, walker.run.settings.rounds).last() == tasks.last();
    walkers.retain(ends_round);
    each(group, walkers, |walker| walker.round(round, start))?;
    Ok(())
}

/// What stands before the training of a round.
fn before_training(round: u64) -> impl Iterator<Item = Task> {
    tasks_of_round(round, round).into_iter().take_while(|task| task.stage != Stage::Train)
}

/// Does something with every run; keeps those with which it worked.
fn each<'a>(
    group: &'a Group,
    walkers: Vec<Walker<'a>>,
    mut action: impl FnMut(&mut Walker<'a>) -> Result<(), Error>,
) -> Result<Vec<Walker<'a>>, Error> {
    let mut surviving = Vec::with_capacity(walkers.len());
    for mut walker in walkers {
        let outcome = action(&mut walker);
        surviving.extend(survives(group, walker.run, outcome.map(|()| walker))?);
    }
    Ok(surviving)
}

/// What one run came to, or nothing if it failed and others of its group go on.
fn survives<T>(group: &Group, run: &Run, outcome: Result<T, Error>) -> Result<Option<T>, Error> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        // A stop is asked of the whole worker.
        Err(error) if group.runs.len() == 1 || check_interrupt().is_err() => Err(error),
        Err(error) => {
            let failure = Failure::from(error);
            let (code, text) = (failure.exit_code(), failure.render());
            group.reports.tell(&Event::Failed(Failed { run: run.name(), code, text }));
            Ok(None)
        }
    }
}

/// Trains all runs that need it as one model.
///
/// This only saves time: where it fails, each run is trained alone afterwards, which tells whose fault it
/// is and lets the others go on.
fn train_together(group: &Group, walkers: &mut [Walker], round: u64) -> Result<(), Error> {
    if walkers.len() < 2 {
        return Ok(());
    }
    let task = Task::train(round);
    let mut stale: Vec<&mut Walker> = Vec::new();
    for walker in walkers {
        // A run that cannot even be looked at fails by itself later on.
        if let Ok(Some(reason)) = walker.verdict(task)
            && walker.prepare(task, &reason).is_ok()
        {
            stale.push(walker);
        }
    }
    while let Some(first) = stale.first().map(|walker| walker.run) {
        let alike = stale.extract_if(.., |walker| train_alike(walker.run, first)).collect::<Vec<_>>();
        if alike.len() < 2 {
            continue;
        }
        let layout = &group.layout;
        let runs: Vec<_> = alike.iter().map(|walker| training(layout, walker.run, round)).collect();
        match bal_train::run(&first.settings.train, &runs, &group.compute) {
            Ok(()) => alike.into_iter().for_each(|walker| walker.done(task)),
            Err(error) => {
                check_interrupt()?;
                let error = Failure::from(error).render().replace('\n', "; ");
                tracing::warn!("{} runs are trained one by one, because together: {error}", runs.len());
            }
        }
    }
    Ok(())
}

fn lock(folder: &Path) -> Result<Lock, Error> {
    let start = Instant::now();
    loop {
        match Lock::acquire_judged(folder, &slurm::is_gone) {
            Err(bal_artifact::Error::Locked { .. }) if start.elapsed() < LOCK_PATIENCE => {
                check_interrupt()?;
                std::thread::sleep(Duration::from_millis(100));
            }
            other => return Ok(other?),
        }
    }
}

/// Says that a leftover goes.
pub(crate) fn say_removed(path: &Path) {
    tracing::debug!("removing `{}`, left by a process that is gone", path.display());
}

/// One run on its way.
struct Walker<'a> {
    group: &'a Group,
    run: &'a Run,
    /// Tasks that were done here, so that forced ones are done once.
    done: BTreeSet<Task>,
    lock: Lock,
}

impl<'a> Walker<'a> {
    fn start(group: &'a Group, run: &'a Run) -> Result<Self, Error> {
        let folder = group.layout.run(&run.cell, run.seed);
        let lock = lock(folder.path())?;
        remove_leftovers(folder.path(), true, &mut say_removed)?;
        Ok(Self { group, run, done: BTreeSet::new(), lock })
    }

    /// Does what is left to do of a round that started at `start`.
    fn round(&mut self, round: u64, start: Instant) -> Result<(), Error> {
        let rounds = self.run.settings.rounds;
        let tasks = tasks_of_round(round, rounds);
        for &task in &tasks {
            self.bring_up_to_date(task)?;
        }
        retention::apply(&self.group.layout, self.run, round)?;
        let (labels, accuracy) = read_metrics(&self.folder(Task::train(round)))?;
        let fresh = tasks.iter().any(|task| self.done.contains(task));
        let seconds = if fresh { start.elapsed().as_secs_f64() } else { 0.0 };
        let event = Advanced { run: self.run.name(), round, rounds, labels, accuracy, seconds, fresh };
        self.group.reports.tell(&Event::Round(event));
        Ok(())
    }

    fn bring_up_to_date(&mut self, task: Task) -> Result<(), Error> {
        check_interrupt()?;
        match self.verdict(task)? {
            Some(stale) => self.perform(task, &stale),
            None => Ok(()),
        }
    }

    /// Waits until all that these tasks read of others is up to date: the node that made it may be another
    /// one, whose files come late.
    fn await_inputs(&mut self, tasks: &[Task]) -> Result<(), Error> {
        let (start, uses) = (Instant::now(), self.run.settings.uses());
        let read =
            tasks.iter().flat_map(|task| task.reads_of_tasks(uses).map(move |(source, _)| (*task, source)));
        for (task, source) in read.filter(|(_, source)| !tasks.contains(source)).collect::<BTreeSet<_>>() {
            while let Some(stale) = self.verdict(source)? {
                if start.elapsed() >= self.group.latency_wait {
                    let [task, read] = [task, source].map(|task| task.to_string());
                    return Err(Error::NotReady {
                        run: self.run.name(),
                        task,
                        read,
                        stale: stale.to_string(),
                    });
                }
                check_interrupt()?;
                std::thread::sleep(Duration::from_millis(200));
            }
        }
        Ok(())
    }

    /// Looks at the files as they are now: what was made anew with the same bytes makes nothing else stale.
    fn verdict(&self, task: Task) -> Result<Option<Stale>, Error> {
        let Group { layout, compute, .. } = self.group;
        let expected = expected(layout, self.run, task, training_threads(compute));
        let own = staleness::check(&expected, &mut Known::default())?;
        let forced = self.group.force == Some(task.stage) && !self.done.contains(&task);
        Ok(own.or_else(|| forced.then(|| Stale::new(Reason::Forced, ""))))
    }

    /// Runs a task, and before it whatever makes those of its inputs that were pruned.
    fn perform(&mut self, task: Task, stale: &Stale) -> Result<(), Error> {
        self.prepare(task, stale)?;
        Call::of(&self.group.layout, self.run, task).run(&self.group.compute)?;
        self.done(task);
        Ok(())
    }

    /// Does everything that comes before a task itself.
    fn prepare(&mut self, task: Task, stale: &Stale) -> Result<(), Error> {
        for (source, file) in task.reads_of_tasks(self.run.settings.uses()) {
            if !self.folder(source).join(file).exists() {
                self.perform(
                    source,
                    &Stale::new(Reason::Missing, format!("`{file}` was pruned and is needed again")),
                )?;
            }
        }
        check_interrupt()?;
        self.lock.check(self.group.layout.run(&self.run.cell, self.run.seed).path())?;
        tracing::debug!("{} {task}: {stale}", self.run.name());
        Ok(remains::remove(&self.folder(task), task.stage)?)
    }

    fn done(&mut self, task: Task) {
        self.done.insert(task);
    }

    fn folder(&self, task: Task) -> PathBuf {
        task.folder(&self.group.layout, self.run)
    }
}
