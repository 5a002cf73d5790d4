//! Command line of `bal-prepare`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bal_artifact::Place;
use bal_cli::{Failure, GlobalArgs, MAX_SEED, Words};
use bal_settings::SettingArgs;
use clap::{Args, Parser, Subcommand, ValueHint};

use crate::{dataset, split};

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
#[derive(Args, Debug)]
#[command(long_about = dataset::help())]
struct DatasetArgs {
    #[command(flatten)]
    settings: SettingArgs<dataset::Config>,
    /// Where to take it from: a folder, a URL, or `auto` for cache, `BAL_DATA_SOURCE`, official URLs,
    /// packages
    ///
    /// A folder or URL given here is tried alone. It holds the official files, compressed (`.gz`, `.xz`) or
    /// not, or their official archive, in itself or (a folder) in a subfolder named as the data set. The
    /// environment variable `BAL_DATA_SOURCE` names another such place, which `auto` tries after the download
    /// cache.
    #[arg(long, value_name = "auto|DIR|URL", default_value = dataset::AUTO, help_heading = "Inputs")]
    source: String,
    /// Folder of the prepared data set
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Outputs")]
    out: PathBuf,
}

/// Split the training points of a data set into initial training set, validation set and pool
#[derive(Args, Debug)]
struct SplitArgs {
    /// Prepared data set
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Inputs")]
    data: PathBuf,
    /// Seed of all draws
    #[arg(long, default_value_t = 0, value_name = "S", value_parser = clap::value_parser!(u64).range(..=MAX_SEED), help_heading = "Execution")]
    seed: u64,
    #[command(flatten)]
    settings: SettingArgs<split::Config>,
    /// Folder of the split
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Outputs")]
    out: PathBuf,
    /// Folder that the paths in the manifest are relative to [default: the output folder]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Outputs")]
    root: Option<PathBuf>,
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
    dataset::run(&arguments.settings.checked()?, Some(&arguments.source), &arguments.out)?;
    bal_cli::say(&arguments.out.display().to_string());
    Ok(())
}

fn prepare_split(arguments: SplitArgs) -> Result<(), Failure> {
    let config = arguments.settings.checked()?;
    let place = Place::new(arguments.out, arguments.root, arguments.seed, 0);
    let files = split::Files { data: arguments.data, place };
    split::run(&config, &files)?;
    bal_cli::say(&files.place.out.display().to_string());
    Ok(())
}

impl split::Files {
    /// The flags that name them.
    pub fn command_line(&self) -> Vec<String> {
        let Self { data, place } = self;
        Words::default().path("data", data).place(place.seed, None, &place.out, &place.root).into_vec()
    }
}
