//! Logarithm, exponential and sums that the compiler turns into vector instructions.
//!
//! No branches and no tables: one operation after the other on as many numbers as a register holds. Every
//! step is an IEEE operation, and lanes of [`sum`] are counted out in the source: results have the same bits
//! on every processor. One without AVX2 and fused multiply-add takes much longer over them.
//!
//! A loop is compiled for the vector instructions of the processor that runs it if it is the `with_simd` of a
//! [`WithSimd`] that [`vectorised`] or [`vectorised_widest`] runs. A closure in its place cannot be marked
//! `inline(always)`, and a large one stays out of line.

use pulp::{Arch, Simd, WithSimd};

use crate::Number;

/// ln 2 in two parts; the first has so few digits that its product with an exponent is exact.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

const MANTISSA_BITS: u32 = 52;
const MANTISSA: u64 = (1 << MANTISSA_BITS) - 1;
const ONE: u64 = 1.0_f64.to_bits();
const SQRT_HALF: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
const EXPONENT_BIAS: u64 = 1023;

/// Adding it rounds a number below 2⁵¹ to an integer, which then stands in the low bits.
const ROUNDER: f64 = 1.5 / f64::EPSILON;

/// q(z) of artanh s = s + s·z·q(z), z = s² ≤ 0.0295: 1/3 + z/5 + z²/7 … with coefficients that make the
/// largest error least (Remez' algorithm in 50 digits). With these roundings of them it is 1.8e-18.
const ARTANH: [f64; 7] = [
    0.333_333_333_333_336_7,
    0.199_999_999_997_073_4,
    0.142_857_143_711_938_03,
    0.111_110_992_865_903_15,
    0.090_917_821_632_639_35,
    0.076_570_252_688_430_3,
    0.073_979_749_382_709_29,
];

/// The same of (eʳ − 1 − r)/r² = 1/2! + r/3! …, |r| ≤ ½ ln 2. Its error is 1.1e-17 of eʳ, a tenth of what
/// rounding costs.
const EXP: [f64; 10] = [
    0.500_000_000_000_001_1,
    0.166_666_666_666_664_13,
    0.041_666_666_666_530_27,
    0.008_333_333_333_494_335,
    0.001_388_888_894_359_783_3,
    0.000_198_412_695_067_760_72,
    2.480_149_313_603_242_5e-5,
    2.755_758_627_013_266_5e-6,
    2.763_023_397_717_77e-7,
    2.500_007_096_771_721_4e-8,
];

/// Below this, [`exp`] is 0.
pub(crate) const EXP_FLOOR: f64 = -708.0;

/// Numbers that [`sum`] adds side by side.
pub(crate) const LANES: usize = 8;

/// Runs a loop of few operations as compiled for the vector instructions of this processor, of 256 bits at
/// most. With 512 of them `max_entropy` takes a tenth longer (measured on Zen 4), `variation_ratios` a
/// quarter, and rows are turned by slow gathers.
#[inline]
pub(crate) fn vectorised<L: WithSimd>(work: L) -> L::Output {
    match Arch::new() {
        #[cfg(target_arch = "x86_64")]
        Arch::V4(simd) => Simd::vectorize(*simd, work),
        arch => arch.dispatch(work),
    }
}

/// [`vectorised`] for logarithms and exponentials: their many operations are faster in the widest registers.
#[inline]
pub(crate) fn vectorised_widest<L: WithSimd>(work: L) -> L::Output {
    Arch::new().dispatch(work)
}

/// ln x of 0 < x < ∞, and a finite number for x = 0, so that x · ln x is 0 there.
///
/// # Numerics
/// Relative error at most 5e-16 (tested); of subnormal x wrong, but x · ln x stays below 1e-304.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    // x = 2^e · m with √½ ≤ m < √2; ln m = 2 artanh(s), s = (m − 1)/(m + 1), |s| < 0.172
    let shifted = x.to_bits().wrapping_add(ONE - SQRT_HALF);
    let m = f64::from_bits((shifted & MANTISSA) + SQRT_HALF);
    let e = exponent_as_f64(shifted >> MANTISSA_BITS);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    // artanh s = s + s·z·q(z); even and odd powers of q apart: two short chains queue less than a long one
    let [q0, q1, q2, q3, q4, q5, q6] = ARTANH;
    let q = z.mul_add(polynomial(z * z, [q1, q3, q5]), polynomial(z * z, [q0, q2, q4, q6]));
    let twice = s + s;
    e.mul_add(std::f64::consts::LN_2, (twice * z).mul_add(q, twice))
}

/// Σ_i coefficient_i · xⁱ.
#[inline(always)]
fn polynomial<const D: usize>(x: f64, coefficients: [f64; D]) -> f64 {
    coefficients.into_iter().rev().reduce(|value, coefficient| value.mul_add(x, coefficient)).unwrap_or(0.0)
}

