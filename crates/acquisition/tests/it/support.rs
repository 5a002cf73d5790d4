//! What the tests share: all plain functions under their names, and ways to build predictions.

use bal_acquisition::{
    AcquisitionFunction, NormalisedProbs, Predictions, Result, bald, expected_entropy, least_confidence,
    margin, max_entropy, mean_std, predictive_variance, variation_ratios,
};
use ndarray::{Array1, Array2, Array3};

/// Every function of predictions, in the order of [`AcquisitionFunction::ALL`].
pub(crate) fn functions() -> Vec<AcquisitionFunction> {
    AcquisitionFunction::ALL.into_iter().filter(|function| function.needs_predictions()).collect()
}

/// The score by its plain function.
pub(crate) fn plain(function: AcquisitionFunction, probs: &NormalisedProbs) -> Array1<f64> {
    match function {
        AcquisitionFunction::Random => panic!("`random` has no predictions"),
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
pub(crate) fn score_all(probs_N_K_C: &Array3<f64>) -> Result<Array2<f64>> {
    Predictions::from_probs(probs_N_K_C.view())?.score(&functions())
}

pub(crate) fn position(function: AcquisitionFunction) -> usize {
    functions().iter().position(|&other| other == function).unwrap()
}

/// One point whose K samples are the rows of `probs_K_C`.
pub(crate) fn point<const C: usize>(probs_K_C: &[[f64; C]]) -> Array3<f64> {
    Array3::from_shape_fn((1, probs_K_C.len(), C), |(_, k, c)| probs_K_C[k][c])
}
