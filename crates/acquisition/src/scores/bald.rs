use ndarray::Array1;

use crate::{AcquisitionFunction, Error, NormalisedProbs, Result, expected_entropy, max_entropy};

/// Below this a negative information is no rounding error.
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
/// [`Error::NegativeInformation`] for a value below −1e-9.
///
/// # References
/// Houlsby et al., *Bayesian Active Learning for Classification and Preference Learning*, 2011, arXiv
/// 1112.5745, eq. 2.
pub fn bald(probs: &NormalisedProbs) -> Result<Array1<f64>> {
    let mut scores_N = max_entropy(probs) - expected_entropy(probs);
    for (point, score) in scores_N.iter_mut().enumerate() {
        *score = non_negative(AcquisitionFunction::Bald, *score, point)?;
    }
    Ok(scores_N)
}

/// `bald` or `epig` without its rounding error below 0.
pub(crate) fn non_negative(function: AcquisitionFunction, score: f64, point: usize) -> Result<f64> {
    if score < ROUNDING {
        Err(Error::NegativeInformation { function, point, found: score })
    } else {
        Ok(score.max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_becomes_zero_and_more_is_an_error() {
        let function = AcquisitionFunction::Bald;
        assert_eq!(non_negative(function, -1e-16, 0), Ok(0.0));
        assert_eq!(
            non_negative(function, -1e-8, 7),
            Err(Error::NegativeInformation { function, point: 7, found: -1e-8 })
        );
    }
}
