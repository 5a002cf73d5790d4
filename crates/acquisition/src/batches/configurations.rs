//! Joint labels of the batch so far, and what each says about the posterior samples.

use bal_stream::Stream;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, linalg::general_mat_mul};

use crate::numerics::elementary::{sum_x_ln_x, weighted_sum_x_ln_x};
use crate::numerics::{argmax, draw};
use crate::{Result, Watch};

/// Configurations whose predictions are held at once: their weights for 100 samples fill 200 kB of cache.
const CONFIGURATIONS_PER_PRODUCT: usize = 256;

/// M configurations ŷ_m of the labels of the batch B: the mass v_m of each (Σ_m v_m = 1), and what it says
/// about the posterior samples, w_mk = p(ω_k | ŷ_m).
///
/// The gain of a further point is the information its label carries about ω once the batch is labelled:
/// `gain(n | B) = Σ_m v_m [H(r_m) − Σ_k w_mk H(p_nk)]`, with r_m = Σ_k w_mk p_nk.
/// With all configurations and v_m = p(ŷ_m) it is exact; with drawn ones and v_m = 1/M it is an estimate.
#[derive(Clone, Debug)]
pub(crate) struct Configurations {
    mass_M: Vec<f64>,
    weights_M_K: Array2<f64>,
    /// w̄_k = Σ_m v_m w_mk.
    mean_weights_K: Array1<f64>,
}

impl Configurations {
    fn new(mass_M: Vec<f64>, weights_M_K: Array2<f64>) -> Self {
        Self { mean_weights_K: mean_weights_K(&mass_M, &weights_M_K), mass_M, weights_M_K }
    }

    /// The one configuration of an empty batch.
    pub(crate) fn of_empty_batch(K: usize) -> Self {
        Self::new(vec![1.0], Array2::from_elem((1, K), 1.0 / K as f64))
    }

    /// `per_sample` configurations for each of the K samples, of an empty batch.
    pub(crate) fn to_be_drawn(K: usize, per_sample: usize) -> Self {
        let M = K * per_sample;
        Self::new(vec![1.0 / M as f64; M], Array2::from_elem((M, K), 1.0 / K as f64))
    }

    /// Number M of configurations.
    pub(crate) fn len(&self) -> usize {
        self.mass_M.len()
    }

    /// w̄_k, what the labels are expected to say about sample k: 1/K if no configuration is left out.
    pub(crate) fn mean_weights_K(&self) -> &Array1<f64> {
        &self.mean_weights_K
    }

    /// `H(ω | B)` = Σ_m v_m H(w_m), what the labels leave unknown about ω: no gain is larger.
    pub(crate) fn uncertainty(&self) -> f64 {
        let weights = self.weights_M_K.as_slice().expect("an array of its own is contiguous");
        let rows = weights.chunks_exact(self.weights_M_K.ncols());
        rows.zip(&self.mass_M).map(|(weights_K, mass)| -mass * sum_x_ln_x(weights_K)).sum()
    }

    /// Every configuration with every label of a further point; the impossible ones are left out.
    pub(crate) fn with_every_label(&self, probs_K_C: &ArrayView2<'_, f64>) -> Self {
        let (K, C) = probs_K_C.dim();
        let mut mass = Vec::with_capacity(self.len() * C);
        let mut weights = Vec::with_capacity(self.len() * C * K);
        for (weights_K, old_mass) in self.weights_M_K.outer_iter().zip(&self.mass_M) {
            for probs_K in probs_K_C.columns() {
                let posterior_K = &weights_K * &probs_K;
                let prediction = posterior_K.sum();
                if old_mass * prediction > 0.0 {
                    mass.push(old_mass * prediction);
                    weights.extend(posterior_K / prediction);
                }
            }
        }
        let weights_M_K =
            Array2::from_shape_vec((mass.len(), K), weights).expect("K weights were added per mass");
        Self::new(mass, weights_M_K)
    }

    /// Adds a label of a further point to every configuration, drawn from the sample that it belongs to.
    ///
    /// Needs the configurations of [`Self::to_be_drawn`], which belong to the samples in turn.
    pub(crate) fn draw_labels(&mut self, probs_K_C: &ArrayView2<'_, f64>, stream: &mut Stream) {
        let per_sample = self.len() / probs_K_C.nrows();
        let uniform_M = stream.uniform(self.len());
        for (m, mut weights_K) in self.weights_M_K.outer_iter_mut().enumerate() {
            let label = draw(&probs_K_C.row(m / per_sample).to_vec(), uniform_M[m]);
            weights_K *= &probs_K_C.column(label);
            // Above 0: the sample that the labels are drawn from can make them, and draws that leave it with
            // a weight below ε have a probability below K·ε.
            let prediction = weights_K.sum();
            weights_K /= prediction;
        }
        self.mean_weights_K = mean_weights_K(&self.mass_M, &self.weights_M_K);
    }

