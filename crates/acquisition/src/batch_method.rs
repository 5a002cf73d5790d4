//! The batch methods by name.

use std::{fmt, str::FromStr};

use crate::{AcquisitionFunction, UnknownMethod};

/// A way to choose a query batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BatchMethod {
    /// The largest scores. See [`top_k`](crate::top_k()).
    TopK,
    /// Drawn in proportion to s^β. See [`power`](crate::power()).
    Power,
    /// Drawn in proportion to exp(β s). See [`softmax`](crate::softmax()).
    Softmax,
    /// Drawn in proportion to rank^−β. See [`softrank`](crate::softrank()).
    Softrank,
    /// Greedy joint mutual information. See [`batch_bald`](crate::batch_bald()).
    BatchBald,
    /// BALD minus the pairwise information shared with the batch. See [`k_bald`](crate::k_bald()).
    KBald,
    /// BALD minus twice that information. See [`large_batch_bald`](crate::large_batch_bald()).
    LargeBatchBald,
    /// The same, each pick drawn. See [`power_large_batch_bald`](crate::power_large_batch_bald()).
    PowerLargeBatchBald,
    /// Greedy k-centre on features.
    CoreSet,
    /// k-means++ on gradient embeddings.
    Badge,
    /// Smallest expected risk of a Gaussian random field on features.
    MinimumBayesRisk,
}

/// Other names that are accepted on input, never written.
const ALIASES: [(&str, BatchMethod); 3] = [
    ("sieve_bald", BatchMethod::KBald),
    ("lbb", BatchMethod::LargeBatchBald),
    ("plbb", BatchMethod::PowerLargeBatchBald),
];

/// Names for a score and the method it is combined with.
const SHORTCUTS: [(&str, AcquisitionFunction, BatchMethod); 4] = [
    ("random", AcquisitionFunction::Random, BatchMethod::TopK),
    ("power_bald", AcquisitionFunction::Bald, BatchMethod::Power),
    ("softmax_bald", AcquisitionFunction::Bald, BatchMethod::Softmax),
    ("softrank_bald", AcquisitionFunction::Bald, BatchMethod::Softrank),
];

impl BatchMethod {
    /// Every method, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::TopK,
        Self::Power,
        Self::Softmax,
        Self::Softrank,
        Self::BatchBald,
        Self::KBald,
        Self::LargeBatchBald,
        Self::PowerLargeBatchBald,
        Self::CoreSet,
        Self::Badge,
        Self::MinimumBayesRisk,
    ];

    /// The name in commands and YAML.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TopK => "top_k",
            Self::Power => "power",
            Self::Softmax => "softmax",
            Self::Softrank => "softrank",
            Self::BatchBald => "batch_bald",
            Self::KBald => "k_bald",
            Self::LargeBatchBald => "large_batch_bald",
            Self::PowerLargeBatchBald => "power_large_batch_bald",
            Self::CoreSet => "core_set",
            Self::Badge => "badge",
            Self::MinimumBayesRisk => "minimum_bayes_risk",
        }
    }

    /// The method called `name`; also accepts `sieve_bald`, `lbb` and `plbb`.
    ///
    /// # Errors
    /// [`UnknownMethod`], which lists the names that are accepted.
    pub fn parse(name: &str) -> Result<Self, UnknownMethod> {
        accepted_names().find_map(|(accepted, method)| (accepted == name).then_some(method)).ok_or_else(
            || UnknownMethod {
                name: name.to_owned(),
                valid: accepted_names().map(|(accepted, _)| accepted).collect(),
            },
        )
    }

    /// Every name, shortcuts and aliases too.
    pub fn names() -> impl Iterator<Item = &'static str> {
        accepted_names().map(|(name, _)| name).chain(SHORTCUTS.iter().map(|(name, ..)| *name))
    }

    /// What `random`, `power_bald`, `softmax_bald` and `softrank_bald` stand for: a score and a method.
    pub fn shortcut(name: &str) -> Option<(AcquisitionFunction, Self)> {
        SHORTCUTS
            .iter()
            .find_map(|&(shortcut, function, method)| (shortcut == name).then_some((function, method)))
    }

    /// Whether it chooses from a column of scores.
    pub const fn needs_scores(self) -> bool {
        matches!(self, Self::TopK | Self::Power | Self::Softmax | Self::Softrank)
    }

    /// Whether it chooses from predictions whose sample k is one posterior draw for all points.
    pub const fn needs_consistent_predictions(self) -> bool {
        matches!(self, Self::BatchBald | Self::KBald | Self::LargeBatchBald | Self::PowerLargeBatchBald)
    }

    /// Whether it looks at predictions at all: `badge` does, beside features.
    pub const fn needs_predictions(self) -> bool {
        self.needs_consistent_predictions() || matches!(self, Self::Badge)
    }

    /// Whether it chooses from features of the points.
    pub const fn needs_features(self) -> bool {
        matches!(self, Self::CoreSet | Self::Badge | Self::MinimumBayesRisk)
    }
}

fn accepted_names() -> impl Iterator<Item = (&'static str, BatchMethod)> {
    BatchMethod::ALL.into_iter().map(|method| (method.name(), method)).chain(ALIASES)
}

impl FromStr for BatchMethod {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        Self::parse(name)
    }
}

impl fmt::Display for BatchMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for method in BatchMethod::ALL {
            assert_eq!(BatchMethod::parse(method.name()), Ok(method));
            assert_eq!(method.to_string(), method.name());
        }
        assert_eq!("plbb".parse(), Ok(BatchMethod::PowerLargeBatchBald));
    }

    #[test]
    fn every_method_chooses_from_one_kind_of_input() {
        for method in BatchMethod::ALL {
            let needs =
                [method.needs_scores(), method.needs_consistent_predictions(), method.needs_features()];
            assert_eq!(needs.into_iter().filter(|&needed| needed).count(), 1, "{method}");
        }
    }

    #[test]
    fn shortcuts_name_a_score_and_a_method() {
        assert_eq!(
            BatchMethod::shortcut("power_bald"),
            Some((AcquisitionFunction::Bald, BatchMethod::Power))
        );
        assert_eq!(BatchMethod::shortcut("power"), None);
    }

    #[test]
    fn unknown_name_lists_the_valid_ones() {
        let error = BatchMethod::parse("batchbald").unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown batch method `batchbald`, expected one of: top_k, power, softmax, softrank, batch_bald, k_bald, \
             large_batch_bald, power_large_batch_bald, core_set, badge, minimum_bayes_risk, sieve_bald, lbb, plbb"
        );
    }
}
