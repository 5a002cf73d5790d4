//! The points picked so far, and the information that another label shares with theirs.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, Axis, linalg::general_mat_mul, s};

use crate::elementary::sum_x_ln_x;
use crate::entropy::entropy;

/// Label variables of D outcomes each, of which p(y = d | ω_k) is known: the labels of picked points (D = C), or of
/// pairs of them (D = C²).
pub(crate) struct Picked {
    /// One row per sample, one column per variable and outcome; room for all variables.
    probs_K_vD: Array2<f64>,
    /// H of the mean prediction, one per variable.
    entropy_v: Vec<f64>,
    D: usize,
}

impl Picked {
    /// No variables yet, room for `capacity` of D outcomes.
    pub(crate) fn new(K: usize, D: usize, capacity: usize) -> Self {
        Self { probs_K_vD: Array2::zeros((K, capacity * D)), entropy_v: Vec::with_capacity(capacity), D }
    }

    pub(crate) fn len(&self) -> usize {
        self.entropy_v.len()
    }

    /// p_kd of variable `v`.
    pub(crate) fn probs_K_D(&self, v: usize) -> ArrayView2<'_, f64> {
        self.probs_K_vD.slice(s![.., v * self.D..(v + 1) * self.D])
    }

    pub(crate) fn push(&mut self, probs_K_D: &ArrayView2<'_, f64>) {
        let v = self.len();
        self.probs_K_vD.slice_mut(s![.., v * self.D..(v + 1) * self.D]).assign(probs_K_D);
        self.entropy_v.push(entropy_of_mean(probs_K_D));
    }

    /// Removes all variables.
    pub(crate) fn clear(&mut self) {
        self.entropy_v.clear();
    }

    /// I(y; y_v) = H[p̄] + H[p̄_v] − H[(1/K) Σ_k p_k ⊗ p_vk] of one point with the variables of `range`.
    ///
    /// # Numerics
    /// Held within [0, `bald`]: a label knows no more about another than about the parameters. Each number depends on
    /// its two partners only, not on `range`.
    pub(crate) fn information(
        &self,
        probs_K_C: &ArrayView2<'_, f64>,
        bald: f64,
        range: Range<usize>,
    ) -> Vec<f64> {
        let probs_K_vD = self.probs_K_vD.slice(s![.., range.start * self.D..range.end * self.D]);
        let (K, C) = probs_K_C.dim();
        let mut joint_vD_C = Array2::zeros((probs_K_vD.ncols(), C));
        general_mat_mul(1.0, &probs_K_vD.t(), probs_K_C, 0.0, &mut joint_vD_C); // Σ over K
        // Not as a factor of the product: from 257 samples on, that rounds differently at the edge of a block.
        joint_vD_C *= 1.0 / K as f64;
        let own_entropy = entropy_of_mean(probs_K_C);
        let joint = joint_vD_C.as_slice().expect("an array of its own is contiguous");
        joint
            .chunks_exact(self.D * C)
            .zip(&self.entropy_v[range])
            .map(|(joint_D_C, entropy_v)| {
                let joint_entropy = -sum_x_ln_x(joint_D_C);
                (own_entropy + entropy_v - joint_entropy).clamp(0.0, bald)
            })
            .collect()
    }
}

fn entropy_of_mean(probs_K_D: &ArrayView2<'_, f64>) -> f64 {
    entropy(&(probs_K_D.sum_axis(Axis(0)) / probs_K_D.nrows() as f64))
}

#[cfg(test)]
mod tests {
    use bal_stream::Stream;

    use super::*;

    /// With more samples than a product takes at once.
    #[test]
    fn information_depends_on_its_two_partners_only() {
        let (K, C) = (300, 10);
        let mut picked = Picked::new(K, C, 4);
        let probs_K_C = |member: u64| {
            let weights = Stream::new(0, "picked", 0, member).uniform(K * C);
            let mut probs_K_C = Array2::from_shape_vec((K, C), weights).unwrap();
            probs_K_C.rows_mut().into_iter().for_each(|mut row| row /= row.sum());
            probs_K_C
        };
        for v in 0..4 {
            picked.push(&probs_K_C(v).view());
        }
        let point_K_C = probs_K_C(4);
        let together = picked.information(&point_K_C.view(), f64::INFINITY, 0..4);
        for (v, information) in together.into_iter().enumerate() {
            let alone = picked.information(&point_K_C.view(), f64::INFINITY, v..v + 1)[0];
            assert_eq!(information.to_bits(), alone.to_bits());
        }
    }
}
