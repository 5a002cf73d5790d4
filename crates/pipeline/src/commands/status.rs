//! `bal status`: how far every run has come, from its files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bal_artifact::{Layout, Lock};
use bal_cli::{check_interrupt, say};
use serde::Serialize;

use super::jobs::Jobs;
use super::watch;
use crate::args::StatusArgs;
use crate::experiment::Experiment;
use crate::standing::{Standing, State};
use crate::words::{span, table};
use crate::{Error, plan};

/// Version of what `--json` prints. Fields may be added to it; one that goes or means something else raises
/// it.
const FORMAT: u32 = 1;

pub(super) fn status(args: &StatusArgs) -> Result<(), Error> {
    if args.watch {
        return watch::watch(args);
    }
    let experiment = open(args)?;
    let mut standings: Vec<Standing> = experiment.runs.iter().map(Standing::new).collect();
    let view = View::of(&experiment, &mut standings, &Jobs::look(&experiment.layout)?)?;
    if args.json {
        say(&view.json(true));
    } else {
        for line in view.table().iter().chain(&view.notes) {
            say(line);
        }
    }
    Ok(())
}

/// The experiment of a folder, or of a pipeline file as if `bal run` were given the same.
pub(super) fn open(args: &StatusArgs) -> Result<Experiment, Error> {
    if args.path.is_dir() {
        // The data folder is not looked at.
        Experiment::of_folder(&args.path, PathBuf::new())
    } else {
        Experiment::open(&args.pipeline())
    }
}

/// An experiment at one moment; as JSON what README.md says of it.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct View {
    format: u32,
    experiment: String,
    folder: PathBuf,
    /// Whether a `bal run` holds the folder.
    at_work: bool,
    pub(super) runs: Vec<Row>,
    /// What else there is to be said.
    pub(super) notes: Vec<String>,
}

/// A run at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Row {
    run: String,
    cell: String,
    seed: u64,
    pub(super) state: State,
    /// What the scheduler says of its job, where that tells more.
    queue: Option<String>,
    /// Whether it has a job that waits or runs.
    #[serde(skip)]
    is_queued: bool,
    round: Option<u64>,
    rounds: u64,
    labels: Option<u64>,
    accuracy: Option<f64>,
    seconds_per_round: Option<f64>,
    seconds_left: Option<f64>,
    last_stage_started: Option<String>,
}

impl View {
    /// What there is to be seen now; `standings` are those of the last look at the same runs, `jobs` what the
    /// scheduler said when it was asked last.
    pub(super) fn of(
        experiment: &Experiment,
        standings: &mut [Standing],
        jobs: &Jobs,
    ) -> Result<Self, Error> {
        let Experiment { layout, pipeline, runs, .. } = experiment;
        let mut rows = Vec::with_capacity(runs.len());
        let mut notes = Vec::new();
        for standing in standings {
            check_interrupt()?;
            standing.look(layout)?;
            rows.push(Row::of(layout, standing, jobs)?);
            notes.extend(standing.others(layout));
        }
        let is_left = |row: &&Row| matches!(row.state, State::NotStarted | State::Stopped);
        let left: BTreeSet<&str> = rows.iter().filter(is_left).map(|row| row.run.as_str()).collect();
        notes.extend(jobs.hints(layout, runs, |run| left.contains(run.name().as_str())));
        notes.extend(plan::left_out(layout, runs)?);
        Ok(Self {
            format: FORMAT,
            experiment: pipeline.name.clone(),
            folder: layout.root.clone(),
            at_work: Lock::holder(&layout.root)?.is_some(),
            runs: rows,
            notes,
        })
    }

    /// Whether somebody is at work.
    pub(super) fn is_at_work(&self) -> bool {
        self.at_work || self.runs.iter().any(|row| row.is_queued || row.state.is_at_work())
    }

    /// Whether all runs have reached their last round.
    pub(super) fn is_done(&self) -> bool {
        self.runs.iter().all(|row| row.state == State::Done)
    }

    /// A line of titles and a line per run.
    pub(super) fn table(&self) -> Vec<String> {
        let titles =
            ["run", "rounds", "labels", "accuracy", "per round", "left", "state", "last stage started"];
        let rows: Vec<[String; 8]> =
            std::iter::once(titles.map(str::to_owned)).chain(self.runs.iter().map(Row::cells)).collect();
        table(&rows)
    }

    /// For programs: one line, or laid out for people.
    pub(super) fn json(&self, pretty: bool) -> String {
        let json = if pretty { serde_json::to_string_pretty(self) } else { serde_json::to_string(self) };
        json.expect("strings and finite numbers are always JSON")
    }
}

impl Row {
    fn of(layout: &Layout, standing: &Standing, jobs: &Jobs) -> Result<Self, Error> {
        let (run, state) = (standing.run, standing.state(layout)?);
        let queue = jobs.state(&run.name(), state.name());
        Ok(Self {
            run: run.name(),
            cell: run.cell.clone(),
            seed: run.seed,
            state,
            queue: Some(queue).filter(|queue| queue != state.name()),
            is_queued: jobs.is_alive(&run.name()),
            round: standing.round(),
            rounds: standing.rounds(),
            labels: standing.figures.map(|(labels, _)| labels),
            accuracy: standing.figures.map(|(_, accuracy)| accuracy),
            seconds_per_round: standing.seconds_per_round(),
            seconds_left: standing.seconds_left(),
            last_stage_started: standing.last_started.clone(),
        })
    }

    /// What changes once in a round.
    pub(super) fn progress(&self) -> (&str, State, Option<&str>, Option<u64>) {
        (&self.run, self.state, self.queue.as_deref(), self.round)
    }

    fn cells(&self) -> [String; 8] {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let left = self.seconds_left.filter(|_| self.state != State::Done);
        [
            self.run.clone(),
            format!("{}/{}", self.round.unwrap_or(0), self.rounds),
            or_dash(self.labels.map(|labels| labels.to_string())),
            or_dash(self.accuracy.map(|accuracy| format!("{accuracy:.4}"))),
            or_dash(self.seconds_per_round.map(span)),
            or_dash(left.map(span)),
            self.queue.clone().unwrap_or_else(|| self.state.name().to_owned()),
            or_dash(self.last_stage_started.clone()),
        ]
    }
}
