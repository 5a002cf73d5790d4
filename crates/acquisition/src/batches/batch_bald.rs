use std::num::NonZeroUsize;

use bal_stream::{Draw, Purpose};
use ndarray::{Array2, Axis};

use super::{configurations::Configurations, pairwise::bald_of_all, search::Search};
use crate::{JointBatch, Number, Predictions, Result};

/// Picks `b` points greedily by `I(y_1..b; ω) = H(y_1..b) − Σ_i (1/K) Σ_k H[p_ik]`.
///
/// That is at least 1 − 1/e of the information of the best batch.
///
/// * Exact while C^|B| ≤ `num_samples` for the batch B so far:
///   P(ŷ, y_n = c) = (1/K) Σ_k Π_j p_jk(ŷ_j) · p_nkc over all configurations ŷ of its labels.
/// * Beyond, estimated from M = K·⌈`num_samples` / K⌉ drawn configurations, as many from each sample ω_k:
///   gain(n | B) = (1/M) Σ_m [H(r_m) − Σ_k w_mk H(p_nk)], w_mk ∝ P(ŷ_m | ω_k), r_m = Σ_k w_mk p_nk.
///   It has the expectation of the usual importance-weighted estimate, less variance, and is never negative.
///   Configurations are drawn once and extended by each new pick: all gains are about the same draws.
///
/// The joint information cannot exceed log K. See [`JointBatch::saturated_at`].
///
/// # Shapes
/// In: p_nkc [N, K, C], sample k being one posterior draw for all points. Out: `b` picks, `gain` being the
/// increase of `joint_mi`. Labels of pick i come from the stream `batch_bald_samples` of (seed, round, i).
///
/// # Numerics
/// Sums in `f64`. Single points of the view are read when they are needed. Extra memory: O(N + b·K·C), and
/// 8·`num_samples`·K bytes for the configurations, twice that while they are extended.
///
/// Only points whose upper bound reaches the best gain are computed: the picks are those of the plain loop
/// over all points. Where the labels of the batch leave H(ω | B) ≤ 1e-11 nats unknown, no gain is larger;
/// from there on all gains count as 0, and rows go in their order. A gain is at most
///
/// * exact: BALD_n, and every earlier gain of the point;
/// * estimated: BALD_n · K max_k w̄_k, w̄ = (1/M) Σ_m w_m, since Σ_k w̄_k KL(p_nk ‖ r̄) is least where
///   r̄ = Σ_k w̄_k p_nk (earlier estimates are no bounds);
/// * both: the gain over configurations merged in at most K groups (Jensen's inequality).
///
/// Equal points have equal gains to the last bit, and of these the earlier row goes first. The number of
/// threads changes nothing.
///
/// # Errors
/// `Error::InvalidValue`, `Error::RowSum` for the first offending point; `Error::BatchTooLarge`.
///
/// # References
/// Kirsch, van Amersfoort & Gal, *BatchBALD: Efficient and Diverse Batch Acquisition for Deep Bayesian Active
/// Learning*, 2019, arXiv 1906.08158, algorithm 1.
pub fn batch_bald<A: Number>(
    predictions: &Predictions<'_, A>,
    b: usize,
    num_samples: NonZeroUsize,
    draw: Draw,
) -> Result<JointBatch> {
    let K = predictions.values_n_K_C.len_of(Axis(1));
    let mut search = Search::new(*predictions, bald_of_all(predictions, b)?);
    let mut labels = Labels::new(K, num_samples.get(), draw);
    let mut batch = JointBatch::new(K);
    while batch.picks.len() < b
        && let Some((row, gain)) = search.best(&labels.configurations, labels.are_all)?
    {
        batch.push(row, gain, gain);
        predictions.watch.picked();
        search.pick(row);
        labels.add(predictions.point(row)?);
    }
    Ok(batch)
}

/// The labels of the batch so far: all configurations of them, or drawn ones.
struct Labels {
    configurations: Configurations,
    are_all: bool,
    picked: Vec<Array2<f64>>,
    num_samples: usize,
    draw: Draw,
}

impl Labels {
    fn new(K: usize, num_samples: usize, draw: Draw) -> Self {
        let configurations = Configurations::of_empty_batch(K);
        Self { configurations, are_all: true, picked: Vec::new(), num_samples, draw }
    }

    fn add(&mut self, probs_K_C: Array2<f64>) {
        let (K, C) = probs_K_C.dim();
        self.picked.push(probs_K_C);
        let mut not_yet_drawn = self.picked.len() - 1;
        if self.are_all && (C as f64).powi(self.picked.len() as i32) > self.num_samples as f64 {
            self.are_all = false;
            self.configurations = Configurations::to_be_drawn(K, self.num_samples.div_ceil(K));
            not_yet_drawn = 0;
        }
        for (i, probs_K_C) in self.picked.iter().enumerate().skip(not_yet_drawn) {
            if self.are_all {
                self.configurations = self.configurations.with_every_label(&probs_K_C.view());
            } else {
                let stream = &mut self.draw.stream(Purpose::BatchBaldSamples, i as u64);
                self.configurations.draw_labels(&probs_K_C.view(), stream);
            }
        }
    }
}
