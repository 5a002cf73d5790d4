//! Which points should be labelled next, given predictions that you made yourself? No file and no libtorch
//! is needed.
//!
//! `cargo run --release --package bal-acquisition --example rank_your_predictions`
//!
//! Points 1 and 2 are copies of each other, with the largest BALD scores. But who knows the label of one
//! learns little from the other: BatchBALD takes point 3 beside one of them.

#![expect(non_snake_case, reason = "array names carry their axes: `probs_N_K_C`")]
#![expect(clippy::print_stdout, reason = "an example says what it found")]

use std::num::NonZeroUsize;

use bal_acquisition::{AcquisitionFunction, Draw, Error, Predictions, batch_bald, top_k};
use ndarray::array;

/// Rows of the two points that `top_k` of BALD and that BatchBALD pick.
pub(crate) fn picks() -> Result<[Vec<usize>; 2], Error> {
    // p(y = c | x_n, ω_k): 5 points, 4 posterior samples (dropout masks or ensemble members), 2 classes
    let probs_N_K_C = array![
        [[0.95, 0.05], [0.90, 0.10], [0.95, 0.05], [0.90, 0.10]], // all are sure
        [[0.98, 0.02], [0.98, 0.02], [0.02, 0.98], [0.02, 0.98]], // two against two
        [[0.98, 0.02], [0.98, 0.02], [0.02, 0.98], [0.02, 0.98]], // a copy
        [[0.95, 0.05], [0.05, 0.95], [0.95, 0.05], [0.05, 0.95]], // other two against two
        [[0.50, 0.50], [0.50, 0.50], [0.50, 0.50], [0.50, 0.50]], // all agree that it is a coin
    ];
    let predictions = Predictions::from_probs(probs_N_K_C.view())?;

    let scores_N_F = predictions.score(&[AcquisitionFunction::Bald])?;
    let bald_N = scores_N_F.column(0).to_vec();
    let largest = top_k(&bald_N, 2)?;

    // Labels to draw once a batch has more configurations.
    let num_samples = NonZeroUsize::MIN.saturating_add(9_999);
    let batch = batch_bald(&predictions, 2, num_samples, Draw::new(0, 0))?;

    println!("BALD of each point, in nats: {bald_N:.3?}");
    println!("largest BALD: {largest:?}");
    println!("BatchBALD: {:?}", batch.picks);
    Ok([largest.iter().map(|pick| pick.row).collect(), batch.picks.iter().map(|pick| pick.row).collect()])
}

pub(crate) fn main() -> Result<(), Error> {
    picks().map(drop)
}
