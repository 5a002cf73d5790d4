//! What `bal-score` is told: the section `score` of a pipeline.

use bal_acquisition::AcquisitionFunction;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

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
    /// Also writes the predictions, `log_probs.npy` [N, K, C].
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
        functions(&self.acquisition)
    }
}

/// The functions named in a comma-separated list.
///
/// # Errors
/// [`Error::UnknownFunction`]; [`Error::Config`] for none, or one named twice.
pub fn functions(list: &str) -> Result<Vec<AcquisitionFunction>, Error> {
    let mut functions = Vec::new();
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let function = AcquisitionFunction::parse(name)?;
        if functions.contains(&function) {
            return Err(Error::config("acquisition", "every function once", format!("`{function}` twice")));
        }
        functions.push(function);
    }
    if functions.is_empty() {
        return Err(Error::config("acquisition", "at least one function", "none"));
    }
    Ok(functions)
}
