//! Command line of `bal-select`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bal_acquisition::Form;
use bal_artifact::{Place, file};
use bal_cli::{Failure, GlobalArgs, PlaceArgs, ThreadArgs, Words};
use bal_settings::SettingArgs;
use clap::{ArgGroup, Parser};

use crate::{Basis, Config, Execution, Files, Labelled, Predictions, run};

const EXAMPLES: &str = "Examples:
  bal-select --scores scores/scores.parquet --column bald --method top_k --batch 10 --out picks
  bal-select --probs predictions.npy --method batch_bald --batch 10 --explain --out picks
  bal-select --features features.npy --labelled labelled.npy --method core_set --batch 10 --out picks";

/// Picks the points to label next, from scores, predictions or features.
///
/// Writes selected.npy (ids in pick order), selected.parquet (rank, index, gain; joint_mi for joint
/// methods) and select.json. Joint methods (batch_bald, k_bald, large_batch_bald, power_large_batch_bald)
/// need predictions whose sample k is one posterior draw for all points.
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
    #[arg(long, value_name = "Y.npy", help_heading = "Inputs", requires = "features", conflicts_with_all = ["scores", "label"])]
    labels: Option<PathBuf>,
    /// Ids labelled so far; with them the new labelled.npy is written
    #[arg(long, value_name = "L.npy", help_heading = "Inputs")]
    labelled: Option<PathBuf>,
    /// Output folder of bal-label, for methods on features: labelled ids with their labels, instead of
    /// --labelled and --labels
    #[arg(long, value_name = "DIR", help_heading = "Inputs", conflicts_with_all = ["labelled", "labels"])]
    label: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingArgs<Config>,
    /// Print for each pick its rank by score alone, gain, and the batch's information so far
    #[arg(long, help_heading = "Outputs")]
    explain: bool,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    threads: ThreadArgs,
    #[command(flatten)]
    global: GlobalArgs,
}

/// Runs `bal-select` with these arguments (the first is the program's name).
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    bal_cli::run(arguments, |args: &SelectArgs| &args.global, select)
}

fn select(args: SelectArgs) -> Result<(), Failure> {
    let config = args.settings.checked()?;
    let predictions = match (args.log_probs, args.probs) {
        (Some(path), _) => Some((path, Form::LogProbs)),
        (None, probs) => probs.map(|path| (path, Form::Probs)),
    };
    let indices = args.indices;
    let predictions = predictions.map(|(path, form)| Predictions { path, form, indices: indices.clone() });
    let basis = match (args.scores, args.features, predictions) {
        (Some(scores), _, _) => Basis::Scores(scores),
        (None, Some(features), predictions) => {
            Basis::Features { features, indices, predictions, labels: args.labels }
        }
        (None, None, Some(predictions)) => Basis::Predictions(predictions),
        (None, None, None) => unreachable!("the argument group asks for one of them"),
    };
    let labelled = args.labelled.map(Labelled::Ids).or(args.label.map(Labelled::Folder));
    let PlaceArgs { out, root, seed, round } = args.place;
    let place = Place::new(out, root, seed, round);
    let files = Files { basis, labelled, place };
    let execution = Execution { threads: args.threads.number(), explain: args.explain };
    run(&config, &files, execution)?;
    bal_cli::say(&files.place.out.join(file::SELECTED).display().to_string());
    Ok(())
}

impl Files {
    /// The flags that name them.
    pub fn command_line(&self) -> Vec<String> {
        let Self { basis, labelled, place } = self;
        let predictions = |words: Words, Predictions { path, form, .. }: &Predictions| match form {
            Form::Probs => words.path("probs", path),
            Form::LogProbs => words.path("log-probs", path),
        };
        let words = match basis {
            Basis::Scores(scores) => Words::default().path("scores", scores),
            Basis::Predictions(given) => {
                predictions(Words::default(), given).maybe("indices", given.indices.as_deref())
            }
            Basis::Features { features, indices, predictions: given, labels } => {
                let words = given.iter().fold(Words::default().path("features", features), predictions);
                words.maybe("indices", indices.as_deref()).maybe("labels", labels.as_deref())
            }
        };
        let words = match labelled {
            Some(Labelled::Ids(ids)) => words.path("labelled", ids),
            Some(Labelled::Folder(label)) => words.path("label", label),
            None => words,
        };
        words.place(place.seed, Some(place.round), &place.out, &place.root).into_vec()
    }
}
