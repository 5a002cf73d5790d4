//! Command line of `bal`.

use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;

use bal_cli::{GlobalArgs, MAX_THREADS};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::sweep::MAX_RUNS;
use crate::task::Stage;

const STAGES: &str = "\
Stages (each with its own --help):
  prepare  data sets and splits
  label    labels of the points that a round knows
  train    fits a network
  score    posterior samples and acquisition scores
  select   picks an acquisition batch
  report   tables and figures over runs";

/// Deep Bayesian active learning: runs pipelines of stages that read and write files
#[derive(Debug, Parser)]
#[command(name = "bal", version, max_term_width = 110, after_help = STAGES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run whatever of a pipeline is not up to date
    Run(RunArgs),
    /// Show what `bal run` would do, and why
    Plan(PlanArgs),
    /// Show how far every run has come
    Status(StatusArgs),
    /// Cancel the jobs that `bal run --executor slurm` submitted
    Cancel(CancelArgs),
    /// Re-hash every artifact and name what is missing, changed or orphaned
    Verify(VerifyArgs),
    /// List the pipelines there are, and what was run of them; or the data sets
    List(ListArgs),
    /// Delete the results of a pipeline
    Clean(CleanArgs),
    /// List the devices that `--device` takes
    Devices,
    /// Advance runs; started by `bal run`
    #[command(hide = true)]
    Worker(WorkerArgs),
    /// Print the JSON Schema of pipeline files
    Schema,
}

/// Which pipeline, with which changes, where.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Pipeline")]
pub(crate) struct PipelineArgs {
    /// Pipeline file
    #[arg(value_name = "PIPELINE.yaml", value_hint = ValueHint::FilePath)]
    pub(crate) pipeline: PathBuf,
    /// Apply a profile of the file
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Change a value, e.g. `train.epochs=20`; wins over the profile; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Seeds instead of the file's: `0..3` (0, 1, 2) or `0,4`
    #[arg(long, value_name = "SEEDS")]
    pub(crate) seeds: Option<Seeds>,
    /// Folder of the results [default: artifacts/NAME, with a profile artifacts/NAME-PROFILE]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Folder of prepared data sets
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = "data")]
    pub(crate) data_dir: PathBuf,
}

/// Where the work is done.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Execution")]
pub(crate) struct ExecutionArgs {
    /// Workers at a time, one group of runs each, 1 to 1024 [default: one per core, on a GPU 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MAX_THREADS))]
    pub(crate) jobs: Option<u16>,
    /// Runs that a worker advances together, their networks trained as one batched model. On an H100
    /// `--group 5 --jobs 3` was fastest with few labels and gained nothing with 1,000; a group with one job
    /// was slower than four jobs without. On a CPU it takes 5–10 % more core time. A training agrees with
    /// that of 1 within float tolerance
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) group: u16,
    /// auto, cpu or cuda:N
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub(crate) device: String,
    /// Threads of each worker, 1 to 1024
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MAX_THREADS))]
    pub(crate) threads: u16,
    /// Who does the work: worker processes on this machine, or job arrays of a cluster, which ask for what
    /// the section `slurm` of the pipeline says
    #[arg(long, value_enum, default_value = "local", value_name = "EXECUTOR")]
    pub(crate) executor: Executor,
}

/// Who does the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Executor {
    /// Worker processes on this machine
    Local,
    /// Job arrays of Slurm
    Slurm,
}

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    #[command(flatten)]
    pub(crate) execution: ExecutionArgs,
    /// Run this stage again even where it is up to date
    #[arg(long, value_enum, value_name = "STAGE", help_heading = "Execution")]
    pub(crate) force: Option<Stage>,
    /// Only show what would be done
    #[arg(long, help_heading = "Execution")]
    pub(crate) dry_run: bool,
    /// With `--executor slurm`: wait until all jobs have ended, then write the report
    #[arg(long, help_heading = "Execution")]
    pub(crate) wait: bool,
}

#[derive(Args, Debug)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Threads that each worker would have
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: u16,
    /// Workers at a time, to tell how long it would take [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MAX_THREADS))]
    pub(crate) jobs: Option<u16>,
    /// Show the plan as if this stage were forced
    #[arg(long, value_enum, value_name = "STAGE")]
    pub(crate) force: Option<Stage>,
    /// Show what `bal run` would do with this executor; of `slurm` also the scripts
    #[arg(long, value_enum, default_value = "local", value_name = "EXECUTOR")]
    pub(crate) executor: Executor,
    /// Form of the plan
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) format: PlanFormat,
    /// Tell why a stage of a run is to run again, e.g. `bald/seed-0 train`: its settings then and now, side
    /// by side where they differ
    #[arg(long, num_args = 2, value_names = ["RUN", "STAGE"], conflicts_with = "format")]
    pub(crate) explain: Option<Vec<String>>,
}

impl PlanArgs {
    /// As `bal run` would be told with the same options.
    pub(crate) fn execution(&self) -> ExecutionArgs {
        let Self { threads, executor, .. } = *self;
        ExecutionArgs { jobs: None, group: 1, device: "auto".to_owned(), threads, executor }
    }
}

