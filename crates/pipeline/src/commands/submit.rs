//! `bal run --executor slurm`: submits what is neither up to date nor queued, and goes.

use std::collections::{BTreeMap, BTreeSet};

use bal_artifact::{Lock, file};
use bal_cli::say;
use bal_settings::Checked;

use super::run::{begin, retain_done, write_report};
use crate::Error;
use crate::args::{ExecutionArgs, Executor, RunArgs};
use crate::config::slurm::{Config, Granularity, with_site};
use crate::cost::{Cost, Costs, together};
use crate::executor::groups;
use crate::executor::slurm::{
    Array, Limits, Outcome, Queue, Script, arrays, submit as submit_arrays, wait, warn_in_job,
};
use crate::experiment::Experiment;
use crate::plan::{self, RunPlan};
use crate::sweep::Run;
use crate::task::tasks;
use crate::words::{count, span};

/// Refuses what only the local executor reads, and the other way round.
pub(super) fn check_options(args: &RunArgs) -> Result<(), Error> {
    let refuse = |text: &str, hint: &str| Err(Error::Usage { text: text.to_owned(), hint: hint.to_owned() });
    match args.execution.executor {
        Executor::Local if args.wait => {
            refuse("`--wait` is for `--executor slurm`", "leave it out: here `bal run` ends when all is done")
        }
        Executor::Slurm if args.execution.jobs.is_some() => refuse(
            "`--jobs` is for workers on this machine",
            "`slurm.throttle` says how many elements run at a time",
        ),
        Executor::Slurm if args.force.is_some() => refuse(
            "`--force` is for workers on this machine",
            "a job that is started again would begin anew each time; delete the folders of the stage instead",
        ),
        _ => Ok(()),
    }
}

pub(super) fn submit(args: &RunArgs) -> Result<(), Error> {
    let experiment = Experiment::open(&args.pipeline)?;
    let settings = with_site(&experiment.pipeline.slurm, &experiment.origin)?;
    let script = script(&experiment, &args.execution, &settings)?;
    let threads = training_threads(&script);
    let Some(lock) = begin(&experiment, threads, None)? else { return Ok(()) };
    let Experiment { layout, runs, .. } = &experiment;
    let plans = plan::plan(layout, runs, threads, None, false)?;
    retain_done(layout, &plans)?;
    let stale: BTreeSet<String> =
        plans.iter().filter(|plan| plan.stale().next().is_some()).map(|plan| plan.run.name()).collect();
    if stale.is_empty() {
        write_report(&experiment, None)?;
        return Ok(());
    }
    warn_in_job();
    let queue = Queue::look(layout)?;
    let queued: BTreeSet<String> =
        queue.runs_alive().into_iter().filter(|run| stale.contains(*run)).map(str::to_owned).collect();
    let arrays = missing_arrays(&experiment, &args.execution, &settings, &plans, &queued)?;
    // A run gets its three tries again.
    for run in arrays.iter().flat_map(|array| &array.rows).filter_map(|row| row.first()) {
        layout.slurm().note_time_outs(run, None)?;
    }
    let outcome = submit_arrays(&script, &arrays)?;
    tell(&experiment, &outcome, stale.len(), queued.len());
    drop(lock);
    let refused = match outcome.refused {
        refused if refused.is_empty() => Ok(()),
        arrays_refused => Err(Error::NotSubmitted { arrays: arrays_refused, total: arrays.len() }),
    };
    if !args.wait {
        return refused;
    }
    wait(layout, &stale).inspect_err(|_| tracing::info!("the jobs go on; `bal cancel` ends them"))?;
    refused?;
    finish(&experiment, threads)
}

/// What `bal plan --executor slurm` and `--dry-run` show: every array, and the script of the first of each
/// kind.
pub(super) fn show(experiment: &Experiment, execution: &ExecutionArgs) -> Result<(), Error> {
    let settings = with_site(&experiment.pipeline.slurm, &experiment.origin)?;
    let script = script(experiment, execution, &settings)?;
    let Experiment { layout, runs, origin, .. } = experiment;
    let changes = !crate::data::missing(layout, runs, origin)?.is_empty();
    let plans = plan::plan(layout, runs, training_threads(&script), None, changes)?;
    let queue = match Queue::look(layout) {
        Err(error @ (Error::NoScheduler { .. } | Error::Scheduler { .. })) => {
            tracing::warn!("what is queued is not known: {error}");
            Queue::unknown(layout)
        }
        queue => queue?,
    };
    let queued: BTreeSet<String> = queue.runs_alive().into_iter().map(str::to_owned).collect();
    let arrays = missing_arrays(experiment, execution, &settings, &plans, &queued)?;
    let elements: usize = arrays.iter().map(|array| array.rows.len()).sum();
    let in_queue =
        if queued.is_empty() { String::new() } else { format!(", {} queued", count(queued.len(), "run")) };
    say(&format!(
        "slurm: {} with {} to submit{in_queue}",
        count(arrays.len(), "array"),
        count(elements, "element")
    ));
    let costs = Costs::new(layout, runs, training_threads(&script));
    if let Some(line) = of_an_element(&costs, runs, &arrays) {
        say(&line);
    }
    let mut shown = BTreeSet::new();
    for array in &arrays {
        let after = if array.waits { ", each after its partner in the array before" } else { "" };
        say(&format!("  {}: {}{after}", array.name, count(array.rows.len(), "element")));
        let kind = array.name.rsplit_once('-').map_or("", |(_, kind)| kind);
        let kind = if array.waits { kind } else { "first" };
        if shown.insert(kind.to_owned()) {
            script.text(array).lines().for_each(|line| say(format!("    {line}").trim_end()));
        }
    }
    Ok(())
}

