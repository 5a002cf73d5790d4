//! Checked probabilities, the input of the plain score functions.

use ndarray::{Array2, Array3, ArrayView3, Axis};

/// `probs_N_K_C` in `f64` whose rows were checked and divided by their sum.
///
/// Made by [`Predictions::normalise`](crate::Predictions::normalise) only: there is no second check.
#[derive(Clone, Debug, PartialEq)]
pub struct NormalisedProbs {
    pub(crate) probs_N_K_C: Array3<f64>,
}

impl NormalisedProbs {
    /// p_nkc, shape [N, K, C].
    pub fn probs_N_K_C(&self) -> ArrayView3<'_, f64> {
        self.probs_N_K_C.view()
    }

    /// p̄_nc = (1/K) Σ_k p_nkc, shape [N, C].
    pub fn mean_N_C(&self) -> Array2<f64> {
        let K = self.probs_N_K_C.len_of(Axis(1)) as f64;
        self.probs_N_K_C.sum_axis(Axis(1)) / K // [N, K, C] → [N, C]
    }

    /// (1/K) Σ_k (p_nkc − p̄_nc)², shape [N, C].
    ///
    /// # Numerics
    /// From centred squares: mean_k p² − p̄² cancels, may turn out negative and has no square root then.
    pub fn variance_N_C(&self) -> Array2<f64> {
        let K = self.probs_N_K_C.len_of(Axis(1)) as f64;
        let mean_N_1_C = self.mean_N_C().insert_axis(Axis(1));
        let squares_N_K_C = (&self.probs_N_K_C - &mean_N_1_C).mapv(|deviation| deviation * deviation);
        squares_N_K_C.sum_axis(Axis(1)) / K // [N, K, C] → [N, C]
    }
}
