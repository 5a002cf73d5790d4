//! `bald`: mutual information between the label and the parameters.

use ndarray::Array1;

use crate::{Error, NormalisedProbs, Result, expected_entropy, max_entropy};

/// Below this a negative BALD is no rounding error.
const ROUNDING: f64 = -1e-9;

/// Mutual information between label and parameters: `I(y_n; ω) = H[p̄_n] − (1/K) Σ_k H[p_nk]`.
///
/// High where the mean prediction is uncertain but the single samples are not: they disagree.
///
/// # Shapes
/// In: p_nkc [N, K, C]; out: `scores_N` in nats, within [0, min(log C, log K)].
///
/// # Numerics
/// The difference of two entropies carries an absolute rounding error of about 1e-15. A negative value above
/// −1e-9 is returned as 0. With K = 1 the result is exactly 0.
///
/// # Errors
/// [`Error::NegativeBald`] for a value below −1e-9.
///
/// # References
/// Houlsby et al., *Bayesian Active Learning for Classification and Preference Learning*, 2011, arXiv 1112.5745,
/// eq. 2.
pub fn bald(probs: &NormalisedProbs) -> Result<Array1<f64>> {
    let mut scores_N = max_entropy(probs) - expected_entropy(probs);
    for (point, score) in scores_N.iter_mut().enumerate() {
        *score = non_negative(*score, point)?;
    }
    Ok(scores_N)
}

/// `bald` without its rounding error below 0.
pub(crate) fn non_negative(bald: f64, point: usize) -> Result<f64> {
    if bald < ROUNDING { Err(Error::NegativeBald { point, found: bald }) } else { Ok(bald.max(0.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_becomes_zero_and_more_is_an_error() {
        assert_eq!(non_negative(-1e-16, 0), Ok(0.0));
        assert_eq!(non_negative(-1e-8, 7), Err(Error::NegativeBald { point: 7, found: -1e-8 }));
    }
}
