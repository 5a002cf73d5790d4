//! Whether two sides of a row did the same.

use bal_stream::Stream;
use ndarray::{Array3, ArrayView1, ArrayView3, Axis};

use crate::{Error, Result};

/// Largest difference of two arrays, which must not exceed `allowed`. Returns a line for the report.
pub(crate) fn close<'a>(
    what: &str,
    own: impl IntoIterator<Item = &'a f64>,
    peer: impl IntoIterator<Item = &'a f64>,
    allowed: f64,
) -> Result<String> {
    let largest = largest_difference(own, peer);
    let found = format!("largest difference {largest:.1e}");
    // NaN is not within anything.
    if largest <= allowed {
        Ok(format!("{what}: {found}, allowed {allowed:.0e}"))
    } else {
        Err(Error::Differ { what: what.to_owned(), expected: format!("at most {allowed:.0e}"), found })
    }
}

/// Infinite for arrays of different length; NaN if any number is.
pub(crate) fn largest_difference<'a>(
    own: impl IntoIterator<Item = &'a f64>,
    peer: impl IntoIterator<Item = &'a f64>,
) -> f64 {
    let (mut own, mut peer) = (own.into_iter(), peer.into_iter());
    let mut largest: f64 = 0.0;
    loop {
        match (own.next(), peer.next()) {
            (Some(a), Some(b)) if (a - b).is_nan() => return f64::NAN,
            (Some(a), Some(b)) => largest = largest.max((a - b).abs()),
            (None, None) => return largest,
            _ => return f64::INFINITY,
        }
    }
}

/// Rank correlation (Spearman) of two columns without many ties.
pub(crate) fn rank_correlation(first: &[f64], second: &[f64]) -> f64 {
    let ranks = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
        let mut ranks = vec![0.0; values.len()];
        for (rank, &row) in order.iter().enumerate() {
            ranks[row] = rank as f64;
        }
        ranks
    };
    let n = first.len() as f64;
    let squares: f64 = ranks(first).iter().zip(ranks(second)).map(|(a, b)| (a - b).powi(2)).sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}

/// An estimate with its standard error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate {
    pub(crate) mean: f64,
    pub(crate) error: f64,
}

/// Information between the labels of a batch and the parameters, by `draws` joint labels: the mean of log p(y
/// | ω_k) − log (1/K) Σ_j p(y | ω_j), k uniform and y drawn from sample k. It judges the batches of both
/// sides.
pub(crate) fn joint_information(log_probs_b_K_C: &Array3<f32>, draws: usize) -> Estimate {
    let K = log_probs_b_K_C.len_of(Axis(1));
    let mut stream = Stream::of_test("bench_joint_information", 0, 0);
    let (mut sum, mut squares) = (0.0, 0.0);
    let mut log_joint_K = vec![0.0; K];
    for draw in 0..draws {
        let k = draw % K; // as many from each sample
        log_joint_K.fill(0.0);
        for (log_probs_K_C, u) in
            log_probs_b_K_C.outer_iter().zip(stream.uniform(log_probs_b_K_C.len_of(Axis(0))))
        {
            let label = draw_label(&log_probs_K_C.row(k), u);
            for (log_joint, &log_prob) in log_joint_K.iter_mut().zip(log_probs_K_C.column(label)) {
                *log_joint += f64::from(log_prob);
            }
        }
        let value = log_joint_K[k] - log_mean_exp(&log_joint_K);
        sum += value;
        squares += value * value;
    }
    let mean = sum / draws as f64;
    Estimate { mean, error: ((squares / draws as f64 - mean * mean).max(0.0) / draws as f64).sqrt() }
}

/// The same by all C^b joint labels, for small batches.
pub(crate) fn exact_joint_information(log_probs_b_K_C: &ArrayView3<'_, f32>) -> f64 {
    let (b, K, C) = log_probs_b_K_C.dim();
    let mut information = 0.0;
    for labels in 0..C.pow(b as u32) {
        let log_joint_K: Vec<f64> = (0..K)
            .map(|k| (0..b).map(|i| f64::from(log_probs_b_K_C[[i, k, labels / C.pow(i as u32) % C]])).sum())
            .collect();
        let log_mean = log_mean_exp(&log_joint_K);
        let terms = log_joint_K.iter().filter(|log_p| log_p.is_finite());
        information += terms.map(|log_p| log_p.exp() * (log_p - log_mean)).sum::<f64>() / K as f64;
    }
    information
}

fn draw_label(log_probs_C: &ArrayView1<'_, f32>, u: f64) -> usize {
    let mut sum = 0.0;
    let found = log_probs_C.iter().position(|&log_prob| {
        sum += f64::from(log_prob).exp();
        u < sum
    });
    // Rounding may leave the sum a little below u: then the likeliest class.
    found.unwrap_or_else(|| {
        (0..log_probs_C.len()).max_by(|&i, &j| log_probs_C[i].total_cmp(&log_probs_C[j])).unwrap_or(0)
    })
}

fn log_mean_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + (values.iter().map(|value| (value - largest).exp()).sum::<f64>() / values.len() as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::spread_predictions;

    #[test]
    fn differences_are_found() {
        assert!(close("x", &[1.0, 2.0], &[1.0, 2.0 + 1e-9], 1e-8).is_ok());
        assert!(close("x", &[1.0, 2.0], &[1.0, 2.1], 1e-8).is_err());
        assert!(close("x", &[1.0], &[1.0, 2.0], 1e9).is_err(), "another length");
        assert!(close("x", &[f64::NAN], &[1.0], 1e9).is_err(), "NaN is close to nothing");
    }

    #[test]
    fn rank_correlation_knows_order_and_its_reverse() {
        assert!((rank_correlation(&[1.0, 2.0, 5.0], &[0.1, 0.2, 0.3]) - 1.0).abs() < 1e-12);
        assert!((rank_correlation(&[1.0, 2.0, 5.0], &[3.0, 2.0, 1.0]) + 1.0).abs() < 1e-12);
    }

    #[test]
    fn estimated_joint_information_agrees_with_the_exact_one() {
        let log_probs = spread_predictions((3, 7, 4));
        let (estimate, exact) =
            (joint_information(&log_probs, 7000), exact_joint_information(&log_probs.view()));
        assert!(exact > 0.01 && exact < 7f64.ln(), "{exact}");
        assert!((estimate.mean - exact).abs() < 4.0 * estimate.error, "{estimate:?} {exact}");
    }
}
