use ndarray::{Array1, ArrayView2};

use crate::{NormalisedProbs, numerics::argmax};

/// Share of samples that disagree with the modal class: 1 − f_n / K, where f_n is the number of samples whose
/// argmax is the class that most samples have as argmax.
///
/// Each sample votes for one class, as in Gal et al.; 1 − max_c p̄_nc, which some codes call by this name, is
/// [`least_confidence`](crate::least_confidence()).
///
/// # Shapes
/// In: p_nkc [N, K, C]; out: `scores_N` within [0, 1 − 1/C], on at most K levels.
///
/// # Numerics
/// Where several classes of a sample are equally probable, it votes for the lowest.
///
/// # References
/// Freeman, *Elementary Applied Statistics*, 1965; Gal, Islam & Ghahramani, *Deep Bayesian Active Learning
/// with Image Data*, 2017, arXiv 1703.02910.
pub fn variation_ratios(probs: &NormalisedProbs) -> Array1<f64> {
    probs.probs_N_K_C.outer_iter().map(|probs_K_C| disagreement(&probs_K_C)).collect() // [N, K, C] → [N]
}

fn disagreement(probs_K_C: &ArrayView2<'_, f64>) -> f64 {
    let (K, C) = probs_K_C.dim();
    let mut votes_C = vec![0; C];
    for probs_C in probs_K_C.rows() {
        votes_C[argmax(probs_C)] += 1;
    }
    share_against_mode(&votes_C, K)
}

/// 1 − max_c votes_c / K.
pub(crate) fn share_against_mode(votes_C: &[usize], K: usize) -> f64 {
    let modal_votes = votes_C.iter().copied().max().unwrap_or(0);
    1.0 - modal_votes as f64 / K as f64
}
