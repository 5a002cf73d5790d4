//! `bal worker`: advances some runs of a resolved pipeline; started by `bal run`, or by the script of a job.

use std::time::{Duration, Instant};

use bal_model::Compute;

use crate::Error;
use crate::args::{JobArgs, WorkerArgs};
use crate::executor::slurm::{Clock, Element, InJob, advance_element};
use crate::executor::{Group, Reports, advance, stop_with_parent};
use crate::experiment::Experiment;

pub(super) fn worker(args: WorkerArgs) -> Result<(), Error> {
    let compute = Compute { device: args.device, threads: usize::from(args.threads) };
    if let Some(job) = in_job(args.job) {
        return advance_element(&args.out, &args.data_dir, &compute, &job);
    }
    stop_with_parent();
    let experiment = Experiment::of_folder(&args.out, args.data_dir)?;
    let runs = experiment.runs.into_iter().filter(|run| args.runs.contains(&run.name())).collect();
    advance(&Group {
        layout: experiment.layout,
        runs,
        compute,
        force: args.force,
        only: None,
        latency_wait: Duration::ZERO,
        reports: Reports::ToParent,
    })
}

/// What the script of a job says.
fn in_job(args: JobArgs) -> Option<InJob> {
    let JobArgs { table, row, stage, round, ran_before, time_limit, warned_before, latency_wait } = args;
    let does = match stage.zip(round) {
        None => Element::Runs,
        Some((stage, round)) => Element::Stage { round, stage },
    };
    let clock = Clock { start: Instant::now(), ran_before, limit: time_limit, warned_before };
    let latency_wait = Duration::from_secs(latency_wait);
    Some(InJob { table: table?, row: row?, does, clock, latency_wait })
}
