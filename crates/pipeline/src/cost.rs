//! What an experiment costs, roughly. It is said and never refused.

use std::fmt;

use bal_artifact::{DatasetDetails, Layout, Manifest, file};
use bal_model::{InputForm, Network, ParameterSpec, Posterior};
use bal_prepare::split::Initial;
use bal_train::WeightDecay;

use crate::config::Retention;
use crate::settings::Settings;
use crate::sweep::Run;
use crate::words::count;

/// Multiplications of networks that one processor core does in a second: 64e9 in trainings of `gal_cnn` and
/// 50e9 in its posterior samples, measured on a core of 2023 (RESULTS.md in crates/bench).
const PER_SECOND: f64 = 5e10;

/// A step of training takes three passes: one forward, and two backward.
const PASSES: f64 = 3.0;

/// Share of the layers behind the first dropout that a posterior sample computes: it drops the other units.
const SHARE: f64 = 0.25;

/// Bytes of the small files of a round: tables and manifests.
const SMALL_FILES: f64 = 5e4;

/// What runs cost from their beginning.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    runs: usize,
    trainings: u64,
    multiplications: f64,
    bytes: f64,
}

/// What all runs cost whose data sets are there; nothing if none is.
pub(crate) fn cost(layout: &Layout, runs: &[Run]) -> Option<Cost> {
    let costs: Vec<Cost> = runs.iter().filter_map(|run| of_run(layout, &run.settings)).collect();
    let sum = |of: fn(&Cost) -> f64| costs.iter().map(of).sum();
    let cost = Cost {
        runs: costs.len(),
        trainings: costs.iter().map(|cost| cost.trainings).sum(),
        multiplications: sum(|cost| cost.multiplications),
        bytes: sum(|cost| cost.bytes),
    };
    (!costs.is_empty()).then_some(cost)
}

fn of_run(layout: &Layout, settings: &Settings) -> Option<Cost> {
    let folder = layout.data(&settings.dataset);
    let manifest = Manifest::read(&folder, "dataset").ok()?;
    let points = |name: &str| Some(*manifest.outputs.get(name)?.shape.as_ref()?.first()? as f64);
    let (train, test) = (points(file::TRAIN_LABELS)?, points(file::TEST_INPUTS)?);
    let details = DatasetDetails::of(manifest, &folder).ok()?;
    let classes = details.classes.len();
    let form = InputForm::of(&details);
    if !settings.train.network.has_layers() {
        return Some(of_graphs(settings, train, test, form.shape.iter().product::<usize>() as f64));
    }
    let network = Network::new(settings.train.network, &form, classes).ok()?;
    Some(Estimate { settings, classes: classes as f64, train, test, network }.cost())
}

/// Of a Gaussian field with pool and test half in its graph: distances and a Cholesky factor in each round.
fn of_graphs(settings: &Settings, train: f64, test: f64, dimensions: f64) -> Cost {
    let pool = settings.split.pool_size.map_or(train, |pool| pool as f64);
    let nodes = pool + test;
    let (trainings, per_round) = (settings.rounds + 1, nodes * nodes * (dimensions / 2.0 + nodes / 3.0));
    let rounds = trainings as f64;
    Cost { runs: 1, trainings, multiplications: rounds * per_round, bytes: rounds * SMALL_FILES }
}

struct Estimate<'a> {
    settings: &'a Settings,
    classes: f64,
    train: f64,
    test: f64,
    network: Network,
}

impl Estimate<'_> {
    fn cost(&self) -> Cost {
        let Settings { split, train, score, select, rounds, keep, .. } = self.settings;
        let initial = match *split.resolved() {
            Initial::PerClass(each) => each as f64 * self.classes,
            Initial::Total(total) => total as f64,
        };
        let validation = split.validation as f64;
        let pool = split.pool_size.map_or(self.train - initial - validation, |pool| pool as f64);
        let [trunk, head] = self.network.multiplications();
        let samples = |points: f64, samples: usize| points * (trunk + samples as f64 * SHARE * head);
        let scored = |round: f64| {
            let left = (pool - round * select.batch as f64).max(0.0);
            score.pool_subset.map_or(left, |subset| left.min(subset as f64))
        };
        let kept_arrays = u8::from(score.write_log_probs) + u8::from(score.write_logits);
        let needs_predictions =
            kept_arrays > 0 || score.resolved().iter().any(|function| function.needs_predictions());

        let mut multiplications = 0.0;
        for round in 0..=*rounds {
            let fits = match &train.weight_decay {
                WeightDecay::Validated(candidates) if round == 0 => candidates.len() as f64,
                WeightDecay::PerRound(candidates) => candidates.len() as f64,
                WeightDecay::Fixed(_) | WeightDecay::COverN(_) | WeightDecay::Validated(_) => 1.0,
            };
            let members = train.members as f64;
            let labels = initial + round as f64 * select.batch as f64;
            let points = train.draws_per_epoch.map_or(labels, |draws| draws as f64);
            multiplications += fits * members * PASSES * train.epochs as f64 * points * (trunk + head);
            multiplications += members * samples(self.test + fits * validation, masks(*train.resolved()));
            if round < *rounds && needs_predictions {
                multiplications += members * samples(scored(round as f64), masks(score.posterior));
            }
        }

        let kept = |retention: Retention, rounds: u64| match retention {
            Retention::None => 0.0,
            Retention::Last => 1.0,
            Retention::All => rounds as f64,
        };
        let numbers = |spec: &ParameterSpec| spec.shape.iter().product::<usize>();
        let weights = train.members * self.network.parameters().map(numbers).sum::<usize>();
        let (points, functions) = (scored(0.0), score.resolved().len() as f64);
        let predictions = f64::from(kept_arrays) * self.settings.samples() as f64 * self.classes;
        let features = f64::from(u8::from(score.write_features)) * self.network.feature_units() as f64;
        let map = score.grid.map_or(0.0, |cells| (cells * cells) as f64 * (self.classes + 4.0));
        let bytes = kept(keep.weights, rounds + 1) * 4.0 * weights as f64
            + kept(keep.scores, *rounds) * points * 8.0 * (1.0 + functions)
            + kept(keep.predictions, *rounds) * points * 4.0 * (predictions + features)
            + (*rounds as f64 + 1.0) * SMALL_FILES
            + *rounds as f64 * 8.0 * map;
        Cost { runs: 1, trainings: rounds + 1, multiplications, bytes }
    }
}

/// Masks of a member, 1 where there are none.
fn masks(posterior: Posterior) -> usize {
    posterior.samples(1)
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.multiplications / PER_SECOND;
        let time = match seconds {
            _ if seconds < 60.0 => "under a minute".to_owned(),
            _ if seconds < 7200.0 => format!("about {:.0} min", seconds / 60.0),
            _ if seconds < 172_800.0 => format!("about {:.0} hours", seconds / 3600.0),
            _ => format!("about {:.0} days", seconds / 86_400.0),
        };
        let bytes = match self.bytes {
            bytes if bytes < 1e9 => format!("{:.0} MB", (bytes / 1e6).max(1.0)),
            bytes => format!("{:.0} GB", bytes / 1e9),
        };
        let Self { runs, trainings, .. } = self;
        write!(
            f,
            "{} of {trainings} trainings in all, {time} of one processor core, {bytes} kept",
            count(*runs, "run")
        )
    }
}
