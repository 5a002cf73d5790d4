//! How far a run has come, as its files have it.

use std::collections::BTreeMap;

use bal_artifact::{Layout, Lock, Manifest};
use serde::Serialize;

use crate::Error;
use crate::metrics::read_metrics;
use crate::plan;
use crate::reason::Stale;
use crate::staleness::{self, Known};
use crate::sweep::Run;
use crate::task::{Stage, Task, tasks};
use crate::words::count;

/// A rate is that of so many of the last rounds.
const RECENT: usize = 3;

/// What is going on with a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Nothing of it is there, and nobody is at work.
    NotStarted,
    /// A `bal run` is at work, and has not come to this run yet.
    Waiting,
    /// A worker has it.
    Running,
    /// It has begun, and nobody is at work.
    Stopped,
    /// It has reached its last round.
    Done,
}

impl State {
    /// As people read it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "not started",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }

    /// Whether somebody is at work on it, or is going to be.
    pub(crate) fn is_at_work(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

/// The stages of a run that are as the pipeline has them, up to the first that is not.
#[derive(Debug)]
pub(crate) struct Standing<'a> {
    /// The run.
    pub(crate) run: &'a Run,
    /// Number of trainings among these stages.
    pub(crate) trained: u64,
    /// Labels and test accuracy of the last of them.
    pub(crate) figures: Option<(u64, f64)>,
    /// UTC time at which the last of the stages started.
    pub(crate) last_started: Option<String>,
    /// All stages of the run, and how many of them these are.
    order: Vec<Task>,
    passed: usize,
    /// Threads of its trainings. However many there were in the first one, a run has as many in all.
    threads: Option<usize>,
    /// Seconds of the stages of each round.
    seconds: BTreeMap<u64, f64>,
    /// Why the next stage is not among these.
    stale: Option<Stale>,
}

impl<'a> Standing<'a> {
    /// Of a run that was not looked at yet.
    pub(crate) fn new(run: &'a Run) -> Self {
        let order = tasks(run.settings.rounds);
        Self {
            run,
            trained: 0,
            figures: None,
            last_started: None,
            order,
            passed: 0,
            threads: None,
            seconds: BTreeMap::new(),
            stale: None,
        }
    }

    /// Looks at the stages after those that were seen at the last look. The data folder is not looked at.
    pub(crate) fn look(&mut self, layout: &Layout) -> Result<(), Error> {
        let mut known = Known::default();
        let trained = self.trained;
        self.stale = None;
        while let Some(&task) = self.order.get(self.passed) {
            let expected = plan::expected_of_any_data(layout, self.run, task, self.threads);
            self.stale = staleness::check(&expected, &mut known)?;
            if self.stale.is_some() {
                break;
            }
            let manifest = Manifest::read(&expected.folder, expected.stage)?;
            self.threads = self.threads.or(manifest.training_threads());
            self.trained += u64::from(task.stage == Stage::Train);
            *self.seconds.entry(task.round).or_default() += manifest.run.seconds;
            self.last_started = Some(manifest.run.started);
            self.passed += 1;
        }
        if self.trained > trained {
            self.figures = Some(read_metrics(&Task::train(self.trained - 1).folder(layout, self.run))?);
        }
        Ok(())
    }

    /// What is going on with it.
    pub(crate) fn state(&self, layout: &Layout) -> Result<State, Error> {
        let running = Lock::holder(layout.run(&self.run.cell, self.run.seed).path())?.is_some();
        Ok(match self.trained {
            _ if running => State::Running,
            trained if trained > self.rounds() => State::Done,
            _ if Lock::holder(&layout.root)?.is_some() => State::Waiting,
            0 => State::NotStarted,
            _ => State::Stopped,
        })
    }

    /// The last round.
    pub(crate) fn rounds(&self) -> u64 {
        self.run.settings.rounds
    }

    /// The last round that was trained.
    pub(crate) fn round(&self) -> Option<u64> {
        self.trained.checked_sub(1)
    }

    /// Wall-clock seconds of a round, as the last ones were; with a group, of a round of all its runs.
    pub(crate) fn seconds_per_round(&self) -> Option<f64> {
        let recent: Vec<f64> = self
            .seconds
            .range(..self.whole_rounds())
            .rev()
            .take(RECENT)
            .map(|(_, seconds)| *seconds)
            .collect();
        (!recent.is_empty()).then(|| recent.iter().sum::<f64>() / recent.len() as f64)
    }

    /// Seconds of the rounds that are to come, if they take as long as the last ones.
    pub(crate) fn seconds_left(&self) -> Option<f64> {
        match self.rounds() + 1 - self.whole_rounds() {
            0 => Some(0.0),
            rounds => Some(rounds as f64 * self.seconds_per_round()?),
        }
    }

    /// Rounds of which no stage is to come.
    fn whole_rounds(&self) -> u64 {
        self.order.get(self.passed).map_or(self.rounds() + 1, |next| next.round)
    }

    /// A line about rounds that were trained and are not current.
    pub(crate) fn others(&self, layout: &Layout) -> Option<String> {
        let (task, stale) = (self.order.get(self.passed)?, self.stale.as_ref()?);
        let folder = layout.run(&self.run.cell, self.run.seed);
        let trained = |&round: &u64| folder.has("train", round);
        match (self.trained..=self.rounds()).filter(trained).count() {
            0 => None,
            rounds => Some(format!(
                "{}: {} of another configuration there, first {task}: {stale}",
                self.run.name(),
                count(rounds, "round")
            )),
        }
    }
}
