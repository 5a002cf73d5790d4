//! Command line of `bal-select`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bal_cli::{Failure, GlobalArgs, StageArgs};
use clap::Parser;

use crate::{Config, Method, Run, run};

/// Picks the points to label next from a table of scores.
///
/// Writes selected.npy (ids in pick order), selected.parquet (rank, index, gain) and select.json.
#[derive(Debug, Parser)]
#[command(
    name = "bal-select",
    version,
    after_help = "Example:\n  bal-select --scores scores/scores.parquet --column bald --method top_k --batch 10 --out picks"
)]
struct SelectArgs {
    /// Table of scores written by bal-score: index, one column per function
    #[arg(long, value_name = "S.parquet", help_heading = "Inputs")]
    scores: PathBuf,
    /// Column to pick by [default: the only one]
    #[arg(long, value_name = "A", default_value = "", hide_default_value = true, help_heading = "Inputs")]
    column: String,
    /// Ids labelled so far; with them the new labelled.npy is written
    #[arg(long, value_name = "L.npy", help_heading = "Inputs")]
    labelled: Option<PathBuf>,
    /// top_k: the largest scores, ties to the earlier row
    #[arg(long, default_value = "top_k", value_name = "M", value_parser = ["top_k"])]
    method: String,
    /// Points to pick
    #[arg(long, value_name = "B")]
    batch: usize,
    /// Seed of the run
    #[arg(long, default_value_t = 0, value_name = "S", help_heading = "Execution")]
    seed: u64,
    /// Acquisition round
    #[arg(long, default_value_t = 0, value_name = "R", help_heading = "Execution")]
    round: u64,
    /// Output folder, replaced if it is there
    #[arg(long, value_name = "DIR", help_heading = "Outputs")]
    out: PathBuf,
    #[command(flatten)]
    stage: StageArgs,
    #[command(flatten)]
    global: GlobalArgs,
}

/// Runs `bal-select` with these arguments (the first is the program's name).
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    bal_cli::run(arguments, |args: &SelectArgs| &args.global, select)
}

fn select(args: SelectArgs) -> Result<(), Failure> {
    let config = Config { method: Method::TopK, batch: args.batch, column: args.column };
    let task = Run {
        scores: args.scores,
        labelled: args.labelled,
        root: args.stage.root.unwrap_or_else(|| args.out.clone()),
        out: args.out,
        seed: args.seed,
        round: args.round,
    };
    run(&config, &task)?;
    bal_cli::say(&task.out.join("selected.npy").display().to_string());
    Ok(())
}
