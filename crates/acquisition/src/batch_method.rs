//! The batch methods by name.

use crate::{AcquisitionFunction, named::named};

named! {
    /// A way to choose a query batch.
    pub enum BatchMethod, "batch method" {
        /// The largest scores. See [`top_k`](crate::top_k()).
        TopK = "top_k",
        /// Drawn in proportion to s^β. See [`power`](crate::power()).
        Power = "power",
        /// Drawn in proportion to exp(β s). See [`softmax`](crate::softmax()).
        Softmax = "softmax",
        /// Drawn in proportion to rank^−β. See [`softrank`](crate::softrank()).
        Softrank = "softrank",
        /// Greedy joint mutual information. See [`batch_bald`](crate::batch_bald()).
        BatchBald = "batch_bald",
        /// BALD minus the pairwise information shared with the batch. See [`k_bald`](crate::k_bald()).
        KBald = "k_bald" or "sieve_bald",
        /// BALD minus twice that information. See [`large_batch_bald`](crate::large_batch_bald()).
        LargeBatchBald = "large_batch_bald" or "lbb",
        /// The same, each pick drawn. See [`power_large_batch_bald`](crate::power_large_batch_bald()).
        PowerLargeBatchBald = "power_large_batch_bald" or "plbb",
        /// Greedy k-centre on features. See [`core_set`](crate::core_set()).
        CoreSet = "core_set",
        /// k-means++ on gradient embeddings. See [`badge`](crate::badge()).
        Badge = "badge",
        /// Smallest expected risk of a field on features. See [`GaussianField`](crate::GaussianField).
        MinimumBayesRisk = "minimum_bayes_risk",
    }
}

/// Names for a score and the method it is combined with.
const SHORTCUTS: [(&str, AcquisitionFunction, BatchMethod); 4] = [
    ("random", AcquisitionFunction::Random, BatchMethod::TopK),
    ("power_bald", AcquisitionFunction::Bald, BatchMethod::Power),
    ("softmax_bald", AcquisitionFunction::Bald, BatchMethod::Softmax),
    ("softrank_bald", AcquisitionFunction::Bald, BatchMethod::Softrank),
];

impl BatchMethod {
    /// Every name that is accepted, and the shortcuts.
    pub fn names_and_shortcuts() -> impl Iterator<Item = &'static str> + Clone {
        Self::names().chain(SHORTCUTS.iter().map(|(name, ..)| *name))
    }

    /// What `random`, `power_bald`, `softmax_bald` and `softrank_bald` stand for: a score and a method.
    pub fn shortcut(name: &str) -> Option<(AcquisitionFunction, Self)> {
        let it = SHORTCUTS.iter().find(|(shortcut, ..)| *shortcut == name);
        it.map(|&(_, function, method)| (function, method))
    }

    /// What it chooses from.
    pub const fn picks_from(self) -> PicksFrom {
        match self {
            Self::TopK | Self::Power | Self::Softmax | Self::Softrank => PicksFrom::Scores,
            Self::BatchBald | Self::KBald | Self::LargeBatchBald | Self::PowerLargeBatchBald => {
                PicksFrom::Predictions
            }
            Self::CoreSet | Self::Badge | Self::MinimumBayesRisk => PicksFrom::Features,
        }
    }

    /// Whether it chooses from a column of scores.
    pub const fn needs_scores(self) -> bool {
        matches!(self.picks_from(), PicksFrom::Scores)
    }

    /// Whether it chooses from predictions whose sample k is one posterior draw for all points.
    pub const fn needs_consistent_predictions(self) -> bool {
        matches!(self.picks_from(), PicksFrom::Predictions)
    }

    /// Whether it chooses from features of the points.
    pub const fn needs_features(self) -> bool {
        matches!(self.picks_from(), PicksFrom::Features)
    }

    /// Whether it looks at predictions at all: `badge` does, beside features.
    pub const fn needs_predictions(self) -> bool {
        self.needs_consistent_predictions() || matches!(self, Self::Badge)
    }
}

/// What a batch method chooses from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PicksFrom {
    /// A column of scores.
    Scores,
    /// Predictions whose sample k is one posterior draw for all points.
    Predictions,
    /// Features of the points.
    Features,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_name_a_score_and_a_method() {
        let power_bald = (AcquisitionFunction::Bald, BatchMethod::Power);
        assert_eq!(BatchMethod::shortcut("power_bald"), Some(power_bald));
        assert_eq!(BatchMethod::shortcut("power"), None);
    }
}
