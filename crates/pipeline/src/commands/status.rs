//! `bal status`: how far every run has come, from its files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bal_artifact::{Layout, Lock, Manifest};
use bal_cli::say;

use super::jobs::Jobs;
use crate::Error;
use crate::args::StatusArgs;
use crate::experiment::Experiment;
use crate::metrics::read_metrics;
use crate::plan;
use crate::reason::Stale;
use crate::staleness::{self, Known};
use crate::sweep::Run;
use crate::task::{Stage, Task, tasks};
use crate::words::{count, table};

pub(super) fn status(args: StatusArgs) -> Result<(), Error> {
    let experiment = if args.path.is_dir() {
        // The data folder is not looked at.
        Experiment::of_folder(&args.path, PathBuf::new())?
    } else {
        Experiment::open(&args.into_pipeline())?
    };
    let Experiment { layout, runs, .. } = &experiment;
    let mut rows =
        vec![["run", "rounds", "labels", "accuracy", "state", "last stage started"].map(str::to_owned)];
    let jobs = Jobs::look(layout)?;
    let (mut others, mut done) = (Vec::new(), BTreeSet::new());
    for run in runs {
        let current = Current::of(layout, run)?;
        rows.push(row(layout, run, &current, &jobs)?);
        others.extend(current.others(layout, run));
        done.extend((current.trained > run.settings.rounds).then(|| run.name()));
    }
    let hints = jobs.hints(layout, runs, |run| done.contains(&run.name()));
    for line in table(&rows).iter().chain(&others).chain(&hints) {
        say(line);
    }
    for left_out in plan::left_out(layout, runs)? {
        say(&left_out);
    }
    Ok(())
}

/// The stages of a run that are as the pipeline has them, up to the first that is not.
#[derive(Debug, Default)]
struct Current {
    /// Number of trainings among them.
    trained: u64,
    /// Manifest of the last one.
    last: Option<Manifest>,
    /// What comes next, and why it is not among them.
    next: Option<(Task, Stale)>,
}

impl Current {
    fn of(layout: &Layout, run: &Run) -> Result<Self, Error> {
        let (mut current, mut known, mut threads) = (Self::default(), Known::default(), None);
        for task in tasks(run.settings.rounds) {
            let expected = plan::expected_of_any_data(layout, run, task, threads);
            if let Some(stale) = staleness::check(&expected, &mut known)? {
                current.next = Some((task, stale));
                break;
            }
            let manifest = Manifest::read(&expected.folder, expected.stage)?;
            // However many there were in the first training, a run has as many in all.
            threads = threads.or(manifest.training_threads());
            current.trained += u64::from(task.stage == Stage::Train);
            current.last = Some(manifest);
        }
        Ok(current)
    }

    /// A line about rounds that were trained and are not current.
    fn others(&self, layout: &Layout, run: &Run) -> Option<String> {
        let (task, stale) = self.next.as_ref()?;
        let trained = |&round: &u64| layout.run(&run.cell, run.seed).has("train", round);
        match (self.trained..=run.settings.rounds).filter(trained).count() {
            0 => None,
            rounds => Some(format!(
                "{}: {} of another configuration there, first {task}: {stale}",
                run.name(),
                count(rounds, "round")
            )),
        }
    }
}

fn row(layout: &Layout, run: &Run, current: &Current, jobs: &Jobs) -> Result<[String; 6], Error> {
    let rounds = run.settings.rounds;
    let running = Lock::holder(layout.run(&run.cell, run.seed).path())?.is_some();
    let state = match current.trained {
        _ if running => "running",
        trained if trained > rounds => "done",
        // A `bal run` is at work, and has not come to this run yet.
        _ if Lock::holder(&layout.root)?.is_some() => "waiting",
        0 => "not started",
        _ => "stopped",
    };
    let state = jobs.state(&run.name(), state);
    let (Some(round), Some(last)) = (current.trained.checked_sub(1), &current.last) else {
        return Ok([run.name(), format!("0/{rounds}"), "-".into(), "-".into(), state, "-".into()]);
    };
    let (labels, accuracy) = read_metrics(&Task::train(round).folder(layout, run))?;
    let figures = [format!("{round}/{rounds}"), labels.to_string(), format!("{accuracy:.4}")];
    let [rounds, labels, accuracy] = figures;
    Ok([run.name(), rounds, labels, accuracy, state, last.run.started.clone()])
}
