//! Command line of `bal-label`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bal_artifact::Place;
use bal_cli::{Failure, GlobalArgs, PlaceArgs, Words};
use bal_settings::SettingArgs;
use clap::Parser;

use crate::{Config, Files, From, run};

/// Looks up the labels of the points that a round may learn from.
///
/// Writes labelled.npy (ids), labels.npy (their labels), validation_labels.npy and label.json. Training reads
/// labels there, and so do selection and report in a pipeline.
#[derive(Debug, Parser)]
#[command(
    name = "bal-label",
    version,
    max_term_width = 110,
    after_help = "Examples:\n  bal-label --data data/mnist --initial split/initial.npy --validation split/validation.npy \\\n    --out round-000/label\n  bal-label --data data/mnist --label round-000/label --selected round-000/select/selected.npy \\\n    --validation split/validation.npy --round 1 --out round-001/label"
)]
struct LabelArgs {
    /// Prepared data set, whose labels are known
    #[arg(long, value_name = "DIR", help_heading = "Inputs")]
    data: PathBuf,
    /// Ids of the initial training set, in the first round
    #[arg(long, value_name = "I.npy", help_heading = "Inputs", required_unless_present = "label", conflicts_with_all = ["label", "selected"])]
    initial: Option<PathBuf>,
    /// Output folder of bal-label in the round before
    #[arg(long, value_name = "DIR", help_heading = "Inputs", requires = "selected")]
    label: Option<PathBuf>,
    /// Ids that were picked in the round before
    #[arg(long, value_name = "S.npy", help_heading = "Inputs", requires = "label")]
    selected: Option<PathBuf>,
    /// Ids of the validation points
    #[arg(long, value_name = "V.npy", help_heading = "Inputs")]
    validation: PathBuf,
    #[command(flatten)]
    settings: SettingArgs<Config>,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    global: GlobalArgs,
}

/// Runs `bal-label` with these arguments (the first is the program's name).
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    bal_cli::run(arguments, |args: &LabelArgs| &args.global, label)
}

fn label(args: LabelArgs) -> Result<(), Failure> {
    let from = match (args.initial, args.label, args.selected) {
        (Some(initial), ..) => From::Initial(initial),
        (None, Some(label), Some(selected)) => From::Before { label, selected },
        _ => unreachable!("clap asks for one or the other"),
    };
    let PlaceArgs { out, root, seed, round } = args.place;
    let place = Place::new(out, root, seed, round);
    let files = Files { data: args.data, from, validation: args.validation, place };
    run(&args.settings.checked()?, &files)?;
    bal_cli::say(&files.place.out.display().to_string());
    Ok(())
}

impl Files {
    /// The flags that name them.
    pub fn command_line(&self) -> Vec<String> {
        let Self { data, from, validation, place } = self;
        let words = Words::default().path("data", data);
        let words = match from {
            From::Initial(initial) => words.path("initial", initial),
            From::Before { label, selected } => words.path("label", label).path("selected", selected),
        };
        let words = words.path("validation", validation);
        words.place(place.seed, Some(place.round), &place.out, &place.root).into_vec()
    }
}
