//! The split of the training points into initial training set, validation set and pool.

mod draw;

use std::collections::BTreeMap;
use std::path::PathBuf;

use bal_artifact::{Clock, Draft, Place, Stage, file, read_labels};
use bal_settings::{Checked, Invalid, Settings};
use ndarray::aview1;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Error;

/// This stage and the version of what [`run`] writes; a newer one makes older splits stale.
pub const STAGE: Stage = Stage { name: "split", version: 2 };

/// How to split. Exactly one of `initial_per_class` and `initial` is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Balanced initial training set: this many points of each class, no more than the rarest one has.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub initial_per_class: Option<usize>,
    /// Random initial training set of this many points, no more than have labels.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub initial: Option<usize>,
    /// Size of the validation set, drawn at random from the rest: no more points than are left, and at least
    /// 1 where a weight decay is chosen by it.
    pub validation: usize,
    /// Size of the pool, at most what is left; without it, all of that.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub pool_size: Option<usize>,
    /// Leaves only this fraction of a class (name or index) in the pool; 1 for classes not named.
    #[serde(default)]
    #[schemars(schema_with = "fractions")]
    pub keep_fraction: BTreeMap<String, f64>,
}

fn fractions(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": { "type": "number", "format": "double", "minimum": 0.0, "maximum": 1.0 }
    })
}

/// What a split is made of, and where it goes.
#[derive(Clone, Debug)]
pub struct Files {
    /// Folder of the prepared data set.
    pub data: PathBuf,
    /// Where the split goes; its seed is that of all draws.
    pub place: Place,
}

/// How large the initial training set is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initial {
    /// This many points of each class.
    PerClass(usize),
    /// This many points.
    Total(usize),
}

/// Something of each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<T> {
    /// Initial training set.
    pub initial: T,
    /// Validation set.
    pub validation: T,
    /// Pool.
    pub pool: T,
}

/// Points of each part.
pub type Sizes = Parts<usize>;

impl<T> Parts<T> {
    fn map<U>(&self, of: impl Fn(&T) -> U) -> Parts<U> {
        Parts { initial: of(&self.initial), validation: of(&self.validation), pool: of(&self.pool) }
    }
}

impl Settings for Config {
    const ELSEWHERE: &'static [(&'static str, &'static str)] =
        &[("dataset", "leave it out: `--data` names the folder of the prepared data set")];

    type Resolved = Initial;

    /// The size of the initial training set.
    fn resolve(&mut self) -> Result<Initial, Invalid> {
        match (self.initial_per_class, self.initial) {
            (Some(each), None) => Ok(Initial::PerClass(each)),
            (None, Some(total)) => Ok(Initial::Total(total)),
            (Some(_), Some(_)) => Err(Invalid::new("initial", EITHER, "both")),
            (None, None) => Err(Invalid::new("initial", EITHER, "neither")),
        }
    }
}

const EITHER: &str = "one of `initial_per_class` and `initial`";

/// How many points each part of a split would have. They depend on the seed only with `keep_fraction`.
///
/// # Errors
/// As [`run`], of which this makes only the draws. `labels` are −1 or below the number of classes.
pub fn sizes(
    config: &Checked<Config>,
    labels: &[i64],
    classes: &[String],
    seed: u64,
) -> Result<Sizes, Error> {
    Ok(draw::split(config, labels, classes, seed)?.map(Vec::len))
}

/// Splits the training points of a prepared data set.
///
/// Writes global ids of training points: `initial.npy` (a balanced one class by class), `validation.npy` and
/// `pool.npy`, the pool in seeded random order so that ties between scores fall fairly.
///
/// A split is drawn once: the labels that it was balanced by are recorded, and a later change of them makes
/// it neither wrong nor stale.
///
/// # Errors
/// [`Error::TooMany`] if a part asks for more points than there are.
pub fn run(config: &Checked<Config>, files: &Files) -> Result<(), Error> {
    let mut draft = Draft::begin(STAGE, &files.place, &[&files.data], Clock::start("cpu", 1))?;
    let details = draft.inputs.add_dataset(&files.data)?;
    draft.inputs.add("train_inputs", &files.data.join(file::TRAIN_INPUTS))?;
    draft.inputs.add("train_labels", &files.data.join(file::TRAIN_LABELS))?;
    let labels = read_labels(&files.data, file::TRAIN_LABELS, details.classes.len())?;
    draft.clock.lap("read");

    let split = draw::split(config, &labels, &details.classes, files.place.seed)?;
    draft.clock.lap("split");

    draft.output.array("initial", &aview1(&split.initial))?;
    draft.output.array("validation", &aview1(&split.validation))?;
    draft.output.array("pool", &aview1(&split.pool))?;
    draft.details = count(&split, &labels, &details.classes);
    draft.clock.lap("write");
    draft.publish(config)?;
    let (out, Sizes { initial, validation, pool }) = (files.place.out.display(), split.map(Vec::len));
    tracing::info!("split `{out}`: {initial} initial, {validation} validation, {pool} pool points");
    Ok(())
}

/// Points per class of each part; `details` of `split.json`.
fn count(split: &Parts<Vec<i64>>, labels: &[i64], classes: &[String]) -> serde_json::Value {
    let Parts { initial, validation, pool } = split.map(|ids| {
        let mut counts = vec![0; classes.len()];
        // Unknown labels are negative and belong to no class.
        ids.iter()
            .filter_map(|&id| usize::try_from(labels[id as usize]).ok())
            .for_each(|class| counts[class] += 1);
        counts
    });
    json!({ "classes": classes, "initial": initial, "validation": validation, "pool": pool })
}
