//! The acquisition functions by name.

use crate::named::named;

named! {
    /// A score of single points; larger means "acquire first".
    pub enum AcquisitionFunction, "acquisition function" {
        /// Uniform in [0, 1): the baseline. See [`random_scores`](crate::random_scores()).
        Random = "random",
        /// Entropy of the mean prediction. See [`max_entropy`](crate::max_entropy()).
        MaxEntropy = "max_entropy",
        /// Mutual information between label and parameters. See [`bald`](crate::bald()).
        Bald = "bald",
        /// Share of samples against the modal class. See [`variation_ratios`](crate::variation_ratios()).
        VariationRatios = "variation_ratios",
        /// One minus the largest mean probability. See [`least_confidence`](crate::least_confidence()).
        LeastConfidence = "least_confidence" or "max_prob",
        /// Standard deviation over samples, mean over classes. See [`mean_std`](crate::mean_std()).
        MeanStd = "mean_std",
        /// Negative gap between the two largest mean probabilities. See [`margin`](crate::margin()).
        Margin = "margin",
        /// Mean variance over samples. See [`predictive_variance`](crate::predictive_variance()).
        PredictiveVariance = "predictive_variance",
        /// Mean entropy of the samples. See [`expected_entropy`](crate::expected_entropy()).
        ExpectedEntropy = "expected_entropy",
        /// Information about the labels of target points. See [`epig`](crate::epig()).
        Epig = "epig",
    }
}

impl AcquisitionFunction {
    /// Whether it is computed from the pool's predictions: all but `random`.
    pub const fn needs_predictions(self) -> bool {
        !matches!(self, Self::Random)
    }

    /// Whether it also needs [`Targets`](crate::Targets): `epig`.
    pub const fn needs_targets(self) -> bool {
        matches!(self, Self::Epig)
    }

    /// Whether it measures how much posterior samples disagree: with one sample it is 0 for every point.
    pub const fn needs_disagreement(self) -> bool {
        match self {
            Self::Bald | Self::VariationRatios | Self::MeanStd | Self::PredictiveVariance | Self::Epig => {
                true
            }
            Self::Random
            | Self::MaxEntropy
            | Self::LeastConfidence
            | Self::Margin
            | Self::ExpectedEntropy => false,
        }
    }
}
