//! Parts of the section `train`: how networks learn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// When a fit ends before its last epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// What is looked at after each epoch, dropout off.
    #[serde(default)]
    pub metric: StoppingMetric,
    /// Epochs without progress until the fit ends.
    #[serde(default = "EarlyStopping::patience")]
    #[schemars(range(min = 1, max = 100_000))]
    pub patience: usize,
}

/// What shows progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StoppingMetric {
    /// A lower negative log-likelihood.
    #[default]
    Nll,
    /// A higher accuracy.
    Accuracy,
}

/// Random views of an image, drawn anew at every step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// A part of the image's size is cut out after so many black pixels were added on each side; 4 is usual
    /// for images of 32×32.
    #[schemars(range(max = 1000))]
    pub crop_padding: usize,
    /// Each image is mirrored with probability ½, left to right.
    pub horizontal_flip: bool,
}

/// What a point of each class counts in the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeights {
    /// All the same.
    #[default]
    None,
    /// In proportion to 1/N_c for N_c labelled points of the class.
    Balanced,
}

/// Weight decay λ of weights, not of biases: what it does is the optimiser's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WeightDecay {
    /// This weight decay λ in every round.
    Fixed(#[schemars(range(min = 0.0, max = 1e30))] f64),
    /// This c: the weight decay of a fit on N labels is λ = c/N (Gal & Ghahramani 2016).
    COverN(#[schemars(range(min = 0.0, max = 1e30))] f64),
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

impl EarlyStopping {
    fn patience() -> usize {
        5
    }
}

impl WeightDecay {
    /// Whether the validation set decides.
    pub fn is_validated(&self) -> bool {
        matches!(self, Self::Validated(_) | Self::PerRound(_))
    }

    /// The values to choose from.
    pub fn candidates(&self) -> &[f64] {
        match self {
            Self::Fixed(value) | Self::COverN(value) => std::slice::from_ref(value),
            Self::Validated(values) | Self::PerRound(values) => values,
        }
    }
}
