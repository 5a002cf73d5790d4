//! The predictions of one point, read, checked and normalised for all samples at once.

use ndarray::{ArrayView2, Axis};
use pulp::{Simd, WithSimd};

use crate::elementary::{EXP_FLOOR, exp, ln, vectorised, x_ln_x};
use crate::quotient::quotient;
use crate::{Form, LOG_PROB_TOLERANCE, Predictions, ROW_SUM_TOLERANCE, Result};

/// Samples that are turned from rows into columns at once: as many values as two vector registers hold.
const SAMPLES_AT_ONCE: usize = 8;

/// Room for the predictions of one point, samples innermost: every step then is one operation on neighbouring numbers,
/// however many classes there are.
#[expect(clippy::struct_field_names, reason = "arrays carry their axes")]
pub(crate) struct Point {
    /// p_kc, divided by the sum of its row.
    pub(crate) probs_C_K: Vec<f64>,
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
        if let Some(values) = values_K_C.as_slice() {
            vectorised(Transpose { values, probs_C_K: &mut self.probs_C_K, K: self.sum_K.len() });
        } else {
            for (values_K, probs_K) in
                values_K_C.columns().into_iter().zip(self.probs_C_K.chunks_exact_mut(self.sum_K.len()))
            {
                for (p, &value) in probs_K.iter_mut().zip(values_K) {
                    *p = value.into();
                }
            }
        }
        if vectorised(Normalise { point: self, form: predictions.form, with_entropies }) {
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

/// Turns values [K, C] into [C, K].
struct Transpose<'a, A> {
    values: &'a [A],
    probs_C_K: &'a mut [f64],
    K: usize,
}

impl<A: Copy + Into<f64>> WithSimd for Transpose<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { values, probs_C_K, K } = self;
        let C = values.len() / K;
        let whole = K - K % SAMPLES_AT_ONCE;
        for k in (0..whole).step_by(SAMPLES_AT_ONCE) {
            let rows: [&[A]; SAMPLES_AT_ONCE] = std::array::from_fn(|i| &values[(k + i) * C..][..C]);
            for c in 0..C {
                let column: [f64; SAMPLES_AT_ONCE] = std::array::from_fn(|i| rows[i][c].into());
                probs_C_K[c * K + k..][..SAMPLES_AT_ONCE].copy_from_slice(&column);
            }
        }
        for k in whole..K {
            for c in 0..C {
                probs_C_K[c * K + k] = values[k * C + c].into();
            }
        }
    }
}

/// Turns the values of a point as they were given into probabilities, sums and entropies; whether all are legal.
struct Normalise<'a> {
    point: &'a mut Point,
    form: Form,
    with_entropies: bool,
}

impl WithSimd for Normalise<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let Self { point: Point { probs_C_K, entropy_K, sum_K, inverse_K }, form, with_entropies } = self;
        let mut signs = 0; // its highest bit is set if any value is out of range; NaN and ∞ make their sum illegal
        sum_K.fill(0.0);
        entropy_K.fill(0.0); // Σ_c p log p at first
        for probs_K in probs_C_K.chunks_exact_mut(sum_K.len()) {
            let terms = probs_K.iter_mut().zip(&mut *sum_K).zip(&mut *entropy_K);
            match form {
                Form::Probs if with_entropies => {
                    for ((p, sum), p_log_p) in terms {
                        signs |= p.to_bits();
                        *sum += *p;
                        *p_log_p += x_ln_x(*p);
                    }
                }
                Form::Probs => {
                    for ((p, sum), _) in terms {
                        signs |= p.to_bits();
                        *sum += *p;
                    }
                }
                Form::LogProbs => {
                    for ((value, sum), p_log_p) in terms {
                        signs |= (LOG_PROB_TOLERANCE - *value).to_bits();
                        let log_p = if *value < EXP_FLOOR { EXP_FLOOR } else { *value }; // 0 · −∞ is no number
                        *value = exp(*value);
                        *sum += *value;
                        *p_log_p += *value * log_p;
                    }
                }
            }
        }
        let mut is_off = false;
        for ((sum, inverse), entropy) in sum_K.iter().zip(&mut *inverse_K).zip(entropy_K) {
            is_off |= ((sum - 1.0).abs() > ROW_SUM_TOLERANCE) | sum.is_nan();
            *inverse = 1.0 / sum;
            if with_entropies {
                *entropy = (ln(*sum) - *entropy / sum).max(0.0); // H[p / s] = log s − (1/s) Σ_c p log p
            }
        }
        for probs_K in probs_C_K.chunks_exact_mut(sum_K.len()) {
            for ((p, &sum), &inverse) in probs_K.iter_mut().zip(&*sum_K).zip(&*inverse_K) {
                *p = quotient(*p, sum, inverse);
            }
        }
        signs >> 63 == 0 && !is_off
    }
}
