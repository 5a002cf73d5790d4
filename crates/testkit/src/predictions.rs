//! Predictions of made-up posterior samples.

use bal_stream::Stream;
use ndarray::{Array3, Axis};

/// Log-probabilities f32 [N, K, C] whose points range from sure to unsure and from agreement to disagreement.
///
/// Logits are a part common to the K samples plus a part of each sample, both scaled by a draw per point.
pub fn log_probs(n: usize, k: usize, c: usize, seed: u64) -> Array3<f32> {
    let scales = Stream::of_test("testkit_scales", seed, 0).uniform(2 * n);
    let common = Stream::of_test("testkit_common", seed, 0).uniform(n * c);
    let own = Stream::of_test("testkit_own", seed, 0).uniform(n * k * c);
    let logit = |(i, j, l): (usize, usize, usize)| {
        6.0 * scales[2 * i] * common[i * c + l] + 4.0 * scales[2 * i + 1] * own[(i * k + j) * c + l]
    };
    let mut logits = Array3::from_shape_fn((n, k, c), logit);
    for mut row in logits.lanes_mut(Axis(2)) {
        let log_sum = row.iter().map(|logit| logit.exp()).sum::<f64>().ln();
        row -= log_sum;
    }
    logits.mapv(|value| value as f32)
}

/// The probabilities of [`log_probs`].
pub fn probs(n: usize, k: usize, c: usize, seed: u64) -> Array3<f32> {
    log_probs(n, k, c, seed).mapv(|log| f64::from(log).exp() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_distributions() {
        for row in probs(7, 3, 4, 1).lanes(Axis(2)) {
            let sum: f32 = row.sum();
            assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        }
        assert_ne!(probs(7, 3, 4, 1), probs(7, 3, 4, 2));
    }
}
