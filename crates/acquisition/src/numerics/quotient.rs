//! Division by numbers that divide many others.

use super::elementary::LANES;

/// a / b given 1 / b, b near 1: a product and its correction, which do not queue as divisions do.
///
/// # Numerics
/// Rounded once, as a division, for a = 0 and a ≥ 1e-290 (Brisebarre, Muller & Raina, *Accelerating
/// correctly rounded floating-point division when the divisor is known in advance*, 2004). Of smaller a the
/// last bit may differ, and −0 becomes 0.
#[inline(always)]
fn quotient(a: f64, b: f64, inverse: f64) -> f64 {
    let near = a * inverse;
    (-near).mul_add(b, a).mul_add(inverse, near)
}

/// a_i / b_i in place of a_i, given 1 / b_i; their sum, added as by [`sum`](super::elementary::sum).
#[inline(always)]
pub(crate) fn divide(a: &mut [f64], b: &[f64], inverse: &[f64]) -> f64 {
    debug_assert!(a.len() == b.len() && a.len() == inverse.len());
    let (a_chunks, a_rest) = a.as_chunks_mut::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let (inverse_chunks, inverse_rest) = inverse.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for ((a, b), inverse) in a_chunks.iter_mut().zip(b_chunks).zip(inverse_chunks) {
        let quotients: [f64; LANES] = std::array::from_fn(|i| quotient(a[i], b[i], inverse[i]));
        *a = quotients; // one store of eight: the compiler cannot know that a and b do not overlap
        for (sum, quotient) in sums.iter_mut().zip(quotients) {
            *sum += quotient;
        }
    }
    let mut of_rest = 0.0;
    for ((a, &b), &inverse) in a_rest.iter_mut().zip(b_rest).zip(inverse_rest) {
        *a = quotient(*a, b, inverse);
        of_rest += *a;
    }
    sums.iter().sum::<f64>() + of_rest
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
        let uniform = Stream::of_test("quotient", 0, 0).uniform(200_000);
        for pair in uniform.chunks_exact(2) {
            let (a, b) = (pair[0], 0.999 + 0.002 * pair[1]);
            for a in [0.0, a, b, 1e-30 * a, 1e-288 * a] {
                assert_division(a, b);
            }
        }
        assert_eq!(quotient(-0.0, 0.9995, 1.0 / 0.9995).to_bits(), 0.0_f64.to_bits());
        assert!((quotient(1e-300, 0.9995, 1.0 / 0.9995) / (1e-300 / 0.9995) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn quotients_of_many_and_their_sum() {
        for n in 0..40 {
            let a = Stream::of_test("quotients", n, 0).uniform(n as usize);
            let b: Vec<f64> = a.iter().map(|a| 1.001 - 0.002 * a).collect();
            let inverse: Vec<f64> = b.iter().map(|b| 1.0 / b).collect();
            let expected: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a / b).collect();
            let mut found = a.clone();
            let sum = divide(&mut found, &b, &inverse);
            assert_eq!(found, expected);
            assert_eq!(
                sum.to_bits(),
                crate::numerics::elementary::sum(&expected, |quotient| quotient).to_bits()
            );
        }
    }

    /// a·2⁵⁴ = b·m ∓ 1 with integers and an odd m of 54 bits: no a / b lies closer to the middle of two
    /// numbers.
    #[test]
    fn quotients_beside_the_middle_of_two_numbers() {
        const M_BITS: u32 = 54;
        let mut tested = 0;
        for u in Stream::of_test("quotient_middle", 0, 0).uniform(20_000) {
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
