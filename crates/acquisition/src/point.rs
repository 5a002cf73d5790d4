//! The predictions of one point, read, checked and normalised for all samples at once.

use ndarray::{ArrayView2, Axis};
use pulp::{Simd, WithSimd};

use crate::elementary::{EXP_FLOOR, exp, ln, vectorised, vectorised_widest, x_ln_x};
use crate::quotient::divide;
use crate::{Form, LOG_PROB_TOLERANCE, Predictions, ROW_SUM_TOLERANCE, Result};

/// Samples that are turned from rows into columns at once: as many values as two vector registers hold.
const SAMPLES_AT_ONCE: usize = 8;

/// Room for the predictions of one point, samples innermost: every step then is one operation on neighbouring numbers,
/// however many classes there are.
pub(crate) struct Point {
    /// p_kc, divided by the sum of its row.
    pub(crate) probs_C_K: Vec<f64>,
    /// p̄_c = (1/K) Σ_k p_kc.
    pub(crate) mean_C: Vec<f64>,
    /// `H[p_k]`, if asked for.
    pub(crate) entropy_K: Vec<f64>,
    sum_K: Vec<f64>,
    /// 1 / Σ_c p_kc.
    inverse_K: Vec<f64>,
}

impl Point {
    /// Room for K samples of C classes.
    pub(crate) fn new(K: usize, C: usize) -> Self {
        Self {
            probs_C_K: vec![0.0; C * K],
            mean_C: vec![0.0; C],
            entropy_K: vec![0.0; K],
            sum_K: vec![0.0; K],
            inverse_K: vec![0.0; K],
        }
    }

    /// Number K of samples.
    pub(crate) fn K(&self) -> usize {
        self.sum_K.len()
    }

    /// Reads point `n` of the tile, and computes the entropies of its samples if `with_entropies`.
    ///
    /// # Numerics
    /// Entropies of log-probabilities cost no logarithm per value. Rounding can leave −1e-16 where an entropy is 0; that is
    /// returned as 0.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) and [`Error::RowSum`](crate::Error::RowSum), for the first
    /// offending row.
    pub(crate) fn read<A: Copy + Into<f64> + Sync>(
        &mut self,
        predictions: &Predictions<'_, A>,
        n: usize,
        with_entropies: bool,
    ) -> Result<()> {
        let values_K_C = predictions.values_n_K_C.index_axis(Axis(0), n);
        let values_K_C = values_K_C.as_standard_layout(); // a copy only if the point is not contiguous
        let values = values_K_C.as_slice().expect("the standard layout is contiguous");
        let turned = Turn { values, probs_C_K: &mut self.probs_C_K, sum_K: &mut self.sum_K };
        let has_sign = vectorised(turned);
        let is_legal = match predictions.form {
            Form::Probs => !has_sign,
            Form::LogProbs => vectorised_widest(Exponentiate(self)),
        };
        if with_entropies {
            vectorised_widest(Entropies { point: self, form: predictions.form });
        }
        if is_legal & vectorised(Normalise(self)) {
            Ok(())
        } else {
            predictions.check_point(n) // names the first offending row; there is none if the sign was that of −0
        }
    }

    /// p_kc as [K, C], a view.
    pub(crate) fn probs_K_C(&self) -> ArrayView2<'_, f64> {
        let K = self.K();
        let C = self.probs_C_K.len() / K;
        ArrayView2::from_shape((C, K), &self.probs_C_K).expect("room for C·K numbers").reversed_axes()
    }
}

/// Turns values [K, C] into [C, K] and adds up the rows; whether any value has its sign bit set.
struct Turn<'a, A> {
    values: &'a [A],
    probs_C_K: &'a mut [f64],
    sum_K: &'a mut [f64],
}

