//! Shannon entropy in nats.

/// `H[q] = −Σ_c q_c log q_c`, with 0 · log 0 = 0.
///
/// # Numerics
/// Terms are added in the order of the classes. For 0 ≤ q ≤ 1 no term is negative, and a one-hot q gives
/// +0, not −0.
pub(crate) fn entropy<'a>(probs_C: impl IntoIterator<Item = &'a f64>) -> f64 {
    0.0 - probs_C.into_iter().map(|&q| p_log_p(q)).sum::<f64>()
}

/// p log p, with 0 · log 0 = 0.
fn p_log_p(p: f64) -> f64 {
    if p > 0.0 { p * p.ln() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hot_is_positive_zero() {
        assert_eq!(entropy(&[0.0, 1.0, 0.0]).to_bits(), 0.0_f64.to_bits());
    }
}
