//! Division by a number that divides many others.

/// a / b given 1 / b, b near 1: a product and its correction, which do not queue as divisions do.
///
/// # Numerics
/// Rounded once, as a division, for a = 0 and a ≥ 1e-290 (Brisebarre, Muller & Raina, *Accelerating correctly rounded
/// floating-point division when the divisor is known in advance*, 2004); of smaller a the last bit may differ, and −0 becomes 0.
#[inline(always)]
pub(crate) fn quotient(a: f64, b: f64, inverse: f64) -> f64 {
    let near = a * inverse;
    (-near).mul_add(b, a).mul_add(inverse, near)
}

#[cfg(test)]
mod tests {
    use bal_stream::Stream;

    use super::*;

    fn assert_division(a: f64, b: f64) {
        assert_eq!(quotient(a, b, 1.0 / b).to_bits(), (a / b).to_bits(), "{a:e} / {b:e}");
    }

    #[test]
    fn numbers_of_all_sizes() {
        let uniform = Stream::new(0, "quotient", 0, 0).uniform(200_000);
        for pair in uniform.chunks_exact(2) {
            let (a, b) = (pair[0], 0.999 + 0.002 * pair[1]);
            for a in [0.0, a, b, 1e-30 * a, 1e-288 * a] {
                assert_division(a, b);
            }
        }
        assert_eq!(quotient(-0.0, 0.9995, 1.0 / 0.9995).to_bits(), 0.0_f64.to_bits());
        assert!((quotient(1e-300, 0.9995, 1.0 / 0.9995) / (1e-300 / 0.9995) - 1.0).abs() < 1e-15);
    }

    /// a·2⁵⁴ = b·m ∓ 1 with integers and an odd m of 54 bits: a / b lies as close beside the middle between two numbers as it can.
    #[test]
    fn quotients_beside_the_middle_of_two_numbers() {
        const M_BITS: u32 = 54;
        let mut tested = 0;
        for u in Stream::new(0, "quotient_middle", 0, 0).uniform(20_000) {
            let b = ((0.999 + 0.001 * u) * 2f64.powi(53)) as u64 | 1;
            // Newton's iteration doubles the bits of 1/b modulo 2⁶⁴; b itself has three of them right.
            let inverse = (0..5).fold(b, |x, _| x.wrapping_mul(2u64.wrapping_sub(b.wrapping_mul(x))));
            let m = inverse % (1 << M_BITS);
            for (m, off) in [(m, -1i128), ((1 << M_BITS) - m, 1)] {
                let product = i128::from(b) * i128::from(m) + off;
                assert_eq!(product % (1 << M_BITS), 0);
                if m >> (M_BITS - 1) == 1 {
                    assert_division((product >> M_BITS) as f64 * 2f64.powi(-53), b as f64 * 2f64.powi(-53));
                    tested += 1;
                }
            }
        }
        assert!(tested > 10_000, "{tested}");
    }
}
