//! The points picked so far, and the information that another label shares with theirs.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, Axis, linalg::general_mat_mul, s};

use crate::{
    Result, Watch,
    numerics::{
        elementary::{LANES, SumInParts, sum_x_ln_x},
        entropy,
    },
};

/// Joint predictions that are held at once: 32 MB of them, a tenth of a second's work with 100 samples.
const NUMBERS_AT_ONCE: usize = 1 << 22;

/// Label variables of D outcomes each, of which p(y = d | ω_k) is known: the labels of picked points (D =
/// C), or of pairs of them (D = C²).
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
    /// Held within [0, `bald`]: a label knows no more about another than about the parameters. Each number
    /// depends on its two partners only, not on `range`.
    ///
    /// # Errors
    /// `Error::Stopped`.
    pub(crate) fn information(
        &self,
        probs_K_C: &ArrayView2<'_, f64>,
        bald: f64,
        range: Range<usize>,
        watch: &dyn Watch,
    ) -> Result<Vec<f64>> {
        let own_entropy = entropy_of_mean(probs_K_C);
        let joint_entropies = if range.len() * self.D * probs_K_C.ncols() <= NUMBERS_AT_ONCE {
            self.joint_entropies(probs_K_C, range.clone())
        } else {
            let in_parts = |v| self.joint_entropy_in_parts(probs_K_C, v, NUMBERS_AT_ONCE, watch);
            range.clone().map(in_parts).collect::<Result<_>>()?
        };
        let information = joint_entropies.into_iter().zip(&self.entropy_v[range]);
        Ok(information.map(|(joint, entropy_v)| (own_entropy + entropy_v - joint).clamp(0.0, bald)).collect())
    }

    /// H[(1/K) Σ_k p_k ⊗ p_vk] of every variable v of `range`.
    fn joint_entropies(&self, probs_K_C: &ArrayView2<'_, f64>, range: Range<usize>) -> Vec<f64> {
        let numbers = self.D * probs_K_C.ncols();
        let joint_vD_C = self.joint(probs_K_C, range.start * self.D..range.end * self.D);
        let joint = joint_vD_C.as_slice().expect("an array of its own is contiguous");
        joint.chunks_exact(numbers).map(|joint_D_C| -sum_x_ln_x(joint_D_C)).collect()
    }

    /// The same of one variable that has many outcomes, `at_once` numbers at a time: with the same bits.
    fn joint_entropy_in_parts(
        &self,
        probs_K_C: &ArrayView2<'_, f64>,
        v: usize,
        at_once: usize,
        watch: &dyn Watch,
    ) -> Result<f64> {
        let rows = (at_once / probs_K_C.ncols()).next_multiple_of(LANES);
        let mut sum = SumInParts::default();
        for first in (0..self.D).step_by(rows.max(LANES)) {
            watch.check()?;
            let outcomes = v * self.D + first..v * self.D + self.D.min(first + rows.max(LANES));
            let joint_d_C = self.joint(probs_K_C, outcomes);
            sum.add(joint_d_C.as_slice().expect("an array of its own is contiguous"));
        }
        Ok(-sum.total())
    }

    /// (1/K) Σ_k p_vkd p_kc of some outcomes d of the variables.
    fn joint(&self, probs_K_C: &ArrayView2<'_, f64>, outcomes: Range<usize>) -> Array2<f64> {
        let probs_K_vD = self.probs_K_vD.slice(s![.., outcomes]);
        let (K, C) = probs_K_C.dim();
        let mut joint_vD_C = Array2::zeros((probs_K_vD.ncols(), C));
        general_mat_mul(1.0, &probs_K_vD.t(), probs_K_C, 0.0, &mut joint_vD_C); // Σ over K
        // Not as a factor of the product: from 257 samples on that rounds differently at the edge of a block.
        joint_vD_C *= 1.0 / K as f64;
        joint_vD_C
    }
}

fn entropy_of_mean(probs_K_D: &ArrayView2<'_, f64>) -> f64 {
    entropy(&(probs_K_D.sum_axis(Axis(0)) / probs_K_D.nrows() as f64))
}

#[cfg(test)]
mod tests {
    use bal_stream::Stream;

    use super::*;
    use crate::Unwatched;

    /// With more samples than a product takes at once.
    #[test]
    fn information_depends_on_its_two_partners_only() {
        let (K, C) = (300, 27);
        let mut picked = Picked::new(K, C, 4);
        let probs_K_C = |member: u64| {
            let weights = Stream::of_test("picked", 0, member).uniform(K * C);
            let mut probs_K_C = Array2::from_shape_vec((K, C), weights).unwrap();
            probs_K_C.rows_mut().into_iter().for_each(|mut row| row /= row.sum());
            probs_K_C
        };
        for v in 0..4 {
            picked.push(&probs_K_C(v).view());
        }
        let point_K_C = probs_K_C(4);
        let information =
            |range| picked.information(&point_K_C.view(), f64::INFINITY, range, &Unwatched).unwrap();
        for (v, together) in information(0..4).into_iter().enumerate() {
            assert_eq!(together.to_bits(), information(v..v + 1)[0].to_bits());
        }
        let together = picked.joint_entropies(&point_K_C.view(), 0..4);
        for (v, together) in together.into_iter().enumerate() {
            for at_once in [1, 85, 1000] {
                let in_parts =
                    picked.joint_entropy_in_parts(&point_K_C.view(), v, at_once, &Unwatched).unwrap();
                assert_eq!(together.to_bits(), in_parts.to_bits(), "{at_once} numbers at once");
            }
        }
    }
}