impl<A: Copy + Into<f64>> WithSimd for Turn<'_, A> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Self { values, probs_C_K, sum_K } = self;
        let K = sum_K.len();
        let C = values.len() / K;
        let zeros = [simd.splat_f64s(0.0); SAMPLES_AT_ONCE]; // enough registers even where each holds one number
        let mut signs = zeros;
        let last = K.checked_sub(SAMPLES_AT_ONCE);
        for k in last.into_iter().flat_map(|last| (0..last).step_by(SAMPLES_AT_ONCE).chain([last])) {
            let rows: [&[A]; SAMPLES_AT_ONCE] = std::array::from_fn(|i| &values[(k + i) * C..][..C]);
            let mut sums = zeros;
            for c in 0..C {
                let column: [f64; SAMPLES_AT_ONCE] = std::array::from_fn(|i| rows[i][c].into());
                probs_C_K[c * K + k..][..SAMPLES_AT_ONCE].copy_from_slice(&column);
                for ((&p, sum), sign) in S::as_simd_f64s(&column).0.iter().zip(&mut sums).zip(&mut signs) {
                    *sum = simd.add_f64s(*sum, p);
                    *sign = simd.or_f64s(*sign, p);
                }
            }
            write::<S>(sums, &mut sum_K[k..][..SAMPLES_AT_ONCE]);
        }
        let mut sign_of_any = [0.0_f64; SAMPLES_AT_ONCE];
        write::<S>(signs, &mut sign_of_any);
        let mut has_sign = sign_of_any.iter().any(|value| value.is_sign_negative());
        if last.is_none() {
            for (k, (row, sum)) in values.chunks_exact(C).zip(sum_K).enumerate() {
                *sum = 0.0;
                for (c, &p) in row.iter().enumerate() {
                    let p: f64 = p.into();
                    probs_C_K[c * K + k] = p;
                    *sum += p;
                    has_sign |= p.is_sign_negative();
                }
            }
        }
        has_sign
    }
}

/// Writes what registers hold to `out`.
#[inline(always)]
fn write<S: Simd>(registers: [S::f64s; SAMPLES_AT_ONCE], out: &mut [f64]) {
    S::as_mut_simd_f64s(out).0.iter_mut().zip(registers).for_each(|(out, register)| *out = register);
}

/// Turns log-probabilities into probabilities, and adds up these and p log p; whether none is above the tolerance. NaN and ∞ show in
/// the sums.
struct Exponentiate<'a>(&'a mut Point);

impl WithSimd for Exponentiate<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let Point { probs_C_K, entropy_K, sum_K, .. } = self.0;
        let mut signs = 0; // its highest bit is set if any value is above
        sum_K.fill(0.0);
        entropy_K.fill(0.0);
        for values_K in probs_C_K.chunks_exact_mut(sum_K.len()) {
            for ((value, sum), p_log_p) in values_K.iter_mut().zip(&mut *sum_K).zip(&mut *entropy_K) {
                signs |= (LOG_PROB_TOLERANCE - *value).to_bits();
                let log_p = if *value < EXP_FLOOR { EXP_FLOOR } else { *value }; // 0 · −∞ is no number
                *value = exp(*value);
                *sum += *value;
                *p_log_p += *value * log_p;
            }
        }
        signs >> 63 == 0
    }
}

/// Entropies of the samples, from values that are not yet divided by their sums; of log-probabilities, [`Exponentiate`] has left
/// Σ_c p log p in their place.
struct Entropies<'a> {
    point: &'a mut Point,
    form: Form,
}

impl WithSimd for Entropies<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { point: Point { probs_C_K, entropy_K, sum_K, .. }, form } = self;
        if let Form::Probs = form {
            entropy_K.fill(0.0);
            for probs_K in probs_C_K.chunks_exact(entropy_K.len()) {
                for (&p, p_log_p) in probs_K.iter().zip(&mut *entropy_K) {
                    *p_log_p += x_ln_x(p);
                }
            }
        }
        for (entropy, &sum) in entropy_K.iter_mut().zip(&*sum_K) {
            *entropy = (ln(sum) - *entropy / sum).max(0.0); // H[p / s] = log s − (1/s) Σ_c p log p
        }
    }
}

/// Divides by the sums; whether these are legal.
struct Normalise<'a>(&'a mut Point);

impl WithSimd for Normalise<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let Point { probs_C_K, mean_C, sum_K, inverse_K, .. } = self.0;
        let K = sum_K.len();
        let mut is_off = false;
        for (sum, inverse) in sum_K.iter().zip(&mut *inverse_K) {
            is_off |= ((sum - 1.0).abs() > ROW_SUM_TOLERANCE) | sum.is_nan();
            *inverse = 1.0 / sum;
        }
        for (probs_K, mean) in probs_C_K.chunks_exact_mut(K).zip(mean_C) {
            *mean = divide(probs_K, sum_K, inverse_K) / K as f64;
        }
        !is_off
    }
}
