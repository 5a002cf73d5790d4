//! The split of the training points into initial training set, validation set and pool.

mod draw;

use std::collections::BTreeMap;
use std::path::PathBuf;

use bal_artifact::{Clock, Draft, Place, Stage, file, read_labels, to_json};
use ndarray::Array1;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;
use draw::Split;

/// This stage and the version of what [`run`] writes; a newer one makes older splits stale.
pub const STAGE: Stage = Stage { name: "split", version: 2 };

/// How to split. Exactly one of `initial_per_class` and `initial` is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Balanced initial training set: this many points of each class, no more than the rarest one has.
    #[serde(default)]
    pub initial_per_class: Option<usize>,
    /// Random initial training set of this many points, no more than have labels.
    #[serde(default)]
    pub initial: Option<usize>,
    /// Size of the validation set, drawn at random from the rest: no more than that has labels.
    pub validation: usize,
    /// Size of the pool, from 1 to what is left; all of that if not given.
    #[serde(default)]
    pub pool_size: Option<usize>,
    /// Fraction of a class (name or index) that stays in the pool; 1 for classes not named.
    #[serde(default)]
    pub keep_fraction: BTreeMap<String, f64>,
}

/// Where one split reads and writes.
#[derive(Clone, Debug)]
pub struct Run {
    /// Folder of the prepared data set.
    pub data: PathBuf,
    /// Where the split goes; its seed is that of all draws.
    pub place: Place,
}

/// How large the initial training set is.
#[derive(Clone, Copy, Debug)]
enum Initial {
    PerClass(usize),
    Total(usize),
}

/// Points of each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Initial training set.
    pub initial: usize,
    /// Validation set.
    pub validation: usize,
    /// Pool.
    pub pool: usize,
}

/// Points per class of each part; `details` of `split.json`.
#[derive(Debug, Serialize)]
struct Details {
    classes: Vec<String>,
    initial: Vec<usize>,
    validation: Vec<usize>,
    pool: Vec<usize>,
}

impl Config {
    /// Refuses values that no data set could satisfy, before any work.
    pub fn check(&self) -> Result<(), Error> {
        self.initial_set()?;
        if self.pool_size == Some(0) {
            return Err(Error::setting("pool_size", "at least 1", 0));
        }
        for (class, fraction) in &self.keep_fraction {
            if !(0.0..=1.0).contains(fraction) {
                let key = format!("keep_fraction.{class}");
                return Err(Error::setting(&key, "a fraction from 0 to 1", fraction));
            }
        }
        Ok(())
    }

    fn initial_set(&self) -> Result<Initial, Error> {
        match (self.initial_per_class, self.initial) {
            (Some(0), None) => Err(Error::setting("initial_per_class", "at least 1", 0)),
            (None, Some(0)) => Err(Error::setting("initial", "at least 1", 0)),
            (Some(each), None) => Ok(Initial::PerClass(each)),
            (None, Some(total)) => Ok(Initial::Total(total)),
            (Some(_), Some(_)) => Err(Error::setting(
                "initial",
                "only one of `initial_per_class` and `initial`",
                "given beside the other",
            )),
            (None, None) => Err(Error::setting(
                "initial",
                "one of `initial_per_class` and `initial`",
                "not given, nor is the other",
            )),
        }
    }
}

/// How many points each part of a split would have. They depend on the seed only with `keep_fraction`.
///
/// # Errors
/// As [`run`], of which this makes the draws and nothing else. `labels` are −1 or below the number of classes.
pub fn sizes(config: &Config, labels: &[i64], classes: &[String], seed: u64) -> Result<Sizes, Error> {
    config.check()?;
    let Split { initial, validation, pool } = draw::split(config, labels, classes, seed)?;
    Ok(Sizes { initial: initial.len(), validation: validation.len(), pool: pool.len() })
}

/// Splits the training points of a prepared data set.
///
/// Writes global ids of training points: `initial.npy` (a balanced one class by class), `validation.npy` and
/// `pool.npy`, the pool in seeded random order so that ties between scores fall fairly.
///
/// A split is drawn once: the labels that it was balanced by are recorded, and a later change of them makes it neither
/// wrong nor stale.
///
/// # Errors
/// [`Error::TooMany`] if a part asks for more points than there are.
pub fn run(config: &Config, run: &Run) -> Result<(), Error> {
    config.check()?;
    let mut draft = Draft::begin(STAGE, &run.place, &[&run.data], Clock::start("cpu", 1))?;
    let details = draft.inputs.add_dataset(&run.data)?;
    draft.inputs.add("train_inputs", &run.data.join(file::TRAIN_INPUTS))?;
    draft.inputs.add("train_labels", &run.data.join(file::TRAIN_LABELS))?;
    let labels = read_labels(&run.data, file::TRAIN_LABELS, details.classes.len())?;
    draft.clock.lap("read");

    let split = draw::split(config, &labels, &details.classes, run.place.seed)?;
    draft.clock.lap("split");

    draft.output.array("initial", &Array1::from_vec(split.initial.clone()))?;
    draft.output.array("validation", &Array1::from_vec(split.validation.clone()))?;
    draft.output.array("pool", &Array1::from_vec(split.pool.clone()))?;
    draft.details = to_json(&count(&split, &labels, details.classes));
    draft.clock.lap("write");
    draft.publish(config)?;
    let Split { initial, validation, pool } = &split;
    tracing::info!(
        "split `{}`: {} initial, {} validation, {} pool points",
        run.place.out.display(),
        initial.len(),
        validation.len(),
        pool.len()
    );
    Ok(())
}

fn count(split: &Split, labels: &[i64], classes: Vec<String>) -> Details {
    let per_class = |ids: &[i64]| {
        let mut counts = vec![0; classes.len()];
        // Unknown labels are negative and belong to no class.
        ids.iter()
            .filter_map(|&id| usize::try_from(labels[id as usize]).ok())
            .for_each(|class| counts[class] += 1);
        counts
    };
    Details {
        initial: per_class(&split.initial),
        validation: per_class(&split.validation),
        pool: per_class(&split.pool),
        classes,
    }
}