    /// Configurations that favour the same sample, merged: at most K, each the mean of its members.
    ///
    /// By Jensen's inequality gains of the merged ones are upper bounds of the gains of these.
    pub(crate) fn merged(&self) -> Self {
        let K = self.weights_M_K.ncols();
        let mut mass_K = vec![0.0; K];
        let mut weights_K_K = Array2::<f64>::zeros((K, K));
        for (weights_K, &mass) in self.weights_M_K.outer_iter().zip(&self.mass_M) {
            let favourite = argmax(weights_K);
            mass_K[favourite] += mass;
            weights_K_K.row_mut(favourite).scaled_add(mass, &weights_K);
        }
        let favourites: Vec<usize> = (0..K).filter(|&k| mass_K[k] > 0.0).collect();
        let mut weights_G_K = weights_K_K.select(Axis(0), &favourites); // [K, K] → [G, K]
        let mass_G: Vec<f64> = favourites.into_iter().map(|k| mass_K[k]).collect();
        for (mut weights_K, &mass) in weights_G_K.outer_iter_mut().zip(&mass_G) {
            weights_K /= mass;
        }
        Self::new(mass_G, weights_G_K)
    }

    /// Gains of the points whose predictions stand below each other in `probs_nC_K`, with their H(p_nk).
    ///
    /// # Numerics
    /// The gain of a point does not depend on the points beside it. It is a difference of two sums: what
    /// rounding leaves below 0 is returned as 0.
    pub(crate) fn gains(
        &self,
        probs_nC_K: &ArrayView2<'_, f64>,
        entropy_n_K: &ArrayView2<'_, f64>,
        watch: &dyn Watch,
    ) -> Result<Vec<f64>> {
        let points = entropy_n_K.nrows();
        let rows = probs_nC_K.nrows();
        let mut sum_p_log_p_n = vec![0.0; points]; // Σ_m v_m Σ_c r_mc log r_mc
        let mut room = vec![0.0; rows * self.len().min(CONFIGURATIONS_PER_PRODUCT)];
        for (weights_m_K, mass_m) in self
            .weights_M_K
            .axis_chunks_iter(Axis(0), CONFIGURATIONS_PER_PRODUCT)
            .zip(self.mass_M.chunks(CONFIGURATIONS_PER_PRODUCT))
        {
            watch.check()?;
            let predicted = &mut room[..rows * mass_m.len()];
            let mut predicted_nC_m =
                ArrayViewMut2::from_shape((rows, mass_m.len()), predicted).expect("room for rows·m numbers");
            general_mat_mul(1.0, probs_nC_K, &weights_m_K.t(), 0.0, &mut predicted_nC_m);
            let of_points = predicted.chunks_exact(predicted.len() / points);
            for (sum_p_log_p, predicted_C_m) in sum_p_log_p_n.iter_mut().zip(of_points) {
                *sum_p_log_p += weighted_sum_x_ln_x(mass_m, predicted_C_m);
            }
        }
        let gains = sum_p_log_p_n.into_iter().zip(entropy_n_K.rows()).map(|(sum_p_log_p, entropy_K)| {
            (0.0 - sum_p_log_p - self.mean_weights_K.dot(&entropy_K)).max(0.0)
        });
        Ok(gains.collect())
    }
}

fn mean_weights_K(mass_M: &[f64], weights_M_K: &Array2<f64>) -> Array1<f64> {
    let mut mean_weights_K = Array1::zeros(weights_M_K.ncols());
    for (weights_K, &mass) in weights_M_K.outer_iter().zip(mass_M) {
        mean_weights_K.scaled_add(mass, &weights_K);
    }
    mean_weights_K
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_splits_the_mass() {
        let probs_K_C = ndarray::array![[0.5, 0.5, 0.0], [0.25, 0.75, 0.0]];
        let configurations = Configurations::of_empty_batch(2).with_every_label(&probs_K_C.view());
        assert_eq!(configurations.mass_M, [0.375, 0.625]); // the third label is impossible
        assert_eq!(configurations.weights_M_K, ndarray::array![[2.0 / 3.0, 1.0 / 3.0], [0.4, 0.6]]);
        assert!((configurations.mean_weights_K()[0] - 0.5).abs() < 1e-15);
    }
}
