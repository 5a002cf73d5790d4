//! Command line of `bal-report`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bal_artifact::{Place, file};
use bal_cli::{Failure, GlobalArgs, StageArgs};
use clap::{Parser, ValueHint};

use crate::config::is_accuracy;
use crate::{Band, Config, LearningCurves, Metric, Run};

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
    /// Prepared data sets, for contact sheets and class histograms; may be given several times [default:
    /// those that the runs name]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Inputs")]
    data: Vec<PathBuf>,
    /// Metric of the learning curves
    #[arg(long, value_enum, default_value = "test_accuracy", value_name = "METRIC", help_heading = "Report")]
    metric: Metric,
    /// Spread over seeds in the learning curves
    #[arg(long, value_enum, default_value = "standard_error", value_name = "BAND", help_heading = "Report")]
    band: Band,
    /// Test accuracies, separated by commas; the report says how many labels each of them took
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "0.90,0.95",
        value_parser = accuracy,
        value_name = "A,…",
        help_heading = "Report"
    )]
    labels_to_accuracy: Vec<f64>,
    /// Folder of the report
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Outputs")]
    out: PathBuf,
    #[command(flatten)]
    stage: StageArgs,
}

/// Runs `bal-report` with these arguments, the first of which is the program's name.
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    bal_cli::run(arguments, |arguments: &Arguments| &arguments.global, report)
}

fn report(arguments: Arguments) -> Result<(), Failure> {
    let learning_curves = LearningCurves { metric: arguments.metric, band: arguments.band };
    let config = Config { learning_curves, labels_to_accuracy: arguments.labels_to_accuracy };
    let place = Place::new(arguments.out, arguments.stage.root, 0, 0);
    let run = Run { runs: arguments.runs, data: arguments.data, place };
    crate::run(&config, &run)?;
    bal_cli::say(&run.place.out.join(file::REPORT).display().to_string());
    Ok(())
}

fn accuracy(text: &str) -> Result<f64, String> {
    let value: f64 = text.trim().parse().map_err(|_| "not a number".to_owned())?;
    if is_accuracy(value) {
        Ok(value)
    } else {
        Err("expected above 0 and at most 1: write 90 % as `0.90`".to_owned())
    }
}
