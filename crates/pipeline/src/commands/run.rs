//! `bal run`: data, runs, report, each as far as it is not up to date.

use std::collections::BTreeSet;
use std::time::Instant;

use bal_artifact::{Error as ArtifactError, Layout, Lock, file, remove_leftovers, sealed, write_file};
use bal_cli::{GlobalArgs, checked_threads, say};
use bal_model::{Compute, device_name};
use bal_settings::to_yaml;

use super::plan::{Workers, jobs, print, summary};
use super::submit;
use crate::args::{ExecutionArgs, Executor, RunArgs};
use crate::call::report;
use crate::executor::{Order, execute, groups, remove_remains, retain, say_removed, slurm};
use crate::experiment::Experiment;
use crate::plan::{self, RunPlan};
use crate::task::Stage;
use crate::words::count;
use crate::{Error, data, feasibility, home};

pub(super) fn run(args: &RunArgs, global: &GlobalArgs) -> Result<(), Error> {
    submit::check_options(args)?;
    if args.execution.executor == Executor::Slurm && !args.dry_run {
        return submit::submit(args);
    }
    let experiment = Experiment::open(&args.pipeline)?;
    let compute = compute(&args.execution)?;
    let threads = plan::training_threads(&compute);
    if args.dry_run {
        let workers = Workers { threads, jobs: workers(&args.execution, threads) };
        print(&experiment, workers, args.force, global.verbose > 0)?;
        return match args.execution.executor {
            Executor::Local => Ok(()),
            Executor::Slurm => submit::show(&experiment, &args.execution),
        };
    }
    let start = Instant::now();
    let Some(_lock) = begin(&experiment, threads, args.force)? else { return Ok(()) };
    let Experiment { pipeline, layout, runs, .. } = &experiment;
    let plans = plan::plan(layout, runs, threads, args.force, false)?;
    retain_done(layout, &plans)?;
    let stale: BTreeSet<String> =
        plans.iter().filter(|plan| plan.stale().next().is_some()).map(|plan| plan.run.name()).collect();
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

    write_report(&experiment, args.force)?;
    tracing::info!("done in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Looks at everything that can be looked at before any work, takes the experiment's lock, makes data sets
/// and writes the resolved pipeline. `None` where all is there and nothing may be written.
pub(super) fn begin(
    experiment: &Experiment,
    threads: Option<usize>,
    force: Option<Stage>,
) -> Result<Option<Lock>, Error> {
    feasibility::check_cells(experiment)?;
    let Experiment { origin, pipeline, layout, runs } = experiment;
    home::check(layout, &pipeline.name)?;
    let missing = data::missing(layout, runs, origin)?;
    let is_missing = |name: &str| missing.iter().any(|missing| missing.name() == name);
    feasibility::check_data(experiment, |name| !is_missing(name))?;
    let lock = match Lock::acquire_judged(&layout.root, &slurm::is_gone) {
        // The folder may be read-only, which is no obstacle where nothing is to be done.
        Err(error @ ArtifactError::Io { .. })
            if missing.is_empty() && all_is_there(experiment, threads, force)? =>
        {
            tracing::info!("all is there, nothing was written ({error})");
            say(&layout.report().join(file::REPORT).display().to_string());
            return Ok(None);
        }
        lock => lock?,
    };
    remove_leftovers(&layout.root, false, &mut say_removed)?;
    data::prepare(layout, &missing)?;
    feasibility::check_data(experiment, is_missing)?;
    write_file(&layout.pipeline_file(), sealed(&to_yaml(pipeline)).as_bytes())?;
    Ok(Some(lock))
}

/// Applies `keep:` to the runs that are done.
pub(super) fn retain_done(layout: &Layout, plans: &[RunPlan]) -> Result<(), Error> {
    let mut done = plans.iter().filter(|plan| plan.stale().next().is_none());
    done.try_for_each(|plan| retain(layout, &plan.run))
}

/// Writes the report unless it is up to date, and says where it lies.
pub(super) fn write_report(experiment: &Experiment, force: Option<Stage>) -> Result<(), Error> {
    let Experiment { layout, runs, .. } = experiment;
    if let Some(stale) = plan::report(layout, runs, force)? {
        tracing::debug!("report: {stale}");
        let files = report(layout, runs);
        remove_remains(&files.place.out, Stage::Report)?;
        bal_report::run(&runs[0].settings.report, &files)?;
    }
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
