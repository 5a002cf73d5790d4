use ndarray::Array1;

use crate::NormalisedProbs;

/// Doubt about the most probable class: `1 − max_c p̄_nc`.
///
/// # Shapes
/// In: p_nkc [N, K, C]; out: `scores_N` within [0, 1 − 1/C].
///
/// # References
/// Lewis & Gale, *A Sequential Algorithm for Training Text Classifiers*, 1994.
pub fn least_confidence(probs: &NormalisedProbs) -> Array1<f64> {
    probs.mean_N_C().rows().into_iter().map(doubt).collect() // [N, C] → [N]
}

/// 1 − max_c p̄_c.
pub(crate) fn doubt<'a>(mean_C: impl IntoIterator<Item = &'a f64>) -> f64 {
    1.0 - mean_C.into_iter().copied().fold(0.0, f64::max)
}
