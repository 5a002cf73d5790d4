use ndarray::{Array1, Axis};

use crate::{NormalisedProbs, numerics::entropy};

/// Mean entropy of the posterior samples: `(1/K) Σ_k H[p_nk]`.
///
/// A diagnostic: the part of the predictive entropy that no knowledge of the parameters would remove.
///
/// # Shapes
/// In: p_nkc [N, K, C]; out: `scores_N` in nats, within [0, log C].
///
/// # References
/// Houlsby et al., *Bayesian Active Learning for Classification and Preference Learning*, 2011,
/// arXiv 1112.5745, second term of the objective.
pub fn expected_entropy(probs: &NormalisedProbs) -> Array1<f64> {
    let entropy_N_K = probs.probs_N_K_C.map_axis(Axis(2), entropy); // [N, K, C] → [N, K]
    let K = entropy_N_K.len_of(Axis(1)) as f64;
    entropy_N_K.sum_axis(Axis(1)) / K // [N, K] → [N]
}
