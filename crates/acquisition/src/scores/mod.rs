//! One file per score of single points: its equation, and the formula that it shares with the pass over all
//! of them (`numerics/fused.rs`).

pub(crate) mod bald;
mod epig;
mod expected_entropy;
pub(crate) mod least_confidence;
pub(crate) mod margin;
mod max_entropy;
pub(crate) mod mean_std;
pub(crate) mod predictive_variance;
mod random;
pub(crate) mod variation_ratios;

pub use bald::bald;
pub use epig::{Targets, epig};
pub use expected_entropy::expected_entropy;
pub use least_confidence::least_confidence;
pub use margin::margin;
pub use max_entropy::max_entropy;
pub use mean_std::mean_std;
pub use predictive_variance::predictive_variance;
pub use random::random_scores;
pub use variation_ratios::variation_ratios;