/// What the element costs that takes longest, from the beginning; nothing as long as that is not known.
fn of_an_element(costs: &Costs, runs: &[Run], arrays: &[Array]) -> Option<String> {
    let by_name: BTreeMap<String, &Run> = runs.iter().map(|run| (run.name(), run)).collect();
    let of_element = |array: &Array, row: &[String]| {
        let of_run = |name: &String| {
            let run = *by_name.get(name)?;
            costs
                .of_run(run, tasks(run.settings.rounds).into_iter().filter(|task| array.does.includes(*task)))
        };
        let costs = row.iter().map(of_run).collect::<Option<Vec<Cost>>>()?;
        Some(together(&costs, 1).0)
    };
    let rows = arrays.iter().flat_map(|array| array.rows.iter().map(move |row| of_element(array, row)));
    let longest = rows.collect::<Option<Vec<Cost>>>()?.into_iter().max_by(|a, b| {
        let seconds = |cost: &Cost| cost.seconds.unwrap_or(f64::INFINITY);
        seconds(a).total_cmp(&seconds(b))
    })?;
    let time = longest
        .seconds
        .map_or_else(|| "hours unknown".to_owned(), |seconds| format!("about {}", span(seconds)));
    Some(format!("  an element: at most {}, {time} ({})", longest.amounts(), costs.source()))
}

fn script<'a>(
    experiment: &'a Experiment,
    execution: &ExecutionArgs,
    settings: &'a Checked<Config>,
) -> Result<Script<'a>, Error> {
    // A job that asked for no GPU uses none.
    let device = match execution.device.as_str() {
        "auto" if settings.resolved().has_gpus => "cuda:0",
        "auto" => "cpu",
        device => device,
    };
    let threads = usize::from(execution.threads);
    Script::new(&experiment.layout, &experiment.pipeline.name, settings, device.to_owned(), threads)
}

/// As [`plan::training_threads`], on the nodes.
fn training_threads(script: &Script) -> Option<usize> {
    (script.device == "cpu").then_some(script.threads)
}

/// The arrays of what is neither up to date nor queued.
fn missing_arrays(
    experiment: &Experiment,
    execution: &ExecutionArgs,
    settings: &Checked<Config>,
    plans: &[RunPlan],
    queued: &BTreeSet<String>,
) -> Result<Vec<Array>, Error> {
    let Experiment { layout, runs, .. } = experiment;
    let is_missing = |plan: &&RunPlan| plan.stale().next().is_some() && !queued.contains(&plan.run.name());
    let missing: Vec<&RunPlan> = plans.iter().filter(is_missing).collect();
    let names: BTreeSet<String> = missing.iter().map(|plan| plan.run.name()).collect();
    let first = missing.iter().filter_map(|plan| Some(plan.stale().next()?.0.round)).min().unwrap_or(0);
    let mut groups = groups(runs, usize::from(execution.group));
    for group in &mut groups {
        group.retain(|run| names.contains(&run.name()));
    }
    groups.retain(|group| !group.is_empty());
    let granularity = settings.resolved().granularity;
    let submission = layout.slurm().next_submission()?;
    let limits = Limits::ask(settings.resolved());
    let arrays = arrays(&submission, &groups, limits.part_size(), granularity, first);
    if granularity == Granularity::Stage {
        limits.check(arrays.iter().map(|array| array.rows.len()).sum())?;
    }
    Ok(arrays)
}

fn tell(experiment: &Experiment, outcome: &Outcome, stale: usize, queued: usize) {
    let Experiment { layout, runs, .. } = experiment;
    for array in &outcome.taken {
        say(&format!("submitted {}: `{}`", array.id, layout.slurm().script(&array.name).display()));
    }
    let (total, done) = (runs.len(), runs.len() - stale);
    tracing::info!(
        "`{}`: {} of {} done, {queued} queued before",
        layout.root.display(),
        done,
        count(total, "run")
    );
    if outcome.taken.is_empty() {
        tracing::info!("nothing was submitted: `bal status` tells how far the jobs are");
    } else {
        tracing::info!(
            "`bal status` tells how far they are; once they have ended, the same command writes the report"
        );
    }
}

/// After the wait: the report, or which runs are not done.
fn finish(experiment: &Experiment, threads: Option<usize>) -> Result<(), Error> {
    let Experiment { layout, runs, .. } = experiment;
    let plans = plan::plan(layout, runs, threads, None, false)?;
    let left: Vec<String> = plans
        .iter()
        .filter(|plan| plan.stale().next().is_some())
        .map(|plan| format!("`{}`", plan.run.name()))
        .collect();
    if !left.is_empty() {
        return Err(Error::RunsLeft { runs: left, total: runs.len() });
    }
    let _lock = Lock::acquire(&layout.root)?;
    retain_done(layout, &plans)?;
    write_report(experiment, None)?;
    tracing::debug!("`{}` is written", layout.report().join(file::REPORT).display());
    Ok(())
}
