//! Command line of `bal-score`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bal_acquisition::{AcquisitionFunction, Form};
use bal_artifact::{Place, file};
use bal_cli::{Explain as _, Failure, GlobalArgs, MAX_ROUND, MAX_SEED, StageArgs};
use clap::{ArgGroup, Parser};

use crate::{External, Targets, functions, run_external};

/// Scores a pool of unlabelled points: larger means "label this first".
///
/// Either draws posterior samples of a trained network (`--model`), or takes predictions made elsewhere
/// (`--log-probs`, `--probs`). Writes scores.parquet (index, one column per function) and score.json.
#[derive(Debug, Parser)]
#[command(
    name = "bal-score",
    version,
    group = ArgGroup::new("predictions").required(true).args(["model", "log_probs", "probs"]),
    after_help = "Examples:\n  bal-score --probs predictions.npy --acquisition bald,max_entropy --out scores\n  bal-score --model round-000/train/model.safetensors --data data/mnist --pool split/pool.npy \\\n    --exclude split/initial.npy --samples 100 --acquisition bald --out round-000/score"
)]
struct ScoreArgs {
    /// Weights written by bal-train
    #[arg(long, value_name = "M.safetensors", help_heading = "Inputs", requires_all = ["data", "pool"])]
    model: Option<PathBuf>,
    /// Prepared data set
    #[arg(long, value_name = "DIR", help_heading = "Inputs", requires = "model")]
    data: Option<PathBuf>,
    /// Ids of the pool; their order decides ties
    #[arg(long, value_name = "P.npy", help_heading = "Inputs", requires = "model")]
    pool: Option<PathBuf>,
    /// Ids to leave out of the pool: the labelled points
    #[arg(long, value_name = "L.npy", help_heading = "Inputs", requires = "model")]
    exclude: Option<PathBuf>,
    /// Log-probabilities made elsewhere, f32 or f64 [points, samples, classes]
    #[arg(long, value_name = "F.npy", help_heading = "Inputs")]
    log_probs: Option<PathBuf>,
    /// Probabilities made elsewhere, f32 or f64 [points, samples, classes]
    #[arg(long, value_name = "F.npy", help_heading = "Inputs")]
    probs: Option<PathBuf>,
    /// Log-probabilities of epig's target points, for --log-probs
    #[arg(long, value_name = "T.npy", help_heading = "Inputs", requires = "log_probs")]
    target_log_probs: Option<PathBuf>,
    /// Probabilities of epig's target points, for --probs
    #[arg(long, value_name = "T.npy", help_heading = "Inputs", requires = "probs")]
    target_probs: Option<PathBuf>,
    /// Ids of the points of --log-probs or --probs, i64 [points] [default: row numbers]
    #[arg(long, value_name = "I.npy", help_heading = "Inputs", conflicts_with = "model")]
    indices: Option<PathBuf>,
    /// Acquisition functions: random, max_entropy, bald, variation_ratios, least_confidence, mean_std, margin,
    /// predictive_variance, expected_entropy, epig
    #[arg(long, value_name = "A[,A…]", value_delimiter = ',', required = true, value_parser = function)]
    acquisition: Vec<AcquisitionFunction>,
    /// Posterior samples: mc_dropout or deterministic
    #[arg(long, default_value = "mc_dropout", value_name = "P", value_parser = ["mc_dropout", "deterministic"], help_heading = "Model")]
    posterior: String,
    /// Number of posterior samples (dropout masks), 1 to 10000
    #[arg(long, default_value_t = 100, value_name = "T", help_heading = "Model")]
    samples: usize,
    /// Points that epig is about: pool:N (of those scored) or test:N, at most all of them, drawn afresh in each
    /// round
    #[arg(long, value_name = "WHICH:N", help_heading = "Model", requires = "model")]
    targets: Option<Targets>,
    /// Numbers in which posterior samples are computed: f32 or bf16 (faster where the processor has products of it)
    #[arg(long, default_value = "f32", value_name = "P", value_parser = ["f32", "bf16"], help_heading = "Model")]
    precision: String,
    /// Score a fresh random subset of this many pool points
    #[arg(long, value_name = "N", help_heading = "Model", requires = "model")]
    pool_subset: Option<usize>,
    /// Also write the predictions, log_probs.npy [points, samples, classes]
    #[arg(long, help_heading = "Outputs", requires = "model")]
    write_log_probs: bool,
    /// Also write penultimate features of the scored and then the excluded points, features.npy [points, units],
    /// and their ids, indices.npy
    #[arg(long, help_heading = "Outputs", requires = "model")]
    write_features: bool,
    /// Seed of the run
    #[arg(long, default_value_t = 0, value_name = "S", value_parser = clap::value_parser!(u64).range(..=MAX_SEED), help_heading = "Execution")]
    seed: u64,
    /// Acquisition round, 0 to 1000000
    #[arg(long, default_value_t = 0, value_name = "R", value_parser = clap::value_parser!(u64).range(..=MAX_ROUND), help_heading = "Execution")]
    round: u64,
    /// auto, cpu or cuda:N
    #[arg(long, default_value = "auto", value_name = "DEVICE", help_heading = "Execution")]
    device: String,
    /// Output folder, replaced if it is there
    #[arg(long, value_name = "DIR", help_heading = "Outputs")]
    out: PathBuf,
    #[command(flatten)]
    stage: StageArgs,
    #[command(flatten)]
    global: GlobalArgs,
}

