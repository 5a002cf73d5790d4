//! What is drawn: a name for every random decision of `bal`.

/// The enum, the list of its values and what is known of each, out of one table.
macro_rules! purposes {
    ($($(#[$doc:meta])* $Purpose:ident = $described:expr,)+) => {
        /// What is drawn. No purpose knows the acquisition function, so runs of one seed are paired.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Purpose {
            $($(#[$doc])* $Purpose,)+
            /// Made-up numbers of a test or a benchmark.
            Test(&'static str),
        }

        impl Purpose {
            /// All but those of tests.
            pub const ALL: [Self; [$($described),+].len()] = [$(Self::$Purpose),+];

            /// Name; round and member of its streams (see [`crate::Draw::stream`]); the crate that draws.
            pub fn described(self) -> [&'static str; 4] {
                match self {
                    $(Self::$Purpose => $described,)+
                    Self::Test(name) => [name, "any", "any", "tests"],
                }
            }
        }
    };
}

purposes! {
    /// Initial training set.
    SplitInitial = ["split_initial", "0", "class", "prepare"],
    /// Validation set.
    SplitValidation = ["split_validation", "0", "0", "prepare"],
    /// Order of the pool.
    SplitPool = ["split_pool", "0", "0", "prepare"],
    /// What a thinned class keeps in the pool.
    SplitKeepFraction = ["split_keep_fraction", "0", "class", "prepare"],
    /// Noise of the data set `two_moons`, whose seed is fixed.
    TwoMoonsNoise = ["two_moons_noise", "0", "0", "prepare"],
    /// Which of its points are test points.
    TwoMoonsSplit = ["two_moons_split", "0", "0", "prepare"],
    /// Order of the data set `kmnist_test`, whose seed is fixed.
    KmnistTestSplit = ["kmnist_test_split", "0", "0", "prepare"],
    /// Noise of the points of a data set that is seen with noise.
    ViewNoise = ["view_noise", "0", "id", "model"],
    /// Which points of a data set are distinct ones of its view.
    ViewDistinct = ["view_distinct", "0", "0", "prepare"],
    /// Weights and biases before the first step.
    WeightInit = ["weight_init", "round", "layer", "model"],
    /// Order of the points in an epoch.
    MinibatchOrder = ["minibatch_order", "round", "epoch", "train"],
    /// Points of an epoch that is a number of draws.
    TrainingDraws = ["training_draws", "round", "epoch", "train"],
    /// Crops and flips of the images of a step.
    Augmentation = ["augmentation", "round", "step", "train"],
    /// Dropout masks of a step.
    TrainingDropout = ["training_dropout", "round", "(step, layer)", "train"],
    /// Posterior samples of an evaluation.
    EvaluateDropout = ["evaluate_dropout", "round", "(posterior sample, layer)", "train"],
    /// Posterior samples of the pool.
    McDropout = ["mc_dropout", "round", "(posterior sample, layer)", "score"],
    /// Which part of the pool is scored.
    PoolSubset = ["pool_subset", "round", "0", "score"],
    /// Target points of `epig`.
    EpigTargets = ["epig_targets", "round", "0", "score"],
    /// The scores `random`.
    RandomScore = ["random_score", "round", "0", "acquisition"],
    /// `power`, `softmax` and `softrank`.
    StochasticBatch = ["stochastic_batch", "round", "0", "acquisition"],
    /// Labels of a batch that `batch_bald` draws.
    BatchBaldSamples = ["batch_bald_samples", "round", "pick", "acquisition"],
    /// Picks of `power_large_batch_bald`.
    PowerLargeBatchBald = ["power_large_batch_bald", "round", "pick", "acquisition"],
    /// Picks of `badge`.
    Badge = ["badge", "round", "0", "acquisition"],
}

impl Purpose {
    /// Its name, which is part of the key of its streams: another name draws other numbers.
    pub fn name(self) -> &'static str {
        self.described()[0]
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
