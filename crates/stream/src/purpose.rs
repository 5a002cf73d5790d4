//! What is drawn: a name for every random decision of `bal`.

/// What is drawn. No purpose knows the acquisition function, so runs of one seed are paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Initial training set.
    SplitInitial,
    /// Validation set.
    SplitValidation,
    /// Order of the pool.
    SplitPool,
    /// What a thinned class keeps in the pool.
    SplitKeepFraction,
    /// Noise of the data set `two_moons`, whose seed is fixed.
    TwoMoonsNoise,
    /// Which of its points are test points.
    TwoMoonsSplit,
    /// Weights and biases before the first step.
    WeightInit,
    /// Order of the points in an epoch.
    MinibatchOrder,
    /// Dropout masks of a step.
    TrainingDropout,
    /// Posterior samples of an evaluation.
    EvaluateDropout,
    /// Posterior samples of the pool.
    McDropout,
    /// Which part of the pool is scored.
    PoolSubset,
    /// Target points of `epig`.
    EpigTargets,
    /// The scores `random`.
    RandomScore,
    /// `power`, `softmax` and `softrank`.
    StochasticBatch,
    /// Labels of a batch that `batch_bald` draws.
    BatchBaldSamples,
    /// Picks of `power_large_batch_bald`.
    PowerLargeBatchBald,
    /// Picks of `badge`.
    Badge,
    /// Made-up numbers of a test or a benchmark.
    Test(&'static str),
}

impl Purpose {
    /// All but those of tests.
    pub const ALL: [Self; 18] = [
        Self::SplitInitial,
        Self::SplitValidation,
        Self::SplitPool,
        Self::SplitKeepFraction,
        Self::TwoMoonsNoise,
        Self::TwoMoonsSplit,
        Self::WeightInit,
        Self::MinibatchOrder,
        Self::TrainingDropout,
        Self::EvaluateDropout,
        Self::McDropout,
        Self::PoolSubset,
        Self::EpigTargets,
        Self::RandomScore,
        Self::StochasticBatch,
        Self::BatchBaldSamples,
        Self::PowerLargeBatchBald,
        Self::Badge,
    ];

    /// Its name, which is part of the key of its streams: another name draws other numbers.
    pub fn name(self) -> &'static str {
        self.described()[0]
    }

    /// Name; round and member of its streams (see [`crate::Draw::stream`]); the crate that draws.
    pub fn described(self) -> [&'static str; 4] {
        match self {
            Self::SplitInitial => ["split_initial", "0", "class", "prepare"],
            Self::SplitValidation => ["split_validation", "0", "0", "prepare"],
            Self::SplitPool => ["split_pool", "0", "0", "prepare"],
            Self::SplitKeepFraction => ["split_keep_fraction", "0", "class", "prepare"],
            Self::TwoMoonsNoise => ["two_moons_noise", "0", "0", "prepare"],
            Self::TwoMoonsSplit => ["two_moons_split", "0", "0", "prepare"],
            Self::WeightInit => ["weight_init", "round", "(ensemble member, layer)", "model"],
            Self::MinibatchOrder => ["minibatch_order", "round", "epoch", "train"],
            Self::TrainingDropout => ["training_dropout", "round", "(step, layer)", "train"],
            Self::EvaluateDropout => ["evaluate_dropout", "round", "(posterior sample, layer)", "train"],
            Self::McDropout => ["mc_dropout", "round", "(posterior sample, layer)", "score"],
            Self::PoolSubset => ["pool_subset", "round", "0", "score"],
            Self::EpigTargets => ["epig_targets", "round", "0", "score"],
            Self::RandomScore => ["random_score", "round", "0", "acquisition"],
            Self::StochasticBatch => ["stochastic_batch", "round", "0", "acquisition"],
            Self::BatchBaldSamples => ["batch_bald_samples", "round", "pick", "acquisition"],
            Self::PowerLargeBatchBald => ["power_large_batch_bald", "round", "pick", "acquisition"],
            Self::Badge => ["badge", "round", "0", "acquisition"],
            Self::Test(name) => [name, "any", "any", "tests"],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_purposes_share_a_name() {
        let names: BTreeSet<&str> = Purpose::ALL.into_iter().map(Purpose::name).collect();
        assert_eq!(names.len(), Purpose::ALL.len());
    }

    #[test]
    fn the_map_of_the_crates_lists_them() {
        let row = |purpose: Purpose| {
            let [name, round, member, drawn_in] = purpose.described();
            format!("| `{name}` | {round} | {member} | `{drawn_in}` |\n")
        };
        let table: String = Purpose::ALL.into_iter().map(row).collect();
        assert!(include_str!("../../README.md").contains(&table), "write into crates/README.md:\n{table}");
    }
}
