//! What `bal-score` is told: the section `score` of a pipeline.

use bal_acquisition::AcquisitionFunction;
use bal_model::Precision;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, Targets, functions};

/// Posterior samples at most: their masks and the predictions of a tile of points then take about a gigabyte.
const MAX_SAMPLES: usize = 10_000;

/// Predictions that are held at once at most, as f32: 16 GiB.
const MAX_HELD: usize = 1 << 32;

/// Which posterior samples are drawn and how the pool is scored by them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the posterior samples come from.
    pub posterior: Posterior,
    /// Acquisition functions, separated by commas: one column of scores each.
    pub acquisition: String,
    /// Scores a fresh random subset of this many pool points in each round instead of the whole pool: at least the
    /// batch, at most the pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub pool_subset: Option<usize>,
    /// Points that `epig` is about; needed for it and for nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Targets>,
    /// Numbers in which posterior samples are computed: `f32` or, faster where the processor has products of it, `bf16`.
    #[serde(default, skip_serializing_if = "Precision::is_default")]
    pub precision: Precision,
    /// Also writes the predictions, `log_probs.npy` [N, K, C]: at most 2³² numbers.
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
        /// Number K of masks, 1 to 10000.
        #[schemars(range(min = 1, max = MAX_SAMPLES))]
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
        let samples = self.posterior.samples();
        if !(1..=MAX_SAMPLES).contains(&samples) {
            return Err(Error::config("posterior.mc_dropout.samples", "1 to 10000", samples.to_string()));
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

    /// Refuses more predictions than can be held: those of `points` scored points where they are kept, and those of
    /// targets.
    ///
    /// # Errors
    /// [`Error::Config`].
    pub fn check_held(&self, points: usize, classes: usize) -> Result<(), Error> {
        let samples = self.posterior.samples();
        let fits = |points: usize| points.saturating_mul(samples).saturating_mul(classes) <= MAX_HELD;
        let expected = "at most 4294967296 numbers in all (16 GiB)";
        if self.write_log_probs && !fits(points) {
            let found = format!("{samples}, for kept predictions of {points} points and {classes} classes");
            return Err(Error::config("posterior.mc_dropout.samples", expected, found));
        }
        match self.targets.map(Targets::points) {
            Some(targets) if !fits(targets) => {
                let found = format!("{targets} points, of {samples} samples and {classes} classes");
                Err(Error::config("targets", expected, found))
            }
            _ => Ok(()),
        }
    }
}

impl Posterior {
    /// Number K of posterior samples.
    pub fn samples(self) -> usize {
        match self {
            Self::McDropout { samples } => samples,
            Self::Deterministic => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(samples: usize) -> Config {
        Config {
            posterior: Posterior::McDropout { samples },
            acquisition: "bald".to_owned(),
            pool_subset: None,
            targets: None,
            precision: Precision::default(),
            write_log_probs: false,
            write_features: false,
        }
    }

    #[test]
    fn samples_are_bounded_and_the_bound_is_said() {
        assert!(config(MAX_SAMPLES).check().is_ok());
        for samples in [0, MAX_SAMPLES + 1, usize::MAX] {
            let text = config(samples).check().unwrap_err().to_string();
            let expected =
                format!("`posterior.mc_dropout.samples` is {samples}, expected 1 to {MAX_SAMPLES}");
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn predictions_that_are_held_are_bounded() {
        let (points, classes) = (42_949, 10); // 10⁴ samples of these are just below 2³² numbers
        let kept = Config { write_log_probs: true, ..config(MAX_SAMPLES) };
        assert!(kept.check_held(points, classes).is_ok());
        let text = kept.check_held(points + 1, classes).unwrap_err().to_string();
        assert!(text.contains("for kept predictions of 42950 points and 10 classes"), "{text}");
        assert!(config(MAX_SAMPLES).check_held(usize::MAX, classes).is_ok(), "scored tile by tile");
        let targets = Config { targets: Some(Targets::Test(usize::MAX)), ..config(1) };
        let text = targets.check_held(1, classes).unwrap_err().to_string();
        assert!(text.starts_with(&format!("`targets` is {} points, of 1 samples", usize::MAX)), "{text}");
    }
}
