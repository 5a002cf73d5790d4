//! The predictions of one point, read, checked and normalised for all samples at once.

use ndarray::{ArrayView2, Axis, s};
use pulp::{Simd, WithSimd};

use super::elementary::{EXP_FLOOR, exp, ln, vectorised, vectorised_widest, x_ln_x};
use super::quotient::divide;
use crate::{Form, LOG_PROB_TOLERANCE, Number, Predictions, ROW_SUM_TOLERANCE, Result};

/// Samples that are turned from rows into columns at once: as many values as two vector registers hold.
const SAMPLES_AT_ONCE: usize = 8;

/// Room for the predictions of one point, samples innermost: every step then is one operation on neighbouring
/// numbers, however many classes there are.
///
/// R is K rounded up to [`SAMPLES_AT_ONCE`]: no loop ends with a few numbers taken one by one. Behind the K
/// samples stand copies of the last, which are no part of any result.
pub(crate) struct Point {
    /// Number of samples.
    pub(crate) K: usize,
    /// p_kc, divided by the sum of its row.
    probs_C_R: Vec<f64>,
    /// p̄_c = (1/K) Σ_k p_kc.
    pub(crate) mean_C: Vec<f64>,
    entropy_R: Vec<f64>,
    sum_R: Vec<f64>,
    /// 1 / Σ_c p_kc.
    inverse_R: Vec<f64>,
}

impl Point {
    /// Room for K samples of C classes.
    pub(crate) fn new(K: usize, C: usize) -> Self {
        let R = K.next_multiple_of(SAMPLES_AT_ONCE);
        Self {
            K,
            probs_C_R: vec![0.0; C * R],
            mean_C: vec![0.0; C],
            entropy_R: vec![0.0; R],
            sum_R: vec![0.0; R],
            inverse_R: vec![0.0; R],
        }
    }

    /// Reads point `n` of the tile, and computes the entropies of its samples if `with_entropies`.
    ///
    /// # Numerics
    /// Entropies of log-probabilities cost no logarithm per value. What rounding leaves below 0 is returned
    /// as 0.
    ///
    /// # Errors
    /// `Error::InvalidValue` and `Error::RowSum`, for the first
    /// offending row; `Error::Stopped`.
    pub(crate) fn read<A: Number>(
        &mut self,
        predictions: &Predictions<'_, A>,
        n: usize,
        with_entropies: bool,
    ) -> Result<()> {
        predictions.watch.check()?;
        let values_K_C = predictions.values_n_K_C.index_axis(Axis(0), n);
        let values_K_C = values_K_C.as_standard_layout(); // a copy only if the point is not contiguous
        let values = values_K_C.as_slice().expect("the standard layout is contiguous");
        let turned = Turn { values, probs_C_R: &mut self.probs_C_R, sum_R: &mut self.sum_R };
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
            predictions.check_point(n) // names the first offending row, if it was not only the sign of −0
        }
    }

    /// p_kc as [K, C], a view.
    pub(crate) fn probs_K_C(&self) -> ArrayView2<'_, f64> {
        let shape = (self.mean_C.len(), self.sum_R.len());
        let probs_R_C =
            ArrayView2::from_shape(shape, &self.probs_C_R).expect("room for C·R numbers").reversed_axes();
        probs_R_C.slice_move(s![..self.K, ..])
    }

    /// p_kc of each class c in turn, [K].
    pub(crate) fn probs_by_class(&self) -> impl Iterator<Item = &[f64]> + Clone {
        self.probs_C_R.chunks_exact(self.sum_R.len()).map(|probs_R| &probs_R[..self.K])
    }

    /// `H[p_k]`, if they were asked for.
    pub(crate) fn entropy_K(&self) -> &[f64] {
        &self.entropy_R[..self.K]
    }
}

/// Turns values [K, C] into [C, R] and adds up the rows; whether any value has its sign bit set.
struct Turn<'a, A> {
    values: &'a [A],
    probs_C_R: &'a mut [f64],
    sum_R: &'a mut [f64],
}

