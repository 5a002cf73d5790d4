//! What `bal-train` is told: the section `train` of a pipeline.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use bal_model::{NetworkName, Precision};

/// How a network is fitted and evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Network to fit, from scratch in every round.
    pub network: NetworkName,
    /// Passes over the labelled points.
    pub epochs: usize,
    /// Points per minibatch; the last one of an epoch may be smaller.
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
    /// Posterior samples that the predictions are averaged over.
    pub samples: usize,
}

impl Config {
    /// Refuses values that no fit can use; the text names key, expectation and value.
    pub fn check(&self) -> Result<(), crate::Error> {
        let rule = |ok: bool, key: &'static str, expected: &'static str, found: String| {
            if ok { Ok(()) } else { Err(crate::Error::Config { key, expected, found }) }
        };
        rule(self.epochs > 0, "epochs", "at least 1", self.epochs.to_string())?;
        rule(self.batch_size > 0, "batch_size", "at least 1", self.batch_size.to_string())?;
        rule(self.evaluate.samples > 0, "evaluate.samples", "at least 1", self.evaluate.samples.to_string())?;
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
