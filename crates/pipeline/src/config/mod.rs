//! What a pipeline file may say.
//!
//! These structs are the wire form: they refuse unknown keys and wrong types. [`load`] adds profile and
//! `--set`, `sweep` turns the result into checked runs.

mod cells;
mod dataset;
mod load;
mod name;
mod origin;
mod prepare;
pub(crate) mod slurm;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use cells::MAX_LABEL;
pub use cells::{Cell, Cells, Values};
pub(crate) use dataset::DataSet;
pub(crate) use load::{Override, Overrides, load, with_values};
pub(crate) use name::check_name;
pub(crate) use origin::Origin;
pub use prepare::Prepare;
pub use slurm::{Config as SlurmConfig, Granularity, Resolved as SlurmRequest, Text, Warning};

/// One experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// Name of the experiment and of its folder below `artifacts/`.
    pub name: String,
    /// Data set and its split.
    pub prepare: Prepare,
    /// Where labels come from.
    #[serde(default)]
    pub label: bal_label::Config,
    /// How networks are fitted and evaluated.
    pub train: bal_train::Config,
    /// How the pool is scored.
    pub score: bal_score::Config,
    /// How an acquisition batch is picked.
    pub select: bal_select::Config,
    /// Acquisitions R per run, at most as many as the pool has batches; a run trains R + 1 times.
    #[schemars(range(min = 1, max = bal_cli::MAX_ROUND))]
    pub rounds: u64,
    /// Values by dotted key (`seed`, `score.acquisition`); every combination is a run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sweep: BTreeMap<String, Vec<Value>>,
    /// Combinations other than the product, by name, each with its values by dotted key and if need be a
    /// `label`; `sweep` then has only `seed`. A list of them has no names.
    #[serde(default, skip_serializing_if = "Cells::is_empty")]
    pub cells: Cells,
    /// What the report shows.
    #[serde(default)]
    pub report: bal_report::Config,
    /// What is kept of large files.
    #[serde(default)]
    pub keep: Keep,
    /// What each job of `--executor slurm` asks for. It makes nothing stale.
    #[serde(default, skip_serializing_if = "is_never_written")]
    pub slurm: slurm::Config,
    /// Named sets of changes, each with its values by dotted key; chosen with `--profile`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<String, BTreeMap<String, Value>>,
}

/// For a section that belongs to no result: the resolved pipeline does not have it.
fn is_never_written<T>(_: &T) -> bool {
    true
}

/// What is kept of large files once no later stage of the run needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// `model.safetensors`.
    #[serde(default)]
    pub weights: Retention,
    /// `scores.parquet`.
    #[serde(default)]
    pub scores: Retention,
    /// `log_probs.npy`, `features.npy` and `indices.npy`.
    #[serde(default = "Retention::none")]
    pub predictions: Retention,
}

impl Default for Keep {
    /// As `keep: {}`.
    fn default() -> Self {
        Self { weights: Retention::Last, scores: Retention::Last, predictions: Retention::None }
    }
}

/// Rounds whose file is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// None.
    None,
    /// The last round that has one.
    #[default]
    Last,
    /// Every round.
    All,
}

impl Retention {
    fn none() -> Self {
        Self::None
    }
}

/// The JSON Schema of a pipeline file, as committed in `pipeline.schema.json`.
pub fn schema_json() -> String {
    let schema = bal_settings::schema_of::<Pipeline>().json();
    let mut text =
        serde_json::to_string_pretty(schema).expect("a schema holds only strings, numbers and maps");
    text.push('\n');
    text
}
