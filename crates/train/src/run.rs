//! The stage: reads a data set and ids, fits, evaluates, publishes.

use std::path::{Path, PathBuf};

use bal_artifact::{Clock, Inputs, Manifest, Staging, read_table};
use bal_model::{Compute, Half, Masks, Network, Parameters, Posterior, device_name};
use polars::prelude::{DataFrame, df};
use tch::{Device, Tensor};

use crate::evaluate::{Metrics, evaluate};
use crate::fit::{Epoch, Labelled, fit};
use crate::{Config, Error, WeightDecay};

/// Version of this stage's outputs; raise it when the same inputs give other bytes.
pub const STAGE_VERSION: u32 = 1;

/// One network to train.
#[derive(Clone, Debug)]
pub struct Run {
    /// Prepared data set.
    pub data: PathBuf,
    /// Ids of the labelled points.
    pub labelled: PathBuf,
    /// Ids of the validation points.
    pub validation: PathBuf,
    /// Output folder of round 0, whose validated weight decay is carried on.
    pub first_round: Option<PathBuf>,
    /// Output folder.
    pub out: PathBuf,
    /// Folder that paths in the manifest are relative to.
    pub root: PathBuf,
    /// Seed of the run.
    pub seed: u64,
    /// Acquisition round.
    pub round: u64,
}

/// Trains and evaluates every run; each one publishes its own artifact.
///
/// # Errors
/// The first run that fails; what was published before stays.
pub fn run(config: &Config, runs: &[Run], compute: &Compute) -> Result<(), Error> {
    config.check()?;
    let device = compute.start()?;
    runs.iter().try_for_each(|run| train_one(config, run, device, compute.threads))
}

fn train_one(config: &Config, run: &Run, device: Device, threads: usize) -> Result<(), Error> {
    let mut clock = Clock::start(&device_name(device), threads);
    let mut inputs = Inputs::new(&run.root);
    let (train, details) = Half::load(&run.data, "train", &mut inputs)?;
    let (test, _) = Half::load(&run.data, "test", &mut inputs)?;
    let labelled_ids = train.read_ids("labelled", &run.labelled, &mut inputs)?;
    let validation_ids = train.read_ids("validation", &run.validation, &mut inputs)?;
    for (ids, path) in [(&labelled_ids, &run.labelled), (&validation_ids, &run.validation)] {
        if ids.is_empty()
            && !(path == &run.validation && matches!(config.weight_decay, WeightDecay::Fixed(_)))
        {
            return Err(no_points(path));
        }
    }
    let classes = details.classes.len();
    let network = Network::new(config.network, &details.input_shape, classes)?;
    let labels = train.gather_labels(&labelled_ids, classes, &run.labelled)?;
    let validation_labels = train.gather_labels(&validation_ids, classes, &run.validation)?;
    let test_rows: Vec<i64> = (0..test.len() as i64).collect();
    let test_labels = test.gather_labels(&test_rows, classes, &run.data.join("test_labels.npy"))?;
    let labelled = Labelled {
        inputs: train.gather(&labelled_ids, device),
        labels: Tensor::from_slice(&labels).to_device(device),
    };
    clock.lap("read");

    let quality = |parameters: &Parameters, half: &Half, rows: &[i64], labels: &[i64]| {
        let samples = config.evaluate.samples;
        let masks = Masks::draw(&network, samples, run.seed, "evaluate_dropout", run.round, device);
        evaluate(&Posterior::new(&network, parameters, masks), half, rows, labels, device)
    };
    let mut best: Option<Fit> = None;
    for lambda in candidates(config, run, labelled_ids.len(), &mut inputs)? {
        let (parameters, epochs) = fit(&network, config, &labelled, lambda, run.seed, run.round, device)?;
        clock.lap("fit");
        let validation = quality(&parameters, &train, &validation_ids, &validation_labels)?;
        clock.lap("evaluate");
        if best.as_ref().is_none_or(|best| validation.nll < best.validation.nll) {
            best = Some(Fit { lambda, parameters, epochs, validation });
        }
    }
    let best = best.ok_or_else(|| no_points(&run.labelled))?;
    let test = quality(&best.parameters, &test, &test_rows, &test_labels)?;
    clock.lap("evaluate");

    let mut staging = Staging::new(&run.out)?;
    staging.weights("model", &best.parameters.to_weights(&network))?;
    staging.table("metrics", &mut metrics_table(run, labelled_ids.len(), &best, &test))?;
    staging.table("epochs", &mut epochs_table(&best.epochs))?;
    let config = serde_json::to_value(config).expect("a configuration holds only names and numbers");
    let mut manifest = Manifest::new("train", STAGE_VERSION, config, inputs);
    (manifest.seed, manifest.round) = (run.seed, run.round);
    manifest.run = clock.stop();
    Ok(staging.publish(manifest)?)
}

