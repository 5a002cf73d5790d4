//! `bal run`: data, runs, report, each as far as it is not up to date.

use std::collections::BTreeSet;
use std::time::Instant;

use bal_artifact::{Error as ArtifactError, Lock, file, remove_leftovers, sealed, write_file};
use bal_cli::{GlobalArgs, checked_threads, say};
use bal_model::{Compute, device_name};
use bal_settings::to_yaml;

use super::plan::{Workers, jobs, print, summary};
use crate::args::{ExecutionArgs, RunArgs};
use crate::call::report;
use crate::executor::{Order, execute, groups, remove_remains, retain, say_removed};
use crate::experiment::Experiment;
use crate::plan::{self, RunPlan};
use crate::task::Stage;
use crate::words::count;
use crate::{Error, data, feasibility, home};

pub(super) fn run(args: &RunArgs, global: &GlobalArgs) -> Result<(), Error> {
    let experiment = Experiment::open(&args.pipeline)?;
    let compute = compute(&args.execution)?;
    let threads = plan::training_threads(&compute);
    if args.dry_run {
        let workers = Workers { threads, jobs: workers(&args.execution, threads) };
        return print(&experiment, workers, args.force, global.verbose > 0);
    }
    let start = Instant::now();
    feasibility::check_cells(&experiment)?;
    let Experiment { origin, pipeline, layout, runs } = &experiment;
    home::check(layout, &pipeline.name)?;
    let missing = data::missing(layout, runs, origin)?;
    let is_missing = |name: &str| missing.iter().any(|missing| missing.name() == name);
    feasibility::check_data(&experiment, |name| !is_missing(name))?;
    let _lock = match Lock::acquire(&layout.root) {
        // The folder may be read-only, which is no obstacle where nothing is to be done.
        Err(error @ ArtifactError::Io { .. })
            if missing.is_empty() && all_is_there(&experiment, threads, args.force)? =>
        {
            tracing::info!("all is there, nothing was written ({error})");
            say(&layout.report().join(file::REPORT).display().to_string());
            return Ok(());
        }
        lock => lock?,
    };
    remove_leftovers(&layout.root, false, &mut say_removed)?;
    data::prepare(layout, &missing)?;
    feasibility::check_data(&experiment, is_missing)?;
    write_file(&layout.pipeline_file(), sealed(&to_yaml(pipeline)).as_bytes())?;

    let plans = plan::plan(layout, runs, threads, args.force, false)?;
    let (stale, done): (Vec<&RunPlan>, Vec<&RunPlan>) =
        plans.iter().partition(|plan| plan.stale().next().is_some());
    for plan in done {
        retain(layout, &plan.run)?;
    }
    let stale: BTreeSet<String> = stale.into_iter().map(|plan| plan.run.name()).collect();
    let mut groups = groups(runs, usize::from(args.execution.group));
    for group in &mut groups {
        group.retain(|run| stale.contains(&run.name()));
    }
    groups.retain(|group| !group.is_empty());
    let workers = workers(&args.execution, threads).min(groups.len());
    tracing::info!("`{}`: {}, {}", layout.root.display(), count(runs.len(), "run"), summary(&plans));
    if !stale.is_empty() {
        let runs = format!("{} of {}", count(stale.len(), "run"), count(pipeline.rounds as usize, "round"));
        let together = match args.execution.group {
            1 => String::new(),
            size => format!(" in {} of up to {size}", count(groups.len(), "group")),
        };
        let (each, device) = (count(compute.threads, "thread"), &compute.device);
        tracing::info!(
            "{runs} to go on with{together}, {} with {each} on {device}",
            count(workers, "worker")
        );
    }
    let order = Order {
        layout: layout.clone(),
        groups,
        workers,
        compute,
        force: args.force,
        verbose: global.verbose,
        quiet: global.quiet,
        log_format: global.log_format,
    };
    execute(&order)?;

    if let Some(stale) = plan::report(layout, runs, args.force)? {
        tracing::debug!("report: {stale}");
        let files = report(layout, runs);
        remove_remains(&files.place.out, Stage::Report)?;
        bal_report::run(&runs[0].settings.report, &files)?;
    }
    tracing::info!("done in {:.1} s", start.elapsed().as_secs_f64());
    say(&layout.report().join(file::REPORT).display().to_string());
    Ok(())
}

/// Whether runs, report and resolved pipeline are all as they would be made now.
fn all_is_there(
    experiment: &Experiment,
    threads: Option<usize>,
    force: Option<Stage>,
) -> Result<bool, Error> {
    if !experiment.is_resolved() {
        return Ok(false);
    }
    let Experiment { layout, runs, .. } = experiment;
    let plans = plan::plan(layout, runs, threads, force, false)?;
    let done = plans.iter().all(|plan| plan.stale().next().is_none());
    Ok(done && plan::report(layout, runs, force)?.is_none())
}

/// The device by its final name, so that all workers take the same one.
fn compute(execution: &ExecutionArgs) -> Result<Compute, Error> {
    let device = device_name(bal_model::resolve(&execution.device)?);
    Ok(Compute { device, threads: checked_threads(execution.threads) })
}

fn workers(execution: &ExecutionArgs, threads: Option<usize>) -> usize {
    execution.jobs.map_or_else(|| jobs(threads), usize::from)
}
