use ndarray::Array1;

use crate::NormalisedProbs;

/// Best versus second best: `−(p̄_(1) − p̄_(2))`, the two largest of p̄_n.
///
/// # Shapes
/// In: p_nkc [N, K, C]; out: `scores_N` within [−1, 0]: 0 where the two are equally probable.
///
/// # References
/// Scheffer, Decomain & Wrobel, *Active Hidden Markov Models for Information Extraction*, 2001.
pub fn margin(probs: &NormalisedProbs) -> Array1<f64> {
    probs.mean_N_C().rows().into_iter().map(negative_gap).collect() // [N, C] → [N]
}

/// p̄_(2) − p̄_(1); in this order a tie is +0, not −0.
pub(crate) fn negative_gap<'a>(mean_C: impl IntoIterator<Item = &'a f64>) -> f64 {
    let (mut first, mut second) = (0.0_f64, 0.0_f64);
    for &p in mean_C {
        second = second.max(p.min(first));
        first = first.max(p);
    }
    second - first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gap_of_the_two_largest_in_any_order() {
        for mean_C in [[0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.3, 0.5, 0.2]] {
            approx::assert_abs_diff_eq!(negative_gap(&mean_C), -0.2, epsilon = 1e-15);
        }
        assert_eq!(negative_gap(&[0.25, 0.375, 0.375]).to_bits(), 0.0_f64.to_bits());
        assert_eq!(negative_gap(&[0.0, 1.0]).to_bits(), (-1.0_f64).to_bits());
    }
}
