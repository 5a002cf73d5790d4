//! What `bal-score` is told: the section `score` of a pipeline.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which posterior samples are drawn and how the pool is scored by them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the posterior samples come from.
    pub posterior: Posterior,
    /// Acquisition functions, separated by commas; the first one is what `select` reads unless told otherwise.
    pub acquisition: String,
    /// Scores a fresh random subset of this many pool points in each round instead of the whole pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool_subset: Option<usize>,
    /// Also writes `log_probs.npy` [N, K, C].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub write_log_probs: bool,
}

/// Where posterior samples come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Posterior {
    /// Dropout masks kept on at prediction time (Gal & Ghahramani 2016), the same masks for every point.
    McDropout {
        /// Number K of masks.
        samples: usize,
    },
    /// One pass without dropout: K = 1.
    Deterministic,
}
