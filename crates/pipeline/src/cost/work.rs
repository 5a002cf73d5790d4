//! What a task multiplies and leaves behind.

use bal_artifact::{DatasetDetails, Layout, Manifest, file};
use bal_model::{InputForm, Network, ParameterSpec, Posterior};
use bal_prepare::split::Initial;
use bal_train::WeightDecay;

use crate::config::Retention;
use crate::executor::goes;
use crate::settings::Settings;
use crate::task::{Stage, Task};

/// A step of training takes three passes: one forward, and two backward.
const PASSES: f64 = 3.0;

/// Share of the layers behind the first dropout that a posterior sample computes: it drops the other units.
const SHARE: f64 = 0.25;

/// Bytes of the small files of a task: tables, ids and the manifest. Four tasks of a round of `two_moons`
/// have 49 kB.
const SMALL_FILES: f64 = 1.25e4;

/// What one task takes and leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Work {
    /// Of networks.
    pub(super) multiplications: f64,
    pub(super) files: u64,
    pub(super) bytes: f64,
}

/// A run with the sizes of its data set and network.
#[derive(Debug)]
pub(super) struct Estimate<'a> {
    settings: &'a Settings,
    classes: f64,
    test: f64,
    /// Of the initial set, the validation set and the pool.
    initial: f64,
    validation: f64,
    pool: f64,
    model: Model,
}

/// What is fitted.
#[derive(Debug)]
enum Model {
    Network(Box<Network>),
    /// A Gaussian field with pool and test half in its graph, whose inputs have so many numbers.
    Field {
        dimensions: f64,
    },
}

impl<'a> Estimate<'a> {
    /// Nothing if the data set is not there.
    pub(super) fn of(layout: &Layout, settings: &'a Settings) -> Option<Self> {
        let folder = layout.data(&settings.dataset);
        let manifest = Manifest::read(&folder, "dataset").ok()?;
        let points = |name: &str| Some(*manifest.outputs.get(name)?.shape.as_ref()?.first()? as f64);
        let (train, test) = (points(file::TRAIN_LABELS)?, points(file::TEST_INPUTS)?);
        let details = DatasetDetails::of(manifest, &folder).ok()?;
        let classes = details.classes.len();
        let form = InputForm::of(&details);
        let model = if settings.train.network.has_layers() {
            Model::Network(Box::new(Network::new(settings.train.network, &form, classes).ok()?))
        } else {
            Model::Field { dimensions: form.shape.iter().product::<usize>() as f64 }
        };
        let split = &settings.split;
        let initial = match *split.resolved() {
            Initial::PerClass(each) => (each * classes) as f64,
            Initial::Total(total) => total as f64,
        };
        let validation = split.validation as f64;
        let pool = split.pool_size.map_or(train - initial - validation, |pool| pool as f64);
        Some(Self { settings, classes: classes as f64, test, initial, validation, pool, model })
    }

    /// What a task takes and leaves once it and those after it are done.
    pub(super) fn of_task(&self, task: Task) -> Work {
        match (task.stage, &self.model) {
            // Three arrays of ids, and the manifest.
            (Stage::Split | Stage::Label, _) => Work { multiplications: 0.0, files: 4, bytes: SMALL_FILES },
            (Stage::Train, Model::Network(network)) => self.training(network, task.round),
            (Stage::Score, Model::Network(network)) => self.scoring(network, task.round),
            (Stage::Train, Model::Field { dimensions }) => self.solving(*dimensions),
            // The predictions of the field, and the manifest.
            (Stage::Score, Model::Field { .. }) => {
                Work { multiplications: 0.0, files: 2, bytes: SMALL_FILES }
            }
            // The batch as array and table, and the manifest.
            (Stage::Select, _) => Work { multiplications: 0.0, files: 3, bytes: SMALL_FILES },
            (Stage::Report, _) => Work::default(),
        }
    }

    /// Distances, and a Cholesky factor in each round.
    fn solving(&self, dimensions: f64) -> Work {
        let nodes = self.pool + self.test;
        let multiplications = nodes * nodes * (dimensions / 2.0 + nodes / 3.0);
        // Two tables and the manifest.
        Work { multiplications, files: 3, bytes: SMALL_FILES }
    }

    fn training(&self, network: &Network, round: u64) -> Work {
        let Settings { train, select, rounds, keep, .. } = self.settings;
        let fits = match &train.weight_decay {
            WeightDecay::Validated(candidates) if round == 0 => candidates.len() as f64,
            WeightDecay::PerRound(candidates) => candidates.len() as f64,
            WeightDecay::Fixed(_) | WeightDecay::COverN(_) | WeightDecay::Validated(_) => 1.0,
        };
        let members = train.members as f64;
        let labels = self.initial + round as f64 * select.batch as f64;
        let points = train.draws_per_epoch.map_or(labels, |draws| draws as f64);
        let pass: f64 = network.multiplications().iter().sum();
        let evaluated = self.test + fits * self.validation;
        let numbers = |spec: &ParameterSpec| spec.shape.iter().product::<usize>();
        let weights = train.members * network.parameters().map(numbers).sum::<usize>();
        let kept = !goes(keep.weights, true, round == *rounds);
        Work {
            multiplications: fits * members * PASSES * train.epochs as f64 * points * pass
                + members * samples(network, evaluated, masks(*train.resolved())),
            // Three tables, the manifest, and the weights or the word that they were removed.
            files: 5,
            bytes: SMALL_FILES + if kept { 4.0 * weights as f64 } else { 0.0 },
        }
    }

    fn scoring(&self, network: &Network, round: u64) -> Work {
        let Settings { train, score, select, rounds, keep, .. } = self.settings;
        let left = (self.pool - round as f64 * select.batch as f64).max(0.0);
        let points = score.pool_subset.map_or(left, |subset| left.min(subset as f64));
        let functions = score.resolved();
        let arrays = u8::from(score.write_log_probs) + u8::from(score.write_logits);
        let predicts = arrays > 0 || functions.iter().any(|function| function.needs_predictions());
        let last = round + 1 == *rounds;
        let kept = |retention: Retention, bytes: f64| if goes(retention, true, last) { 0.0 } else { bytes };
        let predictions = f64::from(arrays) * self.settings.samples() as f64 * self.classes;
        let features = f64::from(u8::from(score.write_features)) * network.feature_units() as f64;
        let map = score.grid.map_or(0.0, |cells| (cells * cells) as f64 * (self.classes + 4.0));
        let large = u64::from(arrays) + 2 * u64::from(score.write_features);
        let kept_arrays = if large > 0 && !goes(keep.predictions, true, last) { large } else { 0 };
        Work {
            multiplications: if predicts {
                train.members as f64 * samples(network, points, masks(score.posterior))
            } else {
                0.0
            },
            // The manifest, and the scores or the word that they were removed.
            files: 2 + kept_arrays + u64::from(score.grid.is_some()),
            bytes: SMALL_FILES
                + kept(keep.scores, points * 8.0 * (1.0 + functions.len() as f64))
                + kept(keep.predictions, points * 4.0 * (predictions + features))
                + 8.0 * map,
        }
    }
}

/// Multiplications of the predictions of so many points by one member.
fn samples(network: &Network, points: f64, samples: usize) -> f64 {
    let [trunk, head] = network.multiplications();
    points * (trunk + samples as f64 * SHARE * head)
}

/// Masks of a member, 1 where there are none.
fn masks(posterior: Posterior) -> usize {
    posterior.samples(1)
}
