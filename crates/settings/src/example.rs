//! Settings for tests, with one of every kind.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Invalid, Settings};

/// A pipeline of two sections.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
pub(crate) struct Pipeline {
    train: Train,
    score: Score,
    rounds: u64,
    sweep: BTreeMap<String, Vec<Value>>,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Train {
    /// Network to fit.
    pub(crate) network: String,
    /// Passes over the points.
    #[serde(default = "fifty")]
    #[schemars(range(min = 1, max = 100))]
    pub(crate) epochs: usize,
    /// Penalty.
    #[serde(default)]
    pub(crate) weight_decay: WeightDecay,
    /// Evaluation.
    #[serde(default)]
    pub(crate) evaluate: Evaluate,
    /// Share of a class.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) keep: BTreeMap<String, f64>,
    /// Say it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) write: bool,
    #[serde(default)]
    pub(crate) posterior: Posterior,
}

fn fifty() -> usize {
    50
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WeightDecay {
    /// One value.
    Fixed(#[schemars(range(min = 0.0))] f64),
    /// Several.
    Validated(#[schemars(inner(range(min = 0.0)))] Vec<f64>),
}

impl Default for WeightDecay {
    fn default() -> Self {
        Self::Fixed(0.0)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Evaluate {
    /// Posterior samples.
    #[serde(default)]
    pub(crate) draws: usize,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Score {
    posterior: Posterior,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Posterior {
    /// Masks.
    McDropout {
        /// How many.
        #[serde(default = "fifty")]
        samples: usize,
    },
    /// Another kind of samples.
    Laplace {
        /// How many of them.
        #[serde(default = "fifty")]
        samples: usize,
    },
    /// One pass.
    #[default]
    Deterministic,
}

impl Settings for Train {
    type Resolved = usize;

    fn resolve(&mut self) -> Result<usize, Invalid> {
        if self.network == "none" {
            return Err(Invalid::new("network", "a network", "`none`"));
        }
        Ok(self.network.len())
    }
}
