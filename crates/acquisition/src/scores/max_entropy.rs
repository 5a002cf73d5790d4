use ndarray::Array1;

use crate::{NormalisedProbs, numerics::entropy};

/// Entropy of the mean prediction: `H[p̄_n] = −Σ_c p̄_nc log p̄_nc`.
///
/// # Shapes
/// In: p_nkc [N, K, C]; out: `scores_N` in nats, within [0, log C].
///
/// # References
/// Shannon, *A Mathematical Theory of Communication*, 1948.
pub fn max_entropy(probs: &NormalisedProbs) -> Array1<f64> {
    probs.mean_N_C().rows().into_iter().map(entropy).collect() // [N, C] → [N]
}
