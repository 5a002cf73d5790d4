//! Command line of `bal-report`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bal_artifact::{Place, file};
use bal_cli::{Failure, GlobalArgs, Words};
use bal_settings::{Checked, SettingArgs};
use clap::{Parser, ValueHint};

use crate::{Config, Files};

/// Aggregates runs into tables, figures and one self-contained page
///
/// Every `<cell>/seed-<s>/round-<r>/` below the folders of runs is read, as far as each run went; the report
/// says which ones are unfinished. With several folders, a cell is named after its folder as well.
#[derive(Debug, Parser)]
#[command(name = "bal-report", version, max_term_width = 110)]
struct Arguments {
    #[command(flatten)]
    global: GlobalArgs,
    /// Folder of runs, e.g. `artifacts/fig1`; may be given several times
    #[arg(long, required = true, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Inputs")]
    runs: Vec<PathBuf>,
    /// Prepared data sets, to show what was acquired; may be given several times [default:
    /// those that the runs name]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Inputs")]
    data: Vec<PathBuf>,
    #[command(flatten)]
    settings: SettingArgs<Config>,
    /// Folder of the report
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Outputs")]
    out: PathBuf,
    /// Folder that the paths in the manifest are relative to [default: the output folder]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Outputs")]
    root: Option<PathBuf>,
}

/// Runs `bal-report` with these arguments, the first of which is the program's name.
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    bal_cli::run(arguments, |arguments: &Arguments| &arguments.global, report)
}

fn report(arguments: Arguments) -> Result<(), Failure> {
    let place = Place::new(arguments.out, arguments.root, 0, 0);
    let config = arguments.settings.checked()?;
    let config = Checked::new(config.as_seen_from(Path::new("."), &place.root))?;
    let files = Files { runs: arguments.runs, data: arguments.data, place };
    crate::run(&config, &files)?;
    bal_cli::say(&files.place.out.join(file::REPORT).display().to_string());
    Ok(())
}

impl Files {
    /// The flags that name them.
    pub fn command_line(&self) -> Vec<String> {
        let Self { runs, data, place } = self;
        let words = runs.iter().fold(Words::default(), |words, runs| words.path("runs", runs));
        let words = data.iter().fold(words, |words, data| words.path("data", data));
        words.path("out", &place.out).path("root", &place.root).into_vec()
    }
}