/// A finished fit with one weight decay.
struct Fit {
    lambda: f64,
    parameters: Parameters,
    epochs: Vec<Epoch>,
    validation: Metrics,
}

/// The weight decays to try: one, or all candidates where the validation set decides.
fn candidates(config: &Config, run: &Run, labels: usize, inputs: &mut Inputs) -> Result<Vec<f64>, Error> {
    match (&config.weight_decay, &run.first_round) {
        (WeightDecay::Validated(_), Some(first_round)) => {
            // λ_r = λ_0·N_0/N_r: the penalty stands against a sum over N points (Gal & Ghahramani 2016).
            let path = first_round.join("metrics.parquet");
            inputs.add("first_round", &path)?;
            let table = read_table("first_round", &path, &["weight_decay", "labels"])?;
            let first = |column: &str| table.column(column).ok()?.as_materialized_series().sum::<f64>().ok();
            let (Some(lambda), Some(first_labels)) = (first("weight_decay"), first("labels")) else {
                let (expected, found) = ("one row of numbers".to_owned(), format!("{} rows", table.height()));
                return Err(bal_artifact::Error::Mismatch { path, expected, found }.into());
            };
            Ok(vec![lambda * first_labels / labels as f64])
        }
        (WeightDecay::Validated(_), None) if run.round > 0 => Err(Error::FirstRound { round: run.round }),
        (weight_decay, _) => Ok(weight_decay.candidates().to_vec()),
    }
}

fn metrics_table(run: &Run, labels: usize, fit: &Fit, test: &Metrics) -> DataFrame {
    let validation = &fit.validation;
    df!(
        "round" => [run.round as i64],
        "labels" => [labels as i64],
        "weight_decay" => [fit.lambda],
        "epochs" => [fit.epochs.len() as i64],
        "train_loss" => [fit.epochs.last().map_or(f64::NAN, |epoch| epoch.loss)],
        "validation_accuracy" => [validation.accuracy],
        "validation_nll" => [validation.nll],
        "validation_brier" => [validation.brier],
        "validation_ece" => [validation.ece],
        "test_accuracy" => [test.accuracy],
        "test_nll" => [test.nll],
        "test_brier" => [test.brier],
        "test_ece" => [test.ece],
    )
    .expect("columns of one row each")
}

fn epochs_table(epochs: &[Epoch]) -> DataFrame {
    df!(
        "epoch" => (0..epochs.len() as i64).collect::<Vec<_>>(),
        "train_loss" => epochs.iter().map(|epoch| epoch.loss).collect::<Vec<_>>(),
        "train_accuracy" => epochs.iter().map(|epoch| epoch.accuracy).collect::<Vec<_>>(),
    )
    .expect("columns of equal length")
}

fn no_points(path: &Path) -> Error {
    let (expected, found) = ("at least one id".to_owned(), "no ids".to_owned());
    bal_artifact::Error::Value { path: path.to_path_buf(), expected, found }.into()
}
