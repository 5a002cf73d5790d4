//! What `bal-train` is told: the section `train` of a pipeline.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use bal_model::{NetworkName, Precision};

/// Passes over the labelled points at most; each is a row of `epochs.parquet`.
const MAX_EPOCHS: usize = 100_000;

/// Points per minibatch at most: `gal_cnn` holds half a megabyte of activations and gradients for each.
const MAX_BATCH_SIZE: usize = 65_536;

/// Posterior samples at most: their masks and the predictions of a tile of points then take about a gigabyte.
const MAX_SAMPLES: usize = 10_000;

/// Steps of a fit at most: their number is half of the name of the stream that draws a step's dropout masks.
const MAX_STEPS: usize = u32::MAX as usize;

/// How a network is fitted and evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Network to fit, from scratch in every round.
    pub network: NetworkName,
    /// Passes over the labelled points: 1 to 100000, and 4294967295 minibatches in all.
    #[schemars(range(min = 1, max = MAX_EPOCHS))]
    pub epochs: usize,
    /// Points per minibatch, 1 to 65536; the last one of an epoch may be smaller.
    #[schemars(range(min = 1, max = MAX_BATCH_SIZE))]
    pub batch_size: usize,
    /// Optimiser and its step size.
    pub optimizer: Optimizer,
    /// L2 penalty on weights, not on biases.
    pub weight_decay: WeightDecay,
    /// How the fitted network is evaluated.
    pub evaluate: Evaluate,
    /// Numbers in which networks are computed, fitting included: `f32` or, faster where the processor has products of
    /// it, `bf16`. Weights, their steps and the loss are f32 in both.
    #[serde(default, skip_serializing_if = "Precision::is_default")]
    pub precision: Precision,
}

/// Optimiser.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimizer {
    /// Adam (Kingma & Ba 2015) with β = (0.9, 0.999), ε = 1e-8.
    Adam {
        /// Step size.
        learning_rate: f64,
    },
}

/// Weight decay λ: Adam's L2, λ·w is added to the gradient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WeightDecay {
    /// This value in every round.
    Fixed(f64),
    /// The candidate with the lowest validation NLL at round 0; then λ₀·N₀/N for N labels (Gal's c/N rule).
    Validated(Vec<f64>),
    /// The candidate with the lowest validation NLL, searched in every round.
    PerRound(Vec<f64>),
}

/// Evaluation on the validation and test sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluate {
    /// Posterior samples that the predictions are averaged over, 1 to 10000.
    #[schemars(range(min = 1, max = MAX_SAMPLES))]
    pub samples: usize,
}

impl Config {
    /// Refuses values that no fit can use; the text names key, expectation and value.
    pub fn check(&self) -> Result<(), crate::Error> {
        let rule = |ok: bool, key: &'static str, expected: &'static str, found: String| {
            if ok { Ok(()) } else { Err(crate::Error::Config { key, expected, found }) }
        };
        for (value, key, most, expected) in [
            (self.epochs, "epochs", MAX_EPOCHS, "1 to 100000"),
            (self.batch_size, "batch_size", MAX_BATCH_SIZE, "1 to 65536"),
            (self.evaluate.samples, "evaluate.samples", MAX_SAMPLES, "1 to 10000"),
        ] {
            rule((1..=most).contains(&value), key, expected, value.to_string())?;
        }
        let Optimizer::Adam { learning_rate } = self.optimizer;
        // libtorch takes both as f32.
        let fits = |value: f64| value <= f64::from(f32::MAX);
        let positive = fits(learning_rate) && learning_rate > 0.0;
        let key = "optimizer.adam.learning_rate";
        rule(positive, key, "a positive number within f32", learning_rate.to_string())?;
        let candidates = self.weight_decay.candidates();
        rule(!candidates.is_empty(), "weight_decay", "at least one candidate", "none".to_owned())?;
        for &value in candidates {
            let usable = fits(value) && value >= 0.0;
            rule(usable, "weight_decay", "numbers from 0 up within f32", value.to_string())?;
        }
        Ok(())
    }

    /// Refuses more steps than have masks of their own, `labels` being the number of labelled points.
    ///
    /// # Errors
    /// [`crate::Error::Config`].
    pub fn check_steps(&self, labels: usize) -> Result<(), crate::Error> {
        match self.epochs.saturating_mul(labels.div_ceil(self.batch_size)) {
            0..=MAX_STEPS => Ok(()),
            steps => Err(crate::Error::Config {
                key: "epochs",
                expected: "at most 4294967295 minibatches in all epochs",
                found: format!("{}, {steps} minibatches with {labels} labelled points", self.epochs),
            }),
        }
    }
}

impl WeightDecay {
    /// The values to choose from.
    pub fn candidates(&self) -> &[f64] {
        match self {
            Self::Fixed(value) => std::slice::from_ref(value),
            Self::Validated(values) | Self::PerRound(values) => values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config {
            network: NetworkName::Mlp,
            epochs: MAX_EPOCHS,
            batch_size: MAX_BATCH_SIZE,
            optimizer: Optimizer::Adam { learning_rate: 1e-3 },
            weight_decay: WeightDecay::Fixed(0.0),
            evaluate: Evaluate { samples: MAX_SAMPLES },
            precision: Precision::default(),
        }
    }

    #[test]
    fn sizes_are_bounded_and_the_bound_is_said() {
        assert!(config().check().is_ok());
        let refused = |config: Config| config.check().unwrap_err().to_string();
        for value in [0, MAX_EPOCHS + 1, usize::MAX] {
            let text = refused(Config { epochs: value, ..config() });
            assert_eq!(text, format!("`epochs` is {value}, expected 1 to {MAX_EPOCHS}"));
            let value = value.max(MAX_BATCH_SIZE + 1);
            let text = refused(Config { batch_size: value, ..config() });
            assert_eq!(text, format!("`batch_size` is {value}, expected 1 to {MAX_BATCH_SIZE}"));
            let text = refused(Config { evaluate: Evaluate { samples: value }, ..config() });
            assert_eq!(text, format!("`evaluate.samples` is {value}, expected 1 to {MAX_SAMPLES}"));
        }
    }

    #[test]
    fn every_step_has_masks_of_its_own() {
        let config = Config { epochs: 100_000, batch_size: 1, ..config() };
        assert!(config.check_steps(42_949).is_ok());
        let text = config.check_steps(42_950).unwrap_err().to_string();
        assert!(text.contains("4295000000 minibatches with 42950 labelled points"), "{text}");
    }
}