/// An exponent with its bias as f64, without the conversion that some processors lack.
#[inline(always)]
fn exponent_as_f64(biased: u64) -> f64 {
    const TWO_POW_52: f64 = 1.0 / f64::EPSILON;
    f64::from_bits(TWO_POW_52.to_bits() | biased) - (TWO_POW_52 + EXPONENT_BIAS as f64)
}

/// eˣ of x ≤ 700; 0 below [`EXP_FLOOR`], where it is less than 1e-307.
///
/// # Numerics
/// Relative error at most 5e-16 (tested).
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let clipped = if x < EXP_FLOOR { EXP_FLOOR } else { x };
    // x = n·ln 2 + r, |r| ≤ ½ ln 2
    let shifted = clipped.mul_add(std::f64::consts::LOG2_E, ROUNDER);
    let n = shifted - ROUNDER;
    let r = n.mul_add(-LN_2_LOW, n.mul_add(-LN_2_HIGH, clipped));
    let [q0, q1, q2, q3, q4, q5, q6, q7, q8, q9] = EXP;
    let even = polynomial(r * r, [1.0, q0, q2, q4, q6, q8]);
    let odd = polynomial(r * r, [1.0, q1, q3, q5, q7, q9]);
    let series = r.mul_add(odd, even);
    let two_pow_n = f64::from_bits((shifted.to_bits().wrapping_add(EXPONENT_BIAS)) << MANTISSA_BITS);
    if x < EXP_FLOOR { 0.0 } else { series * two_pow_n }
}

/// x · ln x; −0 for x = 0, so sums of it start at +0.
#[inline(always)]
pub(crate) fn x_ln_x(x: f64) -> f64 {
    x * ln(x)
}

/// Σ_i term(a_i), added in [`LANES`] sums and these in turn: the order depends on the length only.
#[inline(always)]
pub(crate) fn sum(a: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let (sums, of_rest) = add([0.0; LANES], a, term);
    sums.iter().sum::<f64>() + of_rest
}

/// Adds to each of the sums, and adds up what is left behind the last whole [`LANES`] numbers.
#[inline(always)]
fn add(mut sums: [f64; LANES], a: &[f64], term: impl Fn(f64) -> f64) -> ([f64; LANES], f64) {
    let chunks = a.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (sum, &a) in sums.iter_mut().zip(chunk) {
            *sum += term(a);
        }
    }
    (sums, rest.iter().map(|&a| term(a)).sum())
}

/// Σ_i a_i ln a_i of numbers that come in parts, with the bits of [`sum_x_ln_x`] of them all.
#[derive(Default)]
pub(crate) struct SumInParts {
    sums: [f64; LANES],
    of_rest: f64,
}

impl SumInParts {
    /// Takes the next part; only the last one may be of other lengths than multiples of [`LANES`].
    pub(crate) fn add(&mut self, part: &[f64]) {
        struct Add<'a>([f64; LANES], &'a [f64]);
        impl WithSimd for Add<'_> {
            type Output = ([f64; LANES], f64);
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> ([f64; LANES], f64) {
                add(self.0, self.1, x_ln_x)
            }
        }
        (self.sums, self.of_rest) = vectorised_widest(Add(self.sums, part));
    }

    /// The sum so far.
    pub(crate) fn total(&self) -> f64 {
        self.sums.iter().sum::<f64>() + self.of_rest
    }
}

/// Σ_i a_i ln a_i.
pub(crate) fn sum_x_ln_x(a: &[f64]) -> f64 {
    struct Sum<'a>(&'a [f64]);
    impl WithSimd for Sum<'_> {
        type Output = f64;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> f64 {
            sum(self.0, x_ln_x)
        }
    }
    vectorised_widest(Sum(a))
}

/// Σ_r Σ_i weight_i · a_ri ln a_ri of rows as long as the weights, which stand one after the other in `a`.
pub(crate) fn weighted_sum_x_ln_x(weights: &[f64], a: &[f64]) -> f64 {
    struct Sum<'a>(&'a [f64], &'a [f64]);
    impl WithSimd for Sum<'_> {
        type Output = f64;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> f64 {
            let Self(weights, a) = self;
            let of_row = |row| sum_of_pairs(weights, row, |weight, a| weight * x_ln_x(a));
            a.chunks_exact(weights.len()).map(of_row).sum()
        }
    }
    vectorised_widest(Sum(weights, a))
}

/// Σ_i term(a_i, b_i), added as by [`sum`].
#[inline(always)]
pub(crate) fn sum_of_pairs<A: Number, B: Number>(a: &[A], b: &[B], term: impl Fn(f64, f64) -> f64) -> f64 {
    let ((a_chunks, a_rest), (b_chunks, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
            *sum += term(a.into(), b.into());
        }
    }
    let of_rest: f64 = a_rest.iter().zip(b_rest).map(|(&a, &b)| term(a.into(), b.into())).sum();
    sums.iter().sum::<f64>() + of_rest
}

