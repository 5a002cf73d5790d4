//! One file per batch method, and what several of them share.
//!
//! * From scores: `top_k`, `stochastic`.
//! * From predictions, as a `JointBatch`: `batch_bald`, with the joint labels of the batch
//!   (`configurations`) and the search for the best point (`search`); `k_bald` and `large_batch_bald`, with
//!   what pairs of labels share (`pairwise`, `picked`), and triples (`triples`).
//! * From features (`features`): `core_set`, `badge`, `minimum_bayes_risk`.

mod badge;
mod batch_bald;
mod configurations;
mod core_set;
mod features;
mod joint_batch;
mod k_bald;
mod large_batch_bald;
mod minimum_bayes_risk;
mod pairwise;
mod picked;
mod search;
mod stochastic;
mod top_k;
mod triples;

pub use badge::badge;
pub use batch_bald::batch_bald;
pub use core_set::core_set;
pub use joint_batch::{JointBatch, JointPick, SATURATION};
pub use k_bald::k_bald;
pub use large_batch_bald::{large_batch_bald, power_large_batch_bald};
pub use minimum_bayes_risk::{FIELD_MEMORY, GaussianField, Harmonic, MOST_FIELD_POINTS};
pub use stochastic::{power, softmax, softrank};
pub use top_k::{Pick, all_equal, top_k};
pub use triples::LARGEST_BATCH_OF_TRIPLES;
