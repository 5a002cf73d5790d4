//! The batch methods with their own parameters, by what they pick from.

use std::num::NonZeroUsize;

use bal_acquisition::BatchMethod;

/// A batch method that can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// Its name.
    pub kind: BatchMethod,
    /// What it picks from, and its parameters.
    pub by: By,
}

/// What a method picks from.
#[derive(Clone, Debug, PartialEq)]
pub enum By {
    /// A column of scores.
    Scores(ByScores),
    /// Predictions whose sample k is one posterior draw for all points.
    Predictions(ByPredictions),
    /// Features.
    Features(ByFeatures),
}

/// Methods on scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ByScores {
    /// The largest scores.
    TopK,
    /// Drawn in proportion to s^β.
    Power {
        /// Coldness β.
        beta: f64,
    },
    /// Drawn in proportion to exp(β s).
    Softmax {
        /// Coldness β.
        beta: f64,
    },
    /// Drawn in proportion to rank^−β.
    Softrank {
        /// Coldness β.
        beta: f64,
    },
}

/// Methods on predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ByPredictions {
    /// Greedy joint mutual information.
    BatchBald {
        /// Joint configurations M: exact up to so many, sampled above.
        num_samples: NonZeroUsize,
    },
    /// BALD minus the information shared with the batch.
    KBald {
        /// Points that information is shared among, 2 or 3.
        k: usize,
    },
    /// BALD minus twice the information shared by pairs.
    LargeBatchBald,
    /// The same, each pick drawn.
    PowerLargeBatchBald {
        /// Coldness α.
        alpha: f64,
    },
}

/// Methods on features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ByFeatures {
    /// Greedy k-centre.
    CoreSet,
    /// k-means++ on gradient embeddings.
    Badge,
    /// Smallest expected risk of a Gaussian random field.
    MinimumBayesRisk {
        /// Width σ of its kernel, if not the mean distance to the 7th nearest neighbour.
        sigma: Option<f64>,
    },
}

impl By {
    /// What is picked from, in words.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Self::Scores(_) => "scores",
            Self::Predictions(_) => "predictions",
            Self::Features(_) => "features",
        }
    }
}
