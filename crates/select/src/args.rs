//! Command line of `bal-select`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bal_acquisition::{BatchMethod, Form};
use bal_artifact::{Place, file};
use bal_cli::{Explain as _, Failure, GlobalArgs, MAX_ROUND, MAX_SEED, StageArgs};
use clap::{ArgGroup, Parser};

use crate::{Config, Labelled, Predictions, Run, Source, run};

const EXAMPLES: &str = "Examples:
  bal-select --scores scores/scores.parquet --column bald --method top_k --batch 10 --out picks
  bal-select --probs predictions.npy --method batch_bald --batch 10 --explain --out picks
  bal-select --features features.npy --labelled labelled.npy --method core_set --batch 10 --out picks";

/// Picks the points to label next, from scores, predictions or features.
///
/// Writes selected.npy (ids in pick order), selected.parquet (rank, index, gain; joint_mi for joint methods) and
/// select.json. Joint methods (batch_bald, k_bald, large_batch_bald, power_large_batch_bald) need predictions whose
/// sample k is one posterior draw for all points.
#[derive(Debug, Parser)]
#[command(
    name = "bal-select",
    version,
    group = ArgGroup::new("source").required(true).multiple(true).args(["scores", "log_probs", "probs", "features"]),
    after_help = EXAMPLES
)]
struct SelectArgs {
    /// Table of scores written by bal-score: index, one column per function
    #[arg(long, value_name = "S.parquet", help_heading = "Inputs", conflicts_with_all = ["log_probs", "probs", "features"])]
    scores: Option<PathBuf>,
    /// Column to pick by [default: the only one]
    #[arg(long, value_name = "A", default_value = "", hide_default_value = true, help_heading = "Inputs")]
    column: String,
    /// Log-probabilities, f32 or f64 [points, samples, classes]
    #[arg(long, value_name = "F.npy", help_heading = "Inputs", conflicts_with = "probs")]
    log_probs: Option<PathBuf>,
    /// Probabilities, f32 or f64 [points, samples, classes]
    #[arg(long, value_name = "F.npy", help_heading = "Inputs")]
    probs: Option<PathBuf>,
    /// Features, f32 or f64 [points, dimensions]: pool points, then labelled points
    #[arg(long, value_name = "F.npy", help_heading = "Inputs")]
    features: Option<PathBuf>,
    /// Ids of the rows of predictions or features: i64 [rows], or a table with `index` [default: row numbers]
    #[arg(long, value_name = "I.npy", help_heading = "Inputs", conflicts_with = "scores")]
    indices: Option<PathBuf>,
    /// Labels by id, i64, for minimum_bayes_risk; only those of labelled points are read
    #[arg(long, value_name = "Y.npy", help_heading = "Inputs", requires = "features")]
    labels: Option<PathBuf>,
    /// Ids labelled so far; with them the new labelled.npy is written
    #[arg(long, value_name = "L.npy", help_heading = "Inputs")]
    labelled: Option<PathBuf>,
    /// Output folder of bal-label: labelled ids with their labels, instead of --labelled and --labels
    #[arg(long, value_name = "DIR", help_heading = "Inputs", conflicts_with_all = ["labelled", "labels"])]
    label: Option<PathBuf>,
    /// top_k, power, softmax, softrank (scores); batch_bald, k_bald, large_batch_bald, power_large_batch_bald
    /// (predictions); core_set, badge, minimum_bayes_risk (features)
    #[arg(long, default_value = "top_k", value_name = "M", value_parser = method)]
    method: String,
    /// Points to pick, at most all there are
    #[arg(long, value_name = "B")]
    batch: usize,
    /// Coldness of power, softmax and softrank [default: 1]
    #[arg(long, value_name = "β", help_heading = "Method")]
    beta: Option<f64>,
    /// Coldness of power_large_batch_bald [default: 5]
    #[arg(long, value_name = "α", help_heading = "Method")]
    alpha: Option<f64>,
    /// Joint configurations of batch_bald: exact up to this many, sampled above; times the samples at most
    /// 268435456 [default: 10000]
    #[arg(long, value_name = "M", help_heading = "Method")]
    num_samples: Option<usize>,
    /// Order of k_bald, 2 or 3 [default: 2]
    #[arg(short, long, value_name = "K", help_heading = "Method")]
    k: Option<usize>,
    /// Kernel width of minimum_bayes_risk [default: mean distance to the 7th nearest neighbour]
    #[arg(long, value_name = "σ", help_heading = "Method")]
    sigma: Option<f64>,
    /// Print for each pick its rank by score alone, gain, and the batch's information so far
    #[arg(long, help_heading = "Outputs")]
    explain: bool,
    /// Seed of the run
    #[arg(long, default_value_t = 0, value_name = "S", value_parser = clap::value_parser!(u64).range(..=MAX_SEED), help_heading = "Execution")]
    seed: u64,
    /// Acquisition round, 0 to 1000000
    #[arg(long, default_value_t = 0, value_name = "R", value_parser = clap::value_parser!(u64).range(..=MAX_ROUND), help_heading = "Execution")]
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
    let mut config = Config {
        method: args.method,
        batch: args.batch,
        column: args.column,
        beta: args.beta,
        alpha: args.alpha,
        num_samples: args.num_samples,
        k: args.k,
        sigma: args.sigma,
    };
    let predictions = match (args.log_probs, args.probs) {
        (Some(path), _) => Some((path, Form::LogProbs)),
        (None, probs) => probs.map(|path| (path, Form::Probs)),
    };
    let indices = args.indices;
    let predictions = predictions.map(|(path, form)| Predictions { path, form, indices: indices.clone() });
    let source = match (args.scores, args.features, predictions) {
        (Some(scores), _, _) => Source::Scores(scores),
        (None, Some(features), predictions) => {
            Source::Features { features, indices, predictions, labels: args.labels }
        }
        (None, None, Some(predictions)) => Source::Predictions(predictions),
        (None, None, None) => unreachable!("the argument group asks for one of them"),
    };
    let task = Run {
        source,
        labelled: args.labelled.map(Labelled::Ids).or(args.label.map(Labelled::Folder)),
        place: Place::new(args.out, args.stage.root, args.seed, args.round),
        threads: usize::from(args.stage.threads),
        explain: args.explain,
    };
    config.resolve()?;
    run(&config, &task)?;
    bal_cli::say(&task.place.out.join(file::SELECTED).display().to_string());
    Ok(())
}

fn method(name: &str) -> Result<String, String> {
    match BatchMethod::shortcut(name) {
        Some(_) => Ok(name.to_owned()),
        None => BatchMethod::parse(name).map(|_| name.to_owned()).map_err(|unknown| {
            let error = crate::Error::from(unknown);
            format!("{error}; {}", error.hint().unwrap_or_default())
        }),
    }
}
