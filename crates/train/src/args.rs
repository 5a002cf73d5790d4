//! Command line of `bal-train`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bal_artifact::Place;
use bal_cli::{Failure, GlobalArgs, PlaceArgs, ThreadArgs, Words};
use bal_model::Compute;
use bal_settings::SettingArgs;
use clap::Parser;

use crate::{Config, Files, run};

/// Fits a network from scratch on the labelled points and evaluates it.
///
/// Writes model.safetensors, metrics.parquet (one row), calibration.parquet (a row per bin), epochs.parquet
/// and train.json; `gaussian_field`, which has no weights, neither weights nor epochs.
#[derive(Debug, Parser)]
#[command(
    name = "bal-train",
    version,
    after_help = "Example:\n  bal-train --data data/mnist --label round-000/label --validation split/validation.npy \\\n    --network gal_cnn --epochs 50 --optimizer.adam.learning-rate 1e-3 \\\n    --weight-decay.validated 1e-4,1e-3,1e-2 --evaluate.samples 100 --out round-000/train"
)]
struct TrainArgs {
    /// Prepared data set
    #[arg(long, value_name = "DIR", help_heading = "Inputs")]
    data: PathBuf,
    /// Output folder of bal-label: ids and labels of the labelled points, labels of the validation points
    #[arg(long, value_name = "DIR", help_heading = "Inputs")]
    label: PathBuf,
    /// Ids of the validation points
    #[arg(long, value_name = "V.npy", help_heading = "Inputs")]
    validation: PathBuf,
    /// Output folder of round 0, whose validated weight decay is carried on as λ₀·N₀/N
    #[arg(long, value_name = "DIR", help_heading = "Inputs")]
    first_round: Option<PathBuf>,
    /// Ids of the pool, for `gaussian_field` alone: its graph has the labelled points, the pool and the test
    /// half
    #[arg(long, value_name = "P.npy", help_heading = "Inputs")]
    pool: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingArgs<Config>,
    #[command(flatten)]
    place: PlaceArgs,
    /// auto, cpu or cuda:N
    #[arg(long, default_value = "auto", value_name = "DEVICE", help_heading = "Execution")]
    device: String,
    #[command(flatten)]
    threads: ThreadArgs,
    #[command(flatten)]
    global: GlobalArgs,
}

/// Runs `bal-train` with these arguments (the first is the program's name).
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    bal_cli::run(arguments, |args: &TrainArgs| &args.global, train)
}

fn train(args: TrainArgs) -> Result<(), Failure> {
    let config = args.settings.checked()?;
    let threads = args.threads.number();
    let PlaceArgs { out, root, seed, round } = args.place;
    let TrainArgs { data, label, validation, first_round, pool, .. } = args;
    let place = Place::new(out, root, seed, round);
    let files = Files { data, label, validation, first_round, pool, place };
    let compute = Compute { device: args.device, threads };
    run(&config, std::slice::from_ref(&files), &compute)?;
    bal_cli::say(&files.place.out.display().to_string());
    Ok(())
}

impl Files {
    /// The flags that name them.
    pub fn command_line(&self) -> Vec<String> {
        let Self { data, label, validation, first_round, pool, place } = self;
        let words = Words::default().path("data", data).path("label", label).path("validation", validation);
        let words = words.maybe("first-round", first_round.as_deref()).maybe("pool", pool.as_deref());
        words.place(place.seed, Some(place.round), &place.out, &place.root).into_vec()
    }
}
