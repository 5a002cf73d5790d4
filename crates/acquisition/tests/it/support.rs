//! What the tests share: all plain functions under their names, and ways to build predictions.

use std::ops::Range;

use bal_acquisition::{
    AcquisitionFunction, Draw, NormalisedProbs, Pick, Predictions, bald, expected_entropy, least_confidence,
    margin, max_entropy, mean_std, predictive_variance, random_scores, variation_ratios,
};
use ndarray::{Array, Array1, Array2, Array3, Dimension, NdFloat};
use proptest::prelude::*;

/// Whose random draws.
pub(crate) fn draw(seed: u64, round: u64) -> Draw {
    Draw::new(seed, round)
}

/// Every function of the pool's predictions alone, in the order of [`AcquisitionFunction::ALL`].
pub(crate) fn functions() -> Vec<AcquisitionFunction> {
    let alone = |function: &AcquisitionFunction| function.needs_predictions() && !function.needs_targets();
    AcquisitionFunction::ALL.into_iter().filter(alone).collect()
}

/// The score by its plain function.
pub(crate) fn plain(function: AcquisitionFunction, probs: &NormalisedProbs) -> Array1<f64> {
    match function {
        AcquisitionFunction::Random | AcquisitionFunction::Epig => {
            panic!("`{function}` needs something else")
        }
        AcquisitionFunction::MaxEntropy => max_entropy(probs),
        AcquisitionFunction::Bald => bald(probs).unwrap(),
        AcquisitionFunction::VariationRatios => variation_ratios(probs),
        AcquisitionFunction::LeastConfidence => least_confidence(probs),
        AcquisitionFunction::MeanStd => mean_std(probs),
        AcquisitionFunction::Margin => margin(probs),
        AcquisitionFunction::PredictiveVariance => predictive_variance(probs),
        AcquisitionFunction::ExpectedEntropy => expected_entropy(probs),
    }
}

/// One score of every point, by the pass that computes all of them.
pub(crate) fn fused(function: AcquisitionFunction, probs_N_K_C: &Array3<f64>) -> Array1<f64> {
    score_all(probs_N_K_C).unwrap().column(position(function)).to_owned()
}

/// All scores of every point, columns as in [`functions`].
pub(crate) fn score_all(probs_N_K_C: &Array3<f64>) -> bal_acquisition::Result<Array2<f64>> {
    Predictions::from_probs(probs_N_K_C.view())?.score(&functions())
}

pub(crate) fn position(function: AcquisitionFunction) -> usize {
    functions().iter().position(|&other| other == function).unwrap()
}

/// One point whose K samples are the rows of `probs_K_C`.
pub(crate) fn point<const C: usize>(probs_K_C: &[[f64; C]]) -> Array3<f64> {
    Array3::from_shape_fn((1, probs_K_C.len(), C), |(_, k, c)| probs_K_C[k][c])
}

/// The array in a golden file.
pub(crate) fn array(nested: &[Vec<Vec<f64>>]) -> Array3<f64> {
    let shape = (nested.len(), nested[0].len(), nested[0][0].len());
    Array3::from_shape_fn(shape, |(n, k, c)| nested[n][k][c])
}

pub(crate) fn matrix(rows: &[Vec<f64>]) -> Array2<f64> {
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(n, d)| rows[n][d])
}

/// Weights, each row divided by its sum.
pub(crate) fn to_probs<A: NdFloat, D: Dimension>(mut weights: Array<A, D>) -> Array<A, D> {
    for mut row in weights.rows_mut() {
        let sum = row.sum();
        row /= sum;
    }
    weights
}

/// Checked, and divided by the sums of the rows.
pub(crate) fn normalised(probs_N_K_C: &Array3<f64>) -> NormalisedProbs {
    Predictions::from_probs(probs_N_K_C.view()).unwrap().normalise().unwrap()
}

pub(crate) fn rows(picks: &[Pick]) -> Vec<usize> {
    picks.iter().map(|pick| pick.row).collect()
}

pub(crate) fn in_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

/// Predictions [N, K, C] from flat to nearly one-hot, with classes of probability 0 and rows slightly off 1.
pub(crate) fn predictions_of(
    N: Range<usize>,
    K: Range<usize>,
    C: Range<usize>,
) -> impl Strategy<Value = Array3<f64>> {
    (N, K, C, 0.1..8.0_f64).prop_flat_map(|(N, K, C, sharpness)| {
        let weight = prop_oneof![1 => Just(0.0), 9 => 0.0..1.0_f64];
        (prop::collection::vec(weight, N * K * C), prop::collection::vec(-9e-4..9e-4_f64, N * K)).prop_map(
            move |(weights, errors)| {
                let mut probs_N_K_C = Array3::from_shape_vec((N, K, C), weights).unwrap();
                probs_N_K_C.mapv_inplace(|weight| weight.powf(sharpness));
                for (mut row_C, error) in probs_N_K_C.rows_mut().into_iter().zip(errors) {
                    row_C[0] += 1e-6; // a row needs some weight
                    let sum = row_C.sum();
                    row_C /= sum * (1.0 + error);
                }
                probs_N_K_C
            },
        )
    })
}

/// The order in which `n` things are sorted by seeded random numbers.
pub(crate) fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let key_n = random_scores(draw(seed, 0), n);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| key_n[i].total_cmp(&key_n[j]));
    order
}
