//! Acquisition functions and batch selection: predictions in, scores and picks out.
//!
//! This crate holds the mathematics only. It opens no file, draws from no global generator, reads no
//! clock and writes no log; the stages `score` and `select` do that around it.
//!
//! # Letters
//!
//! | letter | axis |
//! |---|---|
//! | `N`, `n` | points; lower case: one tile of them |
//! | `K` | posterior samples: dropout masks or ensemble members (papers also write T) |
//! | `C` | classes |
//! | `F` | acquisition functions asked for |
//! | `M` | target points of `epig`; joint configurations of the labels of a batch |
//! | `D` | outcomes of one or several labels; dimensions of a feature |
//! | `b` | size of the query batch |
//!
//! Array names carry their axes, slowest first: `log_probs_n_K_C`. `p_nkc = p(y = c | x_n, ω_k)`,
//! `p̄_nc = mean_k p_nkc`, `H[q] = −Σ_c q_c log q_c` in nats, with `0 · log 0 = 0`.
//!
//! # Two ways to the same numbers
//!
//! [`Predictions::score`] computes any set of functions in one pass over a tile of points; the stages
//! use it. Each score also has a plain function that reads like its equation ([`bald()`], [`margin()`] …)
//! over [`NormalisedProbs`]; tests hold the two together.
//!
//! # Batches
//!
//! [`BatchMethod`] names them.
//!
//! * [`top_k()`], [`power()`], [`softmax()`] and [`softrank()`] choose from a column of scores.
//! * [`batch_bald()`], [`k_bald()`], [`large_batch_bald()`] and [`power_large_batch_bald()`] choose from
//!   predictions whose sample k is one posterior draw for all points, and return a [`JointBatch`]. They read
//!   the view point by point, so it may be a memory map, and look only at points that can still win;
//!   `tests/it/plain_batch.rs` has the loops over all points.
//! * [`core_set()`], [`badge()`] and [`GaussianField`] choose from features.
//!
//! # Numerics
//!
//! Inputs are `f32` or `f64`. Every row (one point, one sample) must sum to 1 within [`ROW_SUM_TOLERANCE`]
//! and is then divided by its sum. Everything is summed in `f64`, one point on one thread, in an order that
//! depends on the shapes only: a score depends neither on the number of threads nor on the tile, and equal
//! points get equal bits. Loops are compiled for vector instructions (`numerics/elementary.rs`); logarithms
//! and exponentials have a relative error of at most 5e-16. Every score is oriented so that larger means
//! "acquire first".
//!
//! # Example
//!
//! `examples/rank_your_predictions.rs` is a longer one.
//!
//! ```
//! use bal_acquisition::{AcquisitionFunction, Predictions, top_k};
//! use ndarray::array;
//!
//! // two points, two posterior samples, two classes: the samples disagree about the second point
//! let probs_N_K_C = array![[[0.5_f32, 0.5], [0.5, 0.5]], [[0.9, 0.1], [0.1, 0.9]]];
//! let predictions = Predictions::from_probs(probs_N_K_C.view())?;
//! let scores_N_F = predictions.score(&[AcquisitionFunction::MaxEntropy, AcquisitionFunction::Bald])?;
//! let bald_N = scores_N_F.column(1).to_vec();
//! assert_eq!(top_k(&bald_N, 1)?[0].row, 1);
//! # Ok::<(), bal_acquisition::Error>(())
//! ```

#![expect(non_snake_case, reason = "array names carry their axes: `log_probs_n_K_C`")]
#![expect(
    clippy::inline_always,
    reason = "a function that stays out of line is compiled for the oldest processor, without its vector instructions"
)]

mod batch_method;
mod batches;
mod error;
mod function;
mod named;
mod normalised;
mod numerics;
mod predictions;
mod remedy;
mod scores;
mod watch;

pub use bal_stream::Draw;
pub use batch_method::{BatchMethod, PicksFrom};
pub use batches::{
    FIELD_MEMORY, GaussianField, Harmonic, JointBatch, JointPick, LARGEST_BATCH_OF_TRIPLES,
    MOST_FIELD_POINTS, Pick, SATURATION, all_equal, badge, batch_bald, core_set, k_bald, large_batch_bald,
    power, power_large_batch_bald, softmax, softrank, top_k,
};
pub use error::{Error, Result, UnknownName};
pub use function::AcquisitionFunction;
pub use normalised::NormalisedProbs;
pub use predictions::{Form, LOG_PROB_TOLERANCE, Number, Predictions, ROW_SUM_TOLERANCE};
pub use scores::{
    Targets, bald, epig, expected_entropy, least_confidence, margin, max_entropy, mean_std,
    predictive_variance, random_scores, variation_ratios,
};
pub use watch::{Unwatched, Watch};