/// Runs `bal-score` with these arguments (the first is the program's name).
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    bal_cli::run(arguments, |args: &ScoreArgs| &args.global, score)
}

fn score(args: ScoreArgs) -> Result<(), Failure> {
    let names: Vec<_> = args.acquisition.iter().map(|function| function.name()).collect();
    let acquisition = names.join(",");
    let place = Place::new(args.out.clone(), args.stage.root.clone(), args.seed, args.round);
    let out = args.out.clone();
    let elsewhere = match (&args.log_probs, &args.probs) {
        (Some(path), _) => Some((path, Form::LogProbs)),
        (_, Some(path)) => Some((path, Form::Probs)),
        _ => None,
    };
    match elsewhere {
        Some((path, form)) => run_external(&External {
            predictions: path.clone(),
            form,
            indices: args.indices,
            targets: args.target_log_probs.or(args.target_probs),
            functions: functions(&acquisition)?,
            place,
            threads: usize::from(args.stage.threads),
        })?,
        None => score_model(args, acquisition, place)?,
    }
    bal_cli::say(&out.join(file::SCORES).display().to_string());
    Ok(())
}

#[cfg(feature = "torch")]
fn score_model(args: ScoreArgs, acquisition: String, place: Place) -> Result<(), Failure> {
    use crate::{Config, Posterior, Run, run};
    let posterior = match args.posterior.as_str() {
        "deterministic" => Posterior::Deterministic,
        _ => Posterior::McDropout { samples: args.samples },
    };
    let config = Config {
        posterior,
        acquisition,
        pool_subset: args.pool_subset,
        targets: args.targets,
        precision: args.precision.parse().expect("clap lets only names of precisions through"),
        write_log_probs: args.write_log_probs,
        write_features: args.write_features,
    };
    let task = Run {
        model: args.model.unwrap_or_default(),
        data: args.data.unwrap_or_default(),
        pool: args.pool.unwrap_or_default(),
        exclude: args.exclude,
        place,
    };
    let compute = bal_model::Compute { device: args.device, threads: usize::from(args.stage.threads) };
    Ok(run(&config, std::slice::from_ref(&task), &compute)?)
}

#[cfg(not(feature = "torch"))]
fn score_model(_: ScoreArgs, _: String, _: Place) -> Result<(), Failure> {
    Err(crate::Error::config(
        "model",
        "predictions with `--probs` or `--log-probs`",
        "weights; this `bal-score` was built without torch",
    )
    .into())
}

fn function(name: &str) -> Result<AcquisitionFunction, String> {
    AcquisitionFunction::parse(name).map_err(|unknown| {
        let error = crate::Error::from(unknown);
        format!("{error}; {}", error.hint().unwrap_or_default())
    })
}