#[cfg(test)]
mod tests {
    use bal_stream::Stream;

    use super::*;

    /// Numbers over the whole range, near 1 and within [0, 1].
    fn numbers() -> Vec<f64> {
        let uniform = Stream::of_test("elementary", 0, 0).uniform(200_000);
        let wide = uniform.iter().map(|u| (1400.0 * (u - 0.5)).exp());
        let near_one = uniform.iter().map(|u| 1.0 + 1e-3 * (u - 0.5));
        let special =
            [1.0, f64::MIN_POSITIVE, f64::MAX, 2.0, 0.5, std::f64::consts::FRAC_1_SQRT_2, f64::EPSILON];
        wide.chain(near_one).chain(uniform.iter().copied()).chain(special).filter(|&x| x > 0.0).collect()
    }

    struct Map<'a, F>(&'a mut [f64], F);

    impl<F: Fn(f64) -> f64> WithSimd for Map<'_, F> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            self.0.iter_mut().for_each(|x| *x = (self.1)(*x));
        }
    }

    /// With the same bits from registers of either width.
    fn mapped(x: &[f64], f: impl Fn(f64) -> f64 + Copy) -> Vec<f64> {
        let (mut values, mut of_widest) = (x.to_vec(), x.to_vec());
        vectorised(Map(&mut values, f));
        vectorised_widest(Map(&mut of_widest, f));
        for (a, b) in values.iter().zip(&of_widest) {
            assert_eq!(a.to_bits(), b.to_bits(), "{a:e}, not {b:e}");
        }
        values
    }

    fn assert_near(x: &[f64], found: &[f64], expected: impl Fn(f64) -> f64) {
        for (&x, &found) in x.iter().zip(found) {
            let expected = expected(x);
            assert!((found - expected).abs() <= 5e-16 * expected.abs(), "{x:e}: {found:e}, not {expected:e}");
        }
    }

    #[test]
    fn logarithm_is_that_of_the_standard_library_within_its_bound() {
        let x = numbers();
        assert_near(&x, &mapped(&x, ln), f64::ln);
    }

    #[test]
    fn exponential_is_that_of_the_standard_library_within_its_bound() {
        let x: Vec<f64> =
            numbers().into_iter().map(f64::ln).filter(|&x| (EXP_FLOOR..=700.0).contains(&x)).collect();
        assert_near(&x, &mapped(&x, exp), f64::exp);
        assert_near(&[0.0, -0.0, EXP_FLOOR], &[exp(0.0), exp(-0.0), exp(EXP_FLOOR)], f64::exp);
    }

    #[test]
    fn nothing_has_no_entropy_and_no_probability() {
        for tiny in [0.0, f64::from_bits(1), f64::MIN_POSITIVE] {
            assert!(x_ln_x(tiny).abs() < 1e-304, "{}", x_ln_x(tiny));
        }
        assert_eq!(x_ln_x(1.0).to_bits(), 0.0_f64.to_bits());
        let nothing = [sum_x_ln_x(&[0.0; 9]), weighted_sum_x_ln_x(&[0.5; 9], &[0.0; 18])];
        assert_eq!(nothing.map(f64::to_bits), [0; 2], "no −0");
        let bits = [exp(-708.1), exp(-1e300), exp(f64::NEG_INFINITY), exp(0.0)].map(f64::to_bits);
        assert_eq!(bits, [0.0, 0.0, 0.0, 1.0].map(f64::to_bits));
    }

    #[test]
    fn vector_instructions_change_no_bit() {
        let x = numbers();
        let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
        let one_by_one = x.iter().map(|&x| ln(std::hint::black_box(x))).collect();
        assert_eq!(bits(mapped(&x, ln)), bits(one_by_one));
        let one_by_one = x.iter().map(|&x| exp(std::hint::black_box(-x))).collect();
        assert_eq!(bits(mapped(&x, |x| exp(-x))), bits(one_by_one));
    }

    #[test]
    fn sums_take_every_number_once() {
        for n in 1..40 {
            let a: Vec<f64> = (1..=n).map(f64::from).collect();
            assert_eq!(sum(&a, |a| 2.0 * a).to_bits(), f64::from(n * (n + 1)).to_bits());
            let squares: f64 = a.iter().map(|a| a * a).sum();
            let narrow: Vec<f32> = (1..=n).map(|a| a as f32).collect();
            assert_eq!(sum_of_pairs(&a, &narrow, |a, b| a * b).to_bits(), squares.to_bits());
        }
    }
}
