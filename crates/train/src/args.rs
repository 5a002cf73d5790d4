//! Command line of `bal-train`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bal_artifact::Place;
use bal_cli::{Failure, GlobalArgs, MAX_ROUND, MAX_SEED, StageArgs};
use bal_model::{Compute, NetworkName, Precision};
use clap::Parser;

use crate::{Config, Evaluate, Optimizer, Run, WeightDecay, run};

/// Fits a network from scratch on the labelled points and evaluates it.
///
/// Writes model.safetensors, metrics.parquet (one row), epochs.parquet and train.json.
#[derive(Debug, Parser)]
#[command(
    name = "bal-train",
    version,
    after_help = "Example:\n  bal-train --data data/mnist --label round-000/label --validation split/validation.npy \\\n    --network gal_cnn --epochs 50 --batch-size 128 --learning-rate 1e-3 \\\n    --weight-decay-validated 1e-4,1e-3,1e-2 --evaluate-samples 100 --out round-000/train"
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
    /// Network: gal_cnn, batchbald_cnn (images) or mlp (points)
    #[arg(long, value_name = "NAME", value_parser = network, help_heading = "Model")]
    network: NetworkName,
    /// Passes over the labelled points, 1 to 100000
    #[arg(long, default_value_t = 50, value_name = "N", help_heading = "Model")]
    epochs: usize,
    /// Points per minibatch, 1 to 65536
    #[arg(long, default_value_t = 128, value_name = "N", help_heading = "Model")]
    batch_size: usize,
    /// Adam's step size
    #[arg(long, default_value_t = 1e-3, value_name = "η", help_heading = "Model")]
    learning_rate: f64,
    /// L2 penalty on weights, not biases
    #[arg(long, default_value_t = 0.0, value_name = "λ", help_heading = "Model", conflicts_with_all = ["weight_decay_validated", "weight_decay_per_round"])]
    weight_decay: f64,
    /// Candidates: lowest validation NLL at round 0, then λ₀·N₀/N
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "λ,λ…",
        help_heading = "Model",
        conflicts_with = "weight_decay_per_round"
    )]
    weight_decay_validated: Vec<f64>,
    /// Candidates: lowest validation NLL, searched in every round
    #[arg(long, value_delimiter = ',', value_name = "λ,λ…", help_heading = "Model")]
    weight_decay_per_round: Vec<f64>,
    /// Posterior samples that predictions are averaged over, 1 to 10000
    #[arg(long, default_value_t = 100, value_name = "T", help_heading = "Model")]
    evaluate_samples: usize,
    /// Numbers in which networks are computed: f32 or bf16 (faster where the processor has products of it)
    #[arg(long, default_value = "f32", value_name = "P", help_heading = "Model")]
    precision: Precision,
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

/// Runs `bal-train` with these arguments (the first is the program's name).
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    bal_cli::run(arguments, |args: &TrainArgs| &args.global, train)
}

fn train(args: TrainArgs) -> Result<(), Failure> {
    let weight_decay = match (args.weight_decay_validated, args.weight_decay_per_round) {
        (validated, _) if !validated.is_empty() => WeightDecay::Validated(validated),
        (_, per_round) if !per_round.is_empty() => WeightDecay::PerRound(per_round),
        _ => WeightDecay::Fixed(args.weight_decay),
    };
    let config = Config {
        network: args.network,
        epochs: args.epochs,
        batch_size: args.batch_size,
        optimizer: Optimizer::Adam { learning_rate: args.learning_rate },
        weight_decay,
        evaluate: Evaluate { samples: args.evaluate_samples },
        precision: args.precision,
    };
    let task = Run {
        data: args.data,
        label: args.label,
        validation: args.validation,
        first_round: args.first_round,
        place: Place::new(args.out, args.stage.root, args.seed, args.round),
    };
    let compute = Compute { device: args.device, threads: usize::from(args.stage.threads) };
    run(&config, std::slice::from_ref(&task), &compute)?;
    bal_cli::say(&task.place.out.display().to_string());
    Ok(())
}

fn network(name: &str) -> Result<NetworkName, String> {
    use bal_cli::Explain as _;
    name.parse().map_err(|error: bal_model::Error| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })
}
