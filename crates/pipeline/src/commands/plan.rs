//! `bal plan`, and what `bal run` says before it starts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bal_artifact::{file, sealed};
use bal_cli::{GlobalArgs, say};
use bal_settings::to_yaml;

use super::submit;
use crate::args::{Executor, PipelineArgs, PlanArgs, PlanFormat, Seeds};
use crate::cost::cost;
use crate::experiment::Experiment;
use crate::makefile::makefile;
use crate::plan::{self, RunPlan};
use crate::reason::{Reason, Stale};
use crate::task::Stage;
use crate::{Error, data, feasibility};

pub(super) fn plan(args: &PlanArgs, global: &GlobalArgs) -> Result<(), Error> {
    let experiment = Experiment::open(&args.pipeline)?;
    match args.format {
        PlanFormat::Text => {
            print(&experiment, Some(usize::from(args.threads)), args.force, global.verbose > 0)?;
            if args.executor == Executor::Slurm {
                submit::show(&experiment, &args.execution())?;
            }
        }
        PlanFormat::Make => {
            feasibility::check_cells(&experiment)?;
            say(makefile(&experiment, &resolve_command(&args.pipeline)).trim_end());
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

/// One line per run, with -v one per task that is to run.
pub(super) fn print(
    experiment: &Experiment,
    threads: Option<usize>,
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
    let plans = plan::plan(layout, runs, threads, force, !missing.is_empty())?;
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
    if let Some(cost) = cost(layout, runs).filter(|_| is_stale) {
        say(&format!("cost of all runs from their beginning: {cost}"));
    }
    Ok(())
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
