//! `bal worker`: advances some runs of a resolved pipeline; started by `bal run`.

use bal_model::Compute;

use crate::Error;
use crate::args::WorkerArgs;
use crate::executor::{Group, advance, stop_with_parent};
use crate::experiment::Experiment;

pub(super) fn worker(args: WorkerArgs) -> Result<(), Error> {
    stop_with_parent();
    let experiment = Experiment::of_folder(&args.out, args.data_dir)?;
    let runs = experiment.runs.into_iter().filter(|run| args.runs.contains(&run.name())).collect();
    let compute = Compute { device: args.device, threads: usize::from(args.threads) };
    advance(&Group { layout: experiment.layout, runs, compute, force: args.force })
}
