//! The acquisition functions by name.

use std::{fmt, str::FromStr};

use crate::UnknownName;

/// A score of single points; larger means "acquire first".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AcquisitionFunction {
    /// Uniform in [0, 1): the baseline. See [`random_scores`](crate::random_scores()).
    Random,
    /// Entropy of the mean prediction. See [`max_entropy`](crate::max_entropy()).
    MaxEntropy,
    /// Mutual information between label and parameters. See [`bald`](crate::bald()).
    Bald,
    /// Share of samples that disagree with the modal class. See [`variation_ratios`](crate::variation_ratios()).
    VariationRatios,
    /// One minus the largest mean probability. See [`least_confidence`](crate::least_confidence()).
    LeastConfidence,
    /// Standard deviation over samples, mean over classes. See [`mean_std`](crate::mean_std()).
    MeanStd,
    /// Negative gap between the two largest mean probabilities. See [`margin`](crate::margin()).
    Margin,
    /// Variance over samples, mean over classes. See [`predictive_variance`](crate::predictive_variance()).
    PredictiveVariance,
    /// Mean entropy of the samples. See [`expected_entropy`](crate::expected_entropy()).
    ExpectedEntropy,
    /// Information about the labels of target points. See [`epig`](crate::epig()).
    Epig,
}

/// Other names that are accepted on input, never written.
const ALIASES: [(&str, AcquisitionFunction); 1] = [("max_prob", AcquisitionFunction::LeastConfidence)];

impl AcquisitionFunction {
    /// Every function, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::Random,
        Self::MaxEntropy,
        Self::Bald,
        Self::VariationRatios,
        Self::LeastConfidence,
        Self::MeanStd,
        Self::Margin,
        Self::PredictiveVariance,
        Self::ExpectedEntropy,
        Self::Epig,
    ];

    /// The name in commands, YAML and column headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::MaxEntropy => "max_entropy",
            Self::Bald => "bald",
            Self::VariationRatios => "variation_ratios",
            Self::LeastConfidence => "least_confidence",
            Self::MeanStd => "mean_std",
            Self::Margin => "margin",
            Self::PredictiveVariance => "predictive_variance",
            Self::ExpectedEntropy => "expected_entropy",
            Self::Epig => "epig",
        }
    }

    /// The function called `name`; also accepts `max_prob` for [`Self::LeastConfidence`].
    ///
    /// # Errors
    /// [`UnknownName`], which lists the names that are accepted.
    pub fn parse(name: &str) -> Result<Self, UnknownName> {
        accepted_names().find_map(|(accepted, function)| (accepted == name).then_some(function)).ok_or_else(
            || UnknownName {
                name: name.to_owned(),
                valid: accepted_names().map(|(accepted, _)| accepted).collect(),
            },
        )
    }

    /// Whether it is computed from the pool's predictions: all but `random`.
    pub const fn needs_predictions(self) -> bool {
        !matches!(self, Self::Random)
    }

    /// Whether it also needs [`Targets`](crate::Targets): `epig`.
    pub const fn needs_targets(self) -> bool {
        matches!(self, Self::Epig)
    }

    /// Whether it measures how much posterior samples disagree, so that it is 0 for every point with one sample.
    pub const fn needs_disagreement(self) -> bool {
        matches!(
            self,
            Self::Bald | Self::VariationRatios | Self::MeanStd | Self::PredictiveVariance | Self::Epig
        )
    }
}

fn accepted_names() -> impl Iterator<Item = (&'static str, AcquisitionFunction)> {
    AcquisitionFunction::ALL.into_iter().map(|function| (function.name(), function)).chain(ALIASES)
}

impl FromStr for AcquisitionFunction {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::parse(name)
    }
}

impl fmt::Display for AcquisitionFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for function in AcquisitionFunction::ALL {
            assert_eq!(AcquisitionFunction::parse(function.name()), Ok(function));
            assert_eq!(function.to_string(), function.name());
        }
    }

    #[test]
    fn max_prob_is_least_confidence() {
        assert_eq!("max_prob".parse(), Ok(AcquisitionFunction::LeastConfidence));
    }

    #[test]
    fn unknown_name_lists_the_valid_ones() {
        let error = AcquisitionFunction::parse("bold").unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown acquisition function `bold`, expected one of: random, max_entropy, bald, variation_ratios, \
             least_confidence, mean_std, margin, predictive_variance, expected_entropy, epig, max_prob"
        );
    }
}