impl<A: Number> WithSimd for Turn<'_, A> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Self { values, probs_C_R, sum_R } = self;
        let R = sum_R.len();
        let C = probs_C_R.len() / R;
        let last = values.len() / C - 1;
        let zeros = [simd.splat_f64s(0.0); SAMPLES_AT_ONCE]; // enough even where a register holds one
        let mut signs = zeros;
        for (k, sum_K) in (0..).step_by(SAMPLES_AT_ONCE).zip(sum_R.chunks_exact_mut(SAMPLES_AT_ONCE)) {
            let rows: [&[A]; SAMPLES_AT_ONCE] = std::array::from_fn(|i| &values[last.min(k + i) * C..][..C]);
            let mut sums = zeros;
            for (c, probs_R) in probs_C_R.chunks_exact_mut(R).enumerate() {
                let column: [f64; SAMPLES_AT_ONCE] = std::array::from_fn(|i| rows[i][c].into());
                probs_R[k..][..SAMPLES_AT_ONCE].copy_from_slice(&column);
                for ((&p, sum), sign) in S::as_simd_f64s(&column).0.iter().zip(&mut sums).zip(&mut signs) {
                    *sum = simd.add_f64s(*sum, p);
                    *sign = simd.or_f64s(*sign, p);
                }
            }
            write::<S>(sums, sum_K);
        }
        let mut sign_of_any = [0.0_f64; SAMPLES_AT_ONCE];
        write::<S>(signs, &mut sign_of_any);
        sign_of_any.iter().any(|value| value.is_sign_negative())
    }
}

/// Writes what registers hold to `out`.
#[inline(always)]
fn write<S: Simd>(registers: [S::f64s; SAMPLES_AT_ONCE], out: &mut [f64]) {
    S::as_mut_simd_f64s(out).0.iter_mut().zip(registers).for_each(|(out, register)| *out = register);
}

/// Turns log-probabilities into probabilities, and adds up these and p log p; whether none is above the
/// tolerance. NaN and ∞ show in the sums.
struct Exponentiate<'a>(&'a mut Point);

impl WithSimd for Exponentiate<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let Point { probs_C_R, entropy_R, sum_R, .. } = self.0;
        let mut signs = 0; // its highest bit is set if any value is above
        sum_R.fill(0.0); // of the logarithms until now
        entropy_R.fill(0.0);
        for values_R in probs_C_R.chunks_exact_mut(sum_R.len()) {
            for ((value, sum), p_log_p) in values_R.iter_mut().zip(&mut *sum_R).zip(&mut *entropy_R) {
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

/// Entropies of the samples, from values that are not yet divided by their sums. Of log-probabilities,
/// [`Exponentiate`] has left Σ_c p log p in their place.
struct Entropies<'a> {
    point: &'a mut Point,
    form: Form,
}

impl WithSimd for Entropies<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { point: Point { probs_C_R, entropy_R, sum_R, .. }, form } = self;
        if let Form::Probs = form {
            entropy_R.fill(0.0);
            for probs_R in probs_C_R.chunks_exact(entropy_R.len()) {
                for (&p, p_log_p) in probs_R.iter().zip(&mut *entropy_R) {
                    *p_log_p += x_ln_x(p);
                }
            }
        }
        for (entropy, &sum) in entropy_R.iter_mut().zip(&*sum_R) {
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
        let Point { K, probs_C_R, mean_C, sum_R, inverse_R, .. } = self.0;
        let mut is_off = false;
        for (sum, inverse) in sum_R.iter().zip(&mut *inverse_R) {
            is_off |= ((sum - 1.0).abs() > ROW_SUM_TOLERANCE) | sum.is_nan();
            *inverse = 1.0 / sum;
        }
        for (probs_R, mean) in probs_C_R.chunks_exact_mut(sum_R.len()).zip(mean_C) {
            *mean = divide(&mut probs_R[..*K], &sum_R[..*K], &inverse_R[..*K]) / *K as f64;
        }
        !is_off
    }
}
