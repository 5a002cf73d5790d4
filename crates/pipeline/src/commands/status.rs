//! `bal status`: how far every run has come, from its files.

use std::path::PathBuf;

use bal_artifact::{Lock, Manifest};
use bal_cli::say;

use super::words::table;
use crate::Error;
use crate::args::StatusArgs;
use crate::experiment::Experiment;
use crate::layout::Layout;
use crate::metrics::read_metrics;
use crate::sweep::RunSpec;
use crate::task::{Stage, Task};

pub(super) fn status(args: StatusArgs) -> Result<(), Error> {
    let experiment = if args.path.is_dir() {
        // The data folder is not looked at.
        Experiment::of_folder(&args.path, PathBuf::new())?
    } else {
        Experiment::open(&args.into_pipeline())?
    };
    let mut rows =
        vec![["run", "rounds", "labels", "accuracy", "state", "last stage started"].map(str::to_owned)];
    for run in &experiment.runs {
        rows.push(row(&experiment.layout, run)?);
    }
    for line in table(&rows) {
        say(&line);
    }
    Ok(())
}

fn row(layout: &Layout, run: &RunSpec) -> Result<[String; 6], Error> {
    let rounds = run.pipeline.rounds;
    let train = |round| Manifest::find(&layout.artifact(run, Task::train(round)), Stage::Train.name());
    let mut last = None;
    let mut trained = 0;
    while trained <= rounds
        && let Some(manifest) = train(trained)?
    {
        last = Some(manifest);
        trained += 1;
    }
    let running = Lock::holder(&layout.run(run))?.is_some();
    let state = match trained {
        _ if running => "running",
        trained if trained > rounds => "done",
        // A `bal run` is at work, and has not come to this run yet.
        _ if Lock::holder(&layout.root)?.is_some() => "waiting",
        0 => "not started",
        _ => "stopped",
    };
    let Some(mut last) = last else {
        return Ok([run.name(), format!("0/{rounds}"), "-".into(), "-".into(), state.into(), "-".into()]);
    };
    let round = trained - 1;
    for task in [Task::score(round), Task::select(round)] {
        last = Manifest::find(&layout.artifact(run, task), task.stage.name())?.unwrap_or(last);
    }
    let (labels, accuracy) = read_metrics(&layout.artifact(run, Task::train(round)))?;
    let figures = [format!("{round}/{rounds}"), labels.to_string(), format!("{accuracy:.4}")];
    let [rounds, labels, accuracy] = figures;
    Ok([run.name(), rounds, labels, accuracy, state.to_owned(), last.run.started])
}
