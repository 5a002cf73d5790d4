//! Command line of `bal-prepare`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bal_artifact::Place;
use bal_cli::{Failure, GlobalArgs, MAX_SEED, StageArgs};
use clap::{Args, Parser, Subcommand, ValueHint};

use crate::dataset::{self, catalogue};
use crate::split;

/// Fetches a data set, or splits one into initial training set, validation set and pool
#[derive(Debug, Parser)]
#[command(name = "bal-prepare", version, max_term_width = 110)]
struct Arguments {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dataset(DatasetArgs),
    Split(SplitArgs),
}

/// Fetch a data set, check its bytes and write it as arrays
///
/// `mnist`, `fashion_mnist`: 60,000 training and 10,000 test images of 28 × 28 pixels. `two_moons`: 1,000 points of
/// the plane, generated. `idx`: your own four files in MNIST's format and with its names (`train-images-idx3-ubyte` or
/// `train-images.idx3-ubyte`, …), from `--source`; no digest of them is known, so none is checked.
#[derive(Args, Debug)]
struct DatasetArgs {
    /// Name of the data set
    #[arg(long, value_name = "NAME", value_parser = known_dataset, help_heading = "Inputs")]
    dataset: String,
    /// Where to take it from: a folder, a URL, or `auto` for cache, `BAL_DATA_SOURCE`, official URLs, packages
    ///
    /// A folder or URL given here is tried alone. It holds the official files, gzipped or not, in itself or (a
    /// folder) in a subfolder named as the data set. The environment variable `BAL_DATA_SOURCE` names another such
    /// place, which `auto` tries after the download cache.
    #[arg(long, value_name = "auto|DIR|URL", default_value = dataset::AUTO, help_heading = "Inputs")]
    source: String,
    /// First label of your own files: with 1, labels 1 … 26 become classes 0 … 25 (`idx` only)
    ///
    /// Without it, labels of which none is 0 are refused. Class names stay the labels of the files.
    #[arg(long, value_name = "LABEL", help_heading = "Inputs")]
    labels_start_at: Option<u8>,
    /// Folder of the prepared data set
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Outputs")]
    out: PathBuf,
    #[command(flatten)]
    stage: StageArgs,
}

/// Split the training points of a data set into initial training set, validation set and pool
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("initial set").required(true).args(["initial_per_class", "initial"]))]
struct SplitArgs {
    /// Prepared data set
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Inputs")]
    data: PathBuf,
    /// Seed of all draws
    #[arg(long, default_value_t = 0, value_name = "S", value_parser = clap::value_parser!(u64).range(..=MAX_SEED), help_heading = "Split")]
    seed: u64,
    /// Balanced initial training set: this many points of each class, no more than the rarest one has
    #[arg(long, value_name = "N", help_heading = "Split")]
    initial_per_class: Option<usize>,
    /// Random initial training set of this many points, no more than have labels
    #[arg(long, value_name = "N", help_heading = "Split")]
    initial: Option<usize>,
    /// Size of the validation set, drawn at random from the rest
    #[arg(long, value_name = "N", help_heading = "Split")]
    validation: usize,
    /// Size of the pool, at least 1 [default: all that is left]
    #[arg(long, value_name = "N", help_heading = "Split")]
    pool_size: Option<usize>,
    /// Leave only this fraction of a class (name or index) in the pool; may be given for several classes
    #[arg(long, value_name = "CLASS=F", value_parser = class_fraction, help_heading = "Split")]
    keep_fraction: Vec<(String, f64)>,
    /// Folder of the split
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Outputs")]
    out: PathBuf,
    #[command(flatten)]
    stage: StageArgs,
}

/// Runs `bal-prepare` with these arguments, the first of which is the program's name.
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    bal_cli::run(
        arguments,
        |arguments: &Arguments| &arguments.global,
        |arguments| match arguments.command {
            Command::Dataset(arguments) => prepare_dataset(&arguments),
            Command::Split(arguments) => prepare_split(arguments),
        },
    )
}

fn prepare_dataset(arguments: &DatasetArgs) -> Result<(), Failure> {
    let config =
        dataset::Config { dataset: arguments.dataset.clone(), labels_start_at: arguments.labels_start_at };
    dataset::run(&config, Some(&arguments.source), &arguments.out)?;
    bal_cli::say(&arguments.out.display().to_string());
    Ok(())
}

fn prepare_split(arguments: SplitArgs) -> Result<(), Failure> {
    let mut keep_fraction = BTreeMap::new();
    for (class, fraction) in arguments.keep_fraction {
        if keep_fraction.insert(class.clone(), fraction).is_some() {
            return Err(crate::Error::ClassTwice { class }.into());
        }
    }
    let config = split::Config {
        initial_per_class: arguments.initial_per_class,
        initial: arguments.initial,
        validation: arguments.validation,
        pool_size: arguments.pool_size,
        keep_fraction,
    };
    let place = Place::new(arguments.out, arguments.stage.root, arguments.seed, 0);
    let run = split::Run { data: arguments.data, place };
    split::run(&config, &run)?;
    bal_cli::say(&run.place.out.display().to_string());
    Ok(())
}

fn known_dataset(name: &str) -> Result<String, String> {
    catalogue::check_name(name).map_err(|error| {
        let hint = bal_cli::Explain::hint(&error).map(|hint| format!("\n\nhint: {hint}"));
        format!("{error}{}", hint.unwrap_or_default())
    })?;
    Ok(name.to_owned())
}

fn class_fraction(text: &str) -> Result<(String, f64), String> {
    let (class, fraction) = text.rsplit_once('=').ok_or("expected CLASS=FRACTION, e.g. `3=0.1`")?;
    let fraction = fraction.parse().map_err(|_| format!("`{fraction}` is not a number"))?;
    Ok((class.to_owned(), fraction))
}
