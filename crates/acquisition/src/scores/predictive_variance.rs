use ndarray::Array1;

use crate::NormalisedProbs;

/// Variance over samples, mean over classes: `(1/C) Σ_c (1/K) Σ_k (p_nkc − p̄_nc)²`.
///
/// A diagnostic beside [`mean_std`](crate::mean_std()).
///
/// # Shapes
/// In: p_nkc [N, K, C]; out: `scores_N` within [0, 1/4].
///
/// # Numerics
/// Population variance, from centred squares.
pub fn predictive_variance(probs: &NormalisedProbs) -> Array1<f64> {
    probs.variance_N_C().rows().into_iter().map(mean).collect() // [N, C] → [N]
}

/// (1/C) Σ_c variance_c.
pub(crate) fn mean<'a>(variance_C: impl IntoIterator<Item = &'a f64, IntoIter: ExactSizeIterator>) -> f64 {
    let variance_C = variance_C.into_iter();
    let C = variance_C.len() as f64;
    variance_C.sum::<f64>() / C
}