/// Form of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// A line per run; with -v one per task that is to run
    Text,
    /// A Makefile of the same plan, for `make -f -`
    Make,
    /// The commands of the same plan with the files that each needs and makes, for other engines
    Json,
    /// The resolved pipeline: profile and changes applied
    Yaml,
}

#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// Artifact folder, or pipeline file
    #[arg(value_name = "DIR|PIPELINE.yaml", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    /// Profile of the pipeline file
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Look again every 2 seconds, as long as somebody is at work or nobody has begun: on a terminal the
    /// table is drawn anew, elsewhere there is a line for each run that has changed
    #[arg(long)]
    pub(crate) watch: bool,
    /// JSON for programs, with `--watch` a line whenever something has changed
    #[arg(long)]
    pub(crate) json: bool,
}

impl StatusArgs {
    /// As if `bal run` were given the same file.
    pub(crate) fn pipeline(&self) -> PipelineArgs {
        PipelineArgs {
            pipeline: self.path.clone(),
            profile: self.profile.clone(),
            set: Vec::new(),
            seeds: None,
            out: None,
            data_dir: PathBuf::new(),
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// Folder with artifacts at any depth
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    /// Folder of pipeline files; or `datasets`, for sizes, licences and sources of all data sets
    #[arg(value_name = "DIR|datasets", value_hint = ValueHint::DirPath, default_value = "pipelines")]
    pub(crate) folder: PathBuf,
    /// Folder of prepared data sets
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = "data")]
    pub(crate) data_dir: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct CleanArgs {
    /// Pipeline file
    #[arg(value_name = "PIPELINE.yaml", value_hint = ValueHint::FilePath)]
    pub(crate) pipeline: PathBuf,
    /// Profile whose results are deleted
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Folder of the results, where `bal run` was given another one
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CancelArgs {
    /// Artifact folder, or pipeline file
    #[arg(value_name = "DIR|PIPELINE.yaml", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    /// Profile of the pipeline file
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Folder of the results, where `bal run` was given another one
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct WorkerArgs {
    /// Artifact folder with a resolved pipeline
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[arg(long)]
    pub(crate) data_dir: PathBuf,
    #[arg(long)]
    pub(crate) device: String,
    #[arg(long)]
    pub(crate) threads: u16,
    #[arg(long, value_enum)]
    pub(crate) force: Option<Stage>,
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// Names of the runs, `<cell>/seed-<s>`
    #[arg(required_unless_present = "table", conflicts_with = "table")]
    pub(crate) runs: Vec<String>,
}

/// What a worker is told that no parent watches: an element of a job array.
#[derive(Args, Debug)]
pub(crate) struct JobArgs {
    /// Table with the runs of each element
    #[arg(long, requires = "row")]
    pub(crate) table: Option<PathBuf>,
    /// The element's line in it, from 0
    #[arg(long, requires = "table")]
    pub(crate) row: Option<usize>,
    /// Only this stage of a round
    #[arg(long, value_enum, requires = "round", requires = "table")]
    pub(crate) stage: Option<Stage>,
    #[arg(long, requires = "stage")]
    pub(crate) round: Option<u64>,
    /// Seconds that the job ran before
    #[arg(long, default_value_t = 0, requires = "table")]
    pub(crate) ran_before: u64,
    /// Seconds of its time limit
    #[arg(long, requires = "table")]
    pub(crate) time_limit: Option<u64>,
    /// Seconds between the warning and the limit
    #[arg(long, default_value_t = 0, requires = "table")]
    pub(crate) warned_before: u64,
    /// Seconds to wait for files of other nodes
    #[arg(long, default_value_t = 0, requires = "table")]
    pub(crate) latency_wait: u64,
}

/// `0..3` is 0, 1, 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seeds(pub(crate) Vec<u64>);

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| format!("`{text}` is not a seed"));
        let seeds: Vec<u64> = match text.split_once("..") {
            Some((from, to)) => range(number(from)?..number(to)?)?,
            None => text.split(',').map(number).collect::<Result<_, _>>()?,
        };
        if seeds.is_empty() {
            Err("there is no seed in it; `0..3` means 0, 1, 2".to_owned())
        } else {
            Ok(Self(seeds))
        }
    }
}

/// The numbers of a range that is not too long to be written out.
fn range(numbers: Range<u64>) -> Result<Vec<u64>, String> {
    match numbers.end.saturating_sub(numbers.start) {
        n if n > MAX_RUNS as u64 => Err(format!("{n} seeds are more than {MAX_RUNS}")),
        _ => Ok(numbers.collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn seeds_are_a_range_or_a_list() {
        assert_eq!("0..3".parse(), Ok(Seeds(vec![0, 1, 2])));
        assert_eq!("4, 7".parse(), Ok(Seeds(vec![4, 7])));
        assert!("3..3".parse::<Seeds>().is_err());
        assert!("a..3".parse::<Seeds>().is_err());
        assert!("5..3".parse::<Seeds>().is_err());
        assert_eq!(
            "7..10000000007".parse::<Seeds>(),
            Err("10000000000 seeds are more than 10000".to_owned())
        );
    }
}
