//! What `bal-train` is told: the section `train` of a pipeline.

use bal_model::{NetworkName, Precision};
use bal_settings::{Invalid, Settings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// Passes over the labelled points; 4294967295 minibatches in all at most.
    #[serde(default = "Config::epochs")]
    #[schemars(range(min = 1, max = 100_000))]
    pub epochs: usize,
    /// Points per minibatch; the last one of an epoch may be smaller. `gal_cnn` holds half a megabyte for
    /// each.
    #[serde(default = "Config::batch_size")]
    #[schemars(range(min = 1, max = 65_536))]
    pub batch_size: usize,
    /// Optimiser and its step size.
    #[serde(default)]
    pub optimizer: Optimizer,
    /// L2 penalty on weights, not on biases.
    #[serde(default)]
    pub weight_decay: WeightDecay,
    /// How the fitted network is evaluated.
    #[serde(default)]
    pub evaluate: Evaluate,
    /// Numbers in which networks are computed, fitting included: bf16 is faster where the processor has
    /// products of it. Weights, their steps and the loss are f32 in both.
    #[serde(default, skip_serializing_if = "bal_settings::is_default")]
    #[schemars(extend("default" = "f32"))]
    pub precision: Precision,
}

/// Optimiser.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimizer {
    /// Adam (Kingma & Ba 2015) with β = (0.9, 0.999), ε = 1e-8. Weight decay λ·w is part of the gradient.
    Adam {
        /// Adam's step size.
        #[serde(default = "Optimizer::small_step")]
        #[schemars(range(min = 1e-30, max = 1e30))]
        learning_rate: f64,
    },
    /// Adam whose weight decay is a step of its own, w ← w − η·λ·w (Loshchilov & Hutter 2019).
    Adamw {
        /// AdamW's step size η.
        #[serde(default = "Optimizer::small_step")]
        #[schemars(range(min = 1e-30, max = 1e30))]
        learning_rate: f64,
    },
    /// Gradient descent with momentum μ: v ← μ·v + g + λ·w, w ← w − η·v.
    Sgd {
        /// Step size η of gradient descent.
        #[serde(default = "Optimizer::large_step")]
        #[schemars(range(min = 1e-30, max = 1e30))]
        learning_rate: f64,
        /// Momentum μ of gradient descent.
        #[serde(default = "Optimizer::momentum")]
        #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
        momentum: f64,
    },
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Adam { learning_rate: Self::small_step() }
    }
}

impl Optimizer {
    fn small_step() -> f64 {
        1e-3
    }

    fn large_step() -> f64 {
        1e-2
    }

    fn momentum() -> f64 {
        0.9
    }
}

/// Weight decay λ of weights, not of biases: what it does is the optimiser's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WeightDecay {
    /// This weight decay λ in every round.
    Fixed(#[schemars(range(min = 0.0, max = 1e30))] f64),
    /// Candidates λ: the one with the lowest validation NLL at round 0; then λ₀·N₀/N for N labels (Gal's c/N
    /// rule).
    Validated(
        #[schemars(length(min = 1), inner(range(min = 0.0, max = 1e30)), extend("uniqueItems" = true))]
        Vec<f64>,
    ),
    /// Candidates λ: the one with the lowest validation NLL, searched in every round.
    PerRound(
        #[schemars(length(min = 1), inner(range(min = 0.0, max = 1e30)), extend("uniqueItems" = true))]
        Vec<f64>,
    ),
}

impl Default for WeightDecay {
    fn default() -> Self {
        Self::Fixed(0.0)
    }
}

/// Evaluation on the validation and test sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Evaluate {
    /// Posterior samples that the predictions are averaged over.
    #[schemars(range(min = 1, max = MAX_SAMPLES))]
    pub samples: usize,
}

impl Default for Evaluate {
    fn default() -> Self {
        Self { samples: 100 }
    }
}

impl Settings for Config {
    type Resolved = ();

    fn resolve(&mut self) -> Result<(), Invalid> {
        Ok(())
    }
}

impl Config {
    fn epochs() -> usize {
        50
    }

    fn batch_size() -> usize {
        128
    }

    /// Refuses more steps than have masks of their own, `labels` being the number of labelled points.
    ///
    /// # Errors
    /// [`Invalid`] of `epochs`.
    pub fn check_steps(&self, labels: usize) -> Result<(), Invalid> {
        match self.epochs.saturating_mul(labels.div_ceil(self.batch_size)) {
            0..=MAX_STEPS => Ok(()),
            steps => {
                let found = format!("{}, {steps} minibatches with {labels} labelled points", self.epochs);
                Err(Invalid::new("epochs", &format!("at most {MAX_STEPS} minibatches in all epochs"), &found))
            }
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
    use bal_settings::Checked;

    use super::*;

    fn config() -> Config {
        Config {
            network: NetworkName::Mlp,
            epochs: 100_000,
            batch_size: 65_536,
            optimizer: Optimizer::default(),
            weight_decay: WeightDecay::default(),
            evaluate: Evaluate { samples: MAX_SAMPLES },
            precision: Precision::default(),
        }
    }

    #[test]
    fn impossible_values_are_refused() {
        assert!(Checked::new(config()).is_ok());
        let rate = |learning_rate| Config { optimizer: Optimizer::Adam { learning_rate }, ..config() };
        let decay = |weight_decay| Config { weight_decay, ..config() };
        for (config, text) in [
            (Config { epochs: 0, ..config() }, "key `epochs`: expected 1 to 100000, found 0"),
            (Config { batch_size: 65_537, ..config() }, "key `batch_size`: expected 1 to 65536, found 65537"),
            (
                Config { evaluate: Evaluate { samples: usize::MAX }, ..config() },
                "key `evaluate.samples`: expected 1 to 10000, found 18446744073709551615",
            ),
            (rate(1e-320), "key `optimizer.adam.learning_rate`: expected 1e-30 to 1e30, found 1e-320"),
            (
                Config { optimizer: Optimizer::Sgd { learning_rate: 0.1, momentum: 1.0 }, ..config() },
                "key `optimizer.sgd.momentum`: expected at least 0 and below 1, found 1.0",
            ),
            (rate(f64::NAN), "key `optimizer.adam.learning_rate`: expected a number, found NaN or ∞"),
            (decay(WeightDecay::Fixed(-1.0)), "key `weight_decay.fixed`: expected 0 to 1e30, found -1.0"),
            (
                decay(WeightDecay::Validated(Vec::new())),
                "key `weight_decay.validated`: expected at least 1 in the list, found 0",
            ),
            (
                decay(WeightDecay::PerRound(vec![0.1, 0.1])),
                "key `weight_decay.per_round`: expected each value once, found 0.1 twice",
            ),
        ] {
            assert_eq!(Checked::new(config).unwrap_err().to_string(), text);
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
