//! What `bal-score` is told: the section `score` of a pipeline.

use bal_acquisition::AcquisitionFunction;
use bal_model::Precision;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, Targets, functions};

/// Which posterior samples are drawn and how the pool is scored by them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the posterior samples come from.
    pub posterior: Posterior,
    /// Acquisition functions, separated by commas: one column of scores each.
    pub acquisition: String,
    /// Scores a fresh random subset of this many pool points in each round instead of the whole pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool_subset: Option<usize>,
    /// Points that `epig` is about; needed for it and for nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Targets>,
    /// Numbers in which posterior samples are computed: `f32` or, faster where the processor has products of it, `bf16`.
    #[serde(default, skip_serializing_if = "Precision::is_default")]
    pub precision: Precision,
    /// Also writes the predictions, `log_probs.npy` [N, K, C].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub write_log_probs: bool,
    /// Also writes the penultimate features of the scored and then the labelled points, `features.npy`
    /// [N + L, D], and their ids, `indices.npy` [N + L].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub write_features: bool,
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

impl Config {
    /// Checks every value and returns the acquisition functions.
    ///
    /// # Errors
    /// [`Error::UnknownFunction`] and [`Error::Config`].
    pub fn check(&self) -> Result<Vec<AcquisitionFunction>, Error> {
        if let Posterior::McDropout { samples: 0 } = self.posterior {
            return Err(Error::config("posterior.mc_dropout.samples", "at least 1", "0"));
        }
        if self.pool_subset == Some(0) {
            return Err(Error::config("pool_subset", "at least 1", "0"));
        }
        if let Some(Targets::Pool(0) | Targets::Test(0)) = self.targets {
            return Err(Error::config("targets", "at least 1 point", "0"));
        }
        let functions = functions(&self.acquisition)?;
        match (functions.iter().any(|function| function.needs_targets()), self.targets) {
            (true, None) => Err(Error::config("targets", "`pool` or `test` points for `epig`", "not given")),
            (false, Some(_)) => Err(Error::config("targets", "nothing without `epig`", "given")),
            _ => Ok(functions),
        }
    }
}
