//! Command line of `bal-score`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bal_acquisition::Form;
use bal_artifact::{Place, file};
use bal_cli::{Failure, GlobalArgs, PlaceArgs, ThreadArgs};
#[cfg(not(feature = "torch"))]
use bal_settings::Problem;
use bal_settings::SettingArgs;
use clap::{ArgGroup, Parser};

use crate::{Config, External, functions, run_external};

/// Scores a pool of unlabelled points: larger means "label this first".
///
/// Either draws posterior samples of a trained network (`--model`), or takes predictions made elsewhere
/// (`--log-probs`, `--probs`). With a data set and no network it predicts nothing: random scores, and inputs
/// as features. Writes scores.parquet (index, one column per function) and score.json.
#[derive(Debug, Parser)]
#[command(
    name = "bal-score",
    version,
    group = ArgGroup::new("predictions").required(true).multiple(true).args(["model", "data", "log_probs", "probs"]),
    after_help = "Examples:\n  bal-score --probs predictions.npy --acquisition bald,max_entropy --out scores\n  bal-score --model round-000/train/model.safetensors --data data/mnist --pool split/pool.npy \\\n    --exclude split/initial.npy --acquisition bald --out round-000/score"
)]
struct ScoreArgs {
    /// Weights written by bal-train
    #[arg(long, value_name = "M.safetensors", help_heading = "Inputs", requires_all = ["data", "pool"])]
    model: Option<PathBuf>,
    /// Prepared data set
    #[arg(long, value_name = "DIR", help_heading = "Inputs", requires = "pool", conflicts_with_all = ["log_probs", "probs"])]
    data: Option<PathBuf>,
    /// Ids of the pool; their order decides ties
    #[arg(long, value_name = "P.npy", help_heading = "Inputs", requires = "data", conflicts_with_all = ["log_probs", "probs"])]
    pool: Option<PathBuf>,
    /// Ids to leave out of the pool: the labelled points
    #[arg(long, value_name = "L.npy", help_heading = "Inputs", conflicts_with_all = ["log_probs", "probs"])]
    exclude: Option<PathBuf>,
    /// Log-probabilities made elsewhere, f32 or f64 [points, samples, classes]
    #[arg(long, value_name = "F.npy", help_heading = "Inputs", conflicts_with_all = ["model", "probs"])]
    log_probs: Option<PathBuf>,
    /// Probabilities made elsewhere, f32 or f64 [points, samples, classes]
    #[arg(long, value_name = "F.npy", help_heading = "Inputs", conflicts_with = "model")]
    probs: Option<PathBuf>,
    /// Log-probabilities of epig's target points, for --log-probs
    #[arg(long, value_name = "T.npy", help_heading = "Inputs", requires = "log_probs", conflicts_with_all = ["model", "data", "probs"])]
    target_log_probs: Option<PathBuf>,
    /// Probabilities of epig's target points, for --probs
    #[arg(long, value_name = "T.npy", help_heading = "Inputs", requires = "probs", conflicts_with_all = ["model", "data", "log_probs"])]
    target_probs: Option<PathBuf>,
    /// Ids of the points of --log-probs or --probs, i64 [points] [default: row numbers]
    #[arg(long, value_name = "I.npy", help_heading = "Inputs", conflicts_with_all = ["model", "data"])]
    indices: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingArgs<Config>,
    #[command(flatten)]
    place: PlaceArgs,
    /// auto, cpu or cuda:N
    #[arg(long, default_value = "auto", value_name = "DEVICE", help_heading = "Execution", conflicts_with_all = ["log_probs", "probs"])]
    device: String,
    #[command(flatten)]
    threads: ThreadArgs,
    #[command(flatten)]
    global: GlobalArgs,
}

/// Runs `bal-score` with these arguments (the first is the program's name).
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    bal_cli::run(arguments, |args: &ScoreArgs| &args.global, score)
}

fn score(mut args: ScoreArgs) -> Result<(), Failure> {
    let PlaceArgs { out, root, seed, round } = args.place.clone();
    let place = Place::new(out, root, seed, round);
    let scores = place.out.join(file::SCORES);
    let log_probs = args.log_probs.take().map(|path| (path, Form::LogProbs));
    match log_probs.or_else(|| Some((args.probs.take()?, Form::Probs))) {
        Some((predictions, form)) => score_elsewhere(args, predictions, form, place)?,
        None => score_model(args, place)?,
    }
    bal_cli::say(&scores.display().to_string());
    Ok(())
}

fn score_elsewhere(args: ScoreArgs, predictions: PathBuf, form: Form, place: Place) -> Result<(), Failure> {
    let settings =
        args.settings.only(&["acquisition"], "predictions made elsewhere are scored as they are")?;
    let names = settings["acquisition"].as_str().unwrap_or_default();
    let functions = functions(names).map_err(|invalid| args.settings.blame(invalid))?;
    let targets = args.target_log_probs.or(args.target_probs);
    let threads = args.threads.number();
    let external = External { predictions, form, indices: args.indices, targets, functions, place, threads };
    Ok(run_external(&external)?)
}

#[cfg(feature = "torch")]
fn score_model(args: ScoreArgs, place: Place) -> Result<(), Failure> {
    let config = args.settings.checked()?;
    let files = crate::Files {
        model: args.model,
        data: args.data.unwrap_or_default(),
        pool: args.pool.unwrap_or_default(),
        exclude: args.exclude,
        place,
    };
    let compute = crate::Compute { device: args.device, threads: args.threads.number() };
    Ok(crate::run(&config, &files, &compute)?)
}

#[cfg(not(feature = "torch"))]
fn score_model(_: ScoreArgs, _: Place) -> Result<(), Failure> {
    let text = "weights cannot be read: this `bal-score` was built without torch";
    Err(Problem::new(text).of("model").with_hint("give predictions with `--probs` or `--log-probs`").into())
}

#[cfg(feature = "torch")]
impl crate::Files {
    /// The flags that name them.
    pub fn command_line(&self) -> Vec<String> {
        let Self { model, data, pool, exclude, place } = self;
        let words = bal_cli::Words::default().maybe("model", model.as_deref());
        let words = words.path("data", data).path("pool", pool);
        let words = words.maybe("exclude", exclude.as_deref());
        words.place(place.seed, Some(place.round), &place.out, &place.root).into_vec()
    }
}
