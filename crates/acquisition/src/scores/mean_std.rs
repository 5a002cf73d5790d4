use ndarray::Array1;

use crate::NormalisedProbs;

/// Standard deviation over samples, mean over classes: `(1/C) Σ_c sqrt((1/K) Σ_k (p_nkc − p̄_nc)²)`.
///
/// # Shapes
/// In: p_nkc [N, K, C]; out: `scores_N` within [0, 1/2].
///
/// # Numerics
/// Population standard deviation, from centred squares.
///
/// # References
/// Kampffmeyer, Salberg & Jenssen, *Semantic Segmentation of Small Objects and Modeling of Uncertainty in
/// Urban Remote Sensing Images Using Deep Convolutional Neural Networks*, 2016; Kendall, Badrinarayanan &
/// Cipolla, *Bayesian SegNet*, 2015, arXiv 1511.02680.
pub fn mean_std(probs: &NormalisedProbs) -> Array1<f64> {
    probs.variance_N_C().rows().into_iter().map(mean_root).collect() // [N, C] → [N]
}

/// (1/C) Σ_c sqrt(variance_c).
pub(crate) fn mean_root<'a>(
    variance_C: impl IntoIterator<Item = &'a f64, IntoIter: ExactSizeIterator>,
) -> f64 {
    let variance_C = variance_C.into_iter();
    let C = variance_C.len() as f64;
    variance_C.map(|variance| variance.sqrt()).sum::<f64>() / C
}
