//! Mutual information between the labels of two points, from posterior samples of both.

use bal_acquisition::Predictions;
use ndarray::{Array2, ArrayView2, ArrayView3, Axis};

/// Mean of I(y_i; y_j) over all pairs of points in nats, `None` of fewer than two. `log_probs` are [n, K, C]
/// of consistent samples: I(y_i; y_j) = Σ_ab P_ab log(P_ab / (p̄_ia p̄_jb)), P = (1/K) Σ_k p_ik ⊗ p_jk.
pub(crate) fn mean_pairwise_information(
    log_probs: &ArrayView3<'_, f32>,
) -> Result<Option<f64>, bal_acquisition::Error> {
    let n = log_probs.shape()[0];
    if n < 2 {
        return Ok(None);
    }
    let probs = Predictions::from_log_probs(*log_probs)?.normalise()?;
    let points: Vec<ArrayView2<'_, f64>> = probs.probs_N_K_C().into_outer_iter().collect();
    let pairs = (0..n).flat_map(|i| (0..i).map(move |j| (i, j)));
    let sum: f64 = pairs.map(|(i, j)| information(&points[i], &points[j])).sum();
    Ok(Some(sum / (n * (n - 1) / 2) as f64))
}

/// Of two points [K, C], whose rows sum to 1.
fn information(first: &ArrayView2<'_, f64>, second: &ArrayView2<'_, f64>) -> f64 {
    let samples = first.nrows() as f64;
    let joint: Array2<f64> = first.t().dot(second) / samples;
    let (a, b) = (joint.sum_axis(Axis(1)), joint.sum_axis(Axis(0)));
    // Rounding may leave it an ulp below 0.
    (entropy(a.iter()) + entropy(b.iter()) - entropy(joint.iter())).max(0.0)
}

fn entropy<'a>(probs: impl Iterator<Item = &'a f64>) -> f64 {
    probs.map(|&p| if p > 0.0 { -p * p.ln() } else { 0.0 }).sum()
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use bal_acquisition::{Predictions as All, k_bald};
    use ndarray::{Array3, array};

    use super::*;

    #[test]
    fn a_copy_shares_all_and_what_does_not_vary_shares_nothing() {
        // Two samples that disagree about the first two points, in the same way, and agree about the third.
        let sure: Array3<f32> =
            array![[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [0.5, 0.5]]];
        let log_probs = sure.mapv(f32::ln);
        let shared = mean_pairwise_information(&log_probs.view()).unwrap().unwrap();
        assert_relative_eq!(shared, 2f64.ln() / 3.0, max_relative = 1e-6);
        let alone = log_probs.slice(ndarray::s![..1, .., ..]);
        assert_eq!(mean_pairwise_information(&alone).unwrap(), None);
    }

    #[test]
    fn it_is_what_the_pairwise_batch_method_subtracts() {
        let probs = Array3::from_shape_fn((2, 5, 3), |(n, k, c)| ((n + 2 * k + c * (k + 1)) % 7 + 1) as f32);
        let probs = &probs / &probs.sum_axis(Axis(2)).insert_axis(Axis(2));
        let batch = k_bald(&All::from_probs(probs.view()).unwrap(), 2, 2).unwrap();
        let bald =
            bal_acquisition::bald(&All::from_probs(probs.view()).unwrap().normalise().unwrap()).unwrap();
        let second = &batch.picks[1];
        let shared = mean_pairwise_information(&probs.mapv(f32::ln).view()).unwrap().unwrap();
        assert_relative_eq!(bald[second.row] - second.gain, shared, max_relative = 1e-5);
    }
}
