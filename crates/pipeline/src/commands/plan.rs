//! `bal plan`, and what `bal run` says before it starts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bal_artifact::{Layout, file, sealed};
use bal_cli::{GlobalArgs, say};
use bal_settings::to_yaml;

use super::explain::explain;
use super::submit;
use crate::args::{Executor, PipelineArgs, PlanArgs, PlanFormat, Seeds};
use crate::cost::{Costs, time, together};
use crate::experiment::Experiment;
use crate::makefile::makefile;
use crate::plan::{self, RunPlan};
use crate::reason::{Reason, Stale};
use crate::sweep::Run;
use crate::task::Stage;
use crate::words::count;
use crate::{Error, data, feasibility, steps};

pub(super) fn plan(args: &PlanArgs, global: &GlobalArgs) -> Result<(), Error> {
    let experiment = Experiment::open(&args.pipeline)?;
    if let Some([run, stage]) = args.explain.as_deref() {
        return explain(&experiment, run, stage, usize::from(args.threads));
    }
    match args.format {
        PlanFormat::Text => {
            let threads = Some(usize::from(args.threads));
            let workers = Workers { threads, jobs: args.jobs.map_or_else(|| jobs(threads), usize::from) };
            print(&experiment, workers, args.force, global.verbose > 0)?;
            if args.executor == Executor::Slurm {
                submit::show(&experiment, &args.execution())?;
            }
        }
        PlanFormat::Make | PlanFormat::Json => {
            feasibility::check_cells(&experiment)?;
            let steps = steps::steps(&experiment, resolve_command(&args.pipeline));
            match args.format {
                PlanFormat::Make => say(makefile(&experiment.pipeline.name, &steps).trim_end()),
                _ => say(&steps::json(&experiment, &steps)),
            }
        }
        PlanFormat::Yaml => say(sealed(&to_yaml(&experiment.pipeline)).trim_end()),
    }
    Ok(())
}

/// The arguments of `bal` that print the same resolved pipeline.
fn resolve_command(args: &PipelineArgs) -> Vec<String> {
    let mut words = vec![
        "plan".to_owned(),
        args.pipeline.display().to_string(),
        "--format".to_owned(),
        "yaml".to_owned(),
    ];
    words.extend(args.profile.iter().flat_map(|profile| ["--profile".to_owned(), profile.clone()]));
    words.extend(args.set.iter().flat_map(|set| ["--set".to_owned(), set.clone()]));
    if let Some(Seeds(seeds)) = &args.seeds {
        let seeds: Vec<String> = seeds.iter().map(u64::to_string).collect();
        words.extend(["--seeds".to_owned(), seeds.join(",")]);
    }
    words
}

/// Who would do the work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Workers {
    /// Threads of each on a CPU, `None` on a GPU.
    pub(super) threads: Option<usize>,
    /// How many there are at a time.
    pub(super) jobs: usize,
}

/// Workers on this machine unless told otherwise: one per core, on a GPU 4.
pub(super) fn jobs(threads: Option<usize>) -> usize {
    const PER_GPU: usize = 4;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    threads.map_or(PER_GPU, |threads| (cores / threads).max(1))
}

/// One line per run, with -v one per task that is to run.
pub(super) fn print(
    experiment: &Experiment,
    workers: Workers,
    force: Option<Stage>,
    all: bool,
) -> Result<(), Error> {
    let Experiment { origin, layout, runs, .. } = experiment;
    feasibility::check_cells(experiment)?;
    let missing = data::missing(layout, runs, origin)?;
    feasibility::check_data(experiment, |name| !missing.iter().any(|missing| missing.name() == name))?;
    for set in &missing {
        say(&format!("data set {}: {}", set.name(), Reason::Missing));
    }
    let plans = plan::plan(layout, runs, workers.threads, force, !missing.is_empty())?;
    for run in &plans {
        say(&line(run));
        for (task, stale) in run.stale().filter(|_| all) {
            say(&format!("  {task}: {stale}"));
        }
    }
    for left_out in plan::left_out(layout, runs)? {
        say(&format!("left as it is: {left_out}"));
    }
    let is_stale = plans.iter().any(|run| run.stale().next().is_some());
    let report = match plan::report(layout, runs, force)? {
        None if is_stale => Some(Stale::new(Reason::InputChanged, "runs change")),
        // Names, labels or the order of cells are no setting of any run.
        None if !experiment.is_resolved() => {
            Some(Stale::new(Reason::InputChanged, format!("`{}`", file::PIPELINE)))
        }
        other => other,
    };
    say(&format!("report: {}", report.map_or_else(|| "up to date".to_owned(), |stale| stale.to_string())));
    if is_stale {
        for line in costs(layout, runs, &plans, workers) {
            say(&line);
        }
    }
    Ok(())
}

/// What all of it costs, and what is left of that; before the data sets are there, nobody knows.
fn costs(layout: &Layout, runs: &[Run], plans: &[RunPlan], workers: Workers) -> Vec<String> {
    let (costs, jobs) = (Costs::new(layout, runs, workers.threads), workers.jobs);
    let all = |plan: &RunPlan| costs.of_run(&plan.run, plan.tasks.iter().map(|(task, _)| *task));
    let left = |plan: &RunPlan| costs.of_run(&plan.run, plan.stale().map(|(task, _)| *task));
    let of_all = plans.iter().map(all).collect::<Option<Vec<_>>>();
    let of_left = plans.iter().map(left).collect::<Option<Vec<_>>>();
    let Some((of_all, of_left)) = of_all.zip(of_left) else {
        return vec!["cost: unknown until the data sets are there".to_owned()];
    };
    let ((all, seconds), (left, seconds_left)) = (together(&of_all, jobs), together(&of_left, jobs));
    let start = format!("cost from the beginning: {}, {}", count(runs.len(), "run"), all.amounts());
    let mut lines = vec![format!("{start}, {} ({})", time(seconds, jobs), costs.source())];
    if left.files < all.files {
        let there = all.trainings - left.trainings;
        let there = format!("there already: {there} of {} trainings", all.trainings);
        lines.push(format!("{there}; left: {}, {}", left.amounts(), time(seconds_left, jobs)));
    }
    lines
}

/// `bald/seed-0: 301 up to date` or `bald/seed-0: 12 of 301 to run, first round 97 train: missing`.
fn line(plan: &RunPlan) -> String {
    let (name, total) = (plan.run.name(), plan.tasks.len());
    match plan.stale().next() {
        None => format!("{name}: {total} up to date"),
        Some((task, stale)) => {
            format!("{name}: {} of {total} to run, first {task}: {stale}", plan.stale().count())
        }
    }
}

/// `3 of 7 tasks to run (2 missing, 1 config changed)`.
pub(super) fn summary(plans: &[RunPlan]) -> String {
    let total: usize = plans.iter().map(|plan| plan.tasks.len()).sum();
    let mut reasons: BTreeMap<Reason, usize> = BTreeMap::new();
    for (_, stale) in plans.iter().flat_map(RunPlan::stale) {
        *reasons.entry(stale.reason).or_default() += 1;
    }
    let mut text = format!("{} of {total} tasks to run", reasons.values().sum::<usize>());
    let counts: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    if !counts.is_empty() {
        let _ = write!(text, " ({})", counts.join(", "));
    }
    text
}
