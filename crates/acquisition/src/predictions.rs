//! One tile of predictions as they arrive: their form, shape and the check of every row.

use ndarray::{Array2, Array3, ArrayView1, ArrayView3, ArrayViewMut2, Axis, aview1};

use crate::{Error, NormalisedProbs, Result, entropy::p_log_p};

/// How far from 1 the probabilities of one row (one point, one sample) may sum.
pub const ROW_SUM_TOLERANCE: f64 = 1e-3;

/// How far above 0 a log-probability may lie.
pub const LOG_PROB_TOLERANCE: f64 = 1e-3;

/// What the values of predictions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Probabilities p.
    Probs,
    /// Natural logarithms of probabilities; log 0 = −inf is legal.
    LogProbs,
}

/// Predictions of a tile of points: `values_n_K_C`, either p(y = c | x_n, ω_k) or its logarithm.
///
/// A view in any memory order, of `f32` or `f64`; nothing is copied. Rows are checked when they are read,
/// by [`Self::score`] and [`Self::normalise`].
#[derive(Clone, Copy, Debug)]
pub struct Predictions<'a, A> {
    pub(crate) values_n_K_C: ArrayView3<'a, A>,
    pub(crate) form: Form,
    pub(crate) first_point: usize,
}

#[expect(clippy::needless_pass_by_value, reason = "an array view is a reference")]
impl<'a, A: Copy + Into<f64> + Sync> Predictions<'a, A> {
    /// Predictions given as probabilities.
    ///
    /// # Errors
    /// [`Error::Shape`] without points or samples, or with fewer than two classes.
    pub fn from_probs(probs_n_K_C: ArrayView3<'a, A>) -> Result<Self> {
        Self::new(probs_n_K_C, Form::Probs)
    }

    /// Predictions given as natural logarithms of probabilities.
    ///
    /// # Errors
    /// As [`Self::from_probs`].
    pub fn from_log_probs(log_probs_n_K_C: ArrayView3<'a, A>) -> Result<Self> {
        Self::new(log_probs_n_K_C, Form::LogProbs)
    }

    fn new(values_n_K_C: ArrayView3<'a, A>, form: Form) -> Result<Self> {
        let (n, K, C) = values_n_K_C.dim();
        if n == 0 || K == 0 || C < 2 {
            return Err(Error::Shape { found: [n, K, C] });
        }
        Ok(Self { values_n_K_C, form, first_point: 0 })
    }

    /// Says that the first point of the tile is row `first_point` of the file, so that errors name rows of the file.
    #[must_use]
    pub fn starting_at(self, first_point: usize) -> Self {
        Self { first_point, ..self }
    }

    /// The probabilities as `f64`, every row checked and divided by its sum.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] and [`Error::RowSum`], for the first offending row.
    pub fn normalise(&self) -> Result<NormalisedProbs> {
        let mut probs_N_K_C = Array3::zeros(self.values_n_K_C.dim());
        let mut probs_C = vec![0.0; self.values_n_K_C.len_of(Axis(2))];
        for (n, mut probs_K_C) in probs_N_K_C.outer_iter_mut().enumerate() {
            for (k, mut normalised_C) in probs_K_C.outer_iter_mut().enumerate() {
                let sum = self.read_row(n, k, &mut probs_C)?;
                normalised_C.assign(&aview1(&probs_C));
                normalised_C /= sum;
            }
        }
        Ok(NormalisedProbs { probs_N_K_C })
    }

    /// Puts p_nk, divided by its sum, into row k of `probs_K_C` for all samples.
    ///
    /// # Panics
    /// If the rows of `probs_K_C` are not contiguous.
    pub(crate) fn read_point(&self, n: usize, probs_K_C: &mut ArrayViewMut2<'_, f64>) -> Result<()> {
        for (k, row_C) in probs_K_C.rows_mut().into_iter().enumerate() {
            let probs_C = row_C.into_slice().expect("rows of the buffer are contiguous");
            let sum = self.read_row(n, k, probs_C)?;
            for p in probs_C {
                *p /= sum;
            }
        }
        Ok(())
    }

    /// [`Self::read_point`] that also puts H[p_nk] into `entropy_K`.
    pub(crate) fn read_point_and_entropies(
        &self,
        n: usize,
        probs_K_C: &mut ArrayViewMut2<'_, f64>,
        entropy_K: &mut [f64],
    ) -> Result<()> {
        for ((k, row_C), entropy) in probs_K_C.rows_mut().into_iter().enumerate().zip(entropy_K) {
            let probs_C = row_C.into_slice().expect("rows of the buffer are contiguous");
            let sum = self.read_row(n, k, probs_C)?;
            *entropy = self.row_entropy(n, k, probs_C, sum);
            for p in probs_C {
                *p /= sum;
            }
        }
        Ok(())
    }

    /// p_nkc of one point, shape [K, C].
    pub(crate) fn point(&self, n: usize) -> Result<Array2<f64>> {
        let (_, K, C) = self.values_n_K_C.dim();
        let mut probs_K_C = Array2::zeros((K, C));
        self.read_point(n, &mut probs_K_C.view_mut())?;
        Ok(probs_K_C)
    }

    /// Puts p_nk into `probs_C` as it was given, before division by its sum, and returns that sum.
    pub(crate) fn read_row(&self, n: usize, k: usize, probs_C: &mut [f64]) -> Result<f64> {
        for (class, (p, &value)) in probs_C.iter_mut().zip(self.row(n, k)).enumerate() {
            let value: f64 = value.into();
            if !self.form.is_legal(value) {
                return Err(Error::InvalidValue {
                    point: self.first_point + n,
                    sample: k,
                    class,
                    found: value,
                    form: self.form,
                });
            }
            *p = match self.form {
                Form::Probs => value,
                Form::LogProbs => value.exp(),
            };
        }
        let sum = probs_C.iter().sum::<f64>();
        if (sum - 1.0).abs() > ROW_SUM_TOLERANCE {
            return Err(Error::RowSum { point: self.first_point + n, sample: k, found: sum });
        }
        Ok(sum)
    }

    /// The values of sample k of point n.
    fn row(&self, n: usize, k: usize) -> ArrayView1<'_, A> {
        self.values_n_K_C.index_axis(Axis(0), n).index_axis_move(Axis(0), k)
    }

    /// `H[p_nk / s] = log s − (1/s) Σ_c p log p`, where `probs_C` and their sum s are what [`Self::read_row`] gave.
    ///
    /// # Numerics
    /// Costs no logarithm per value where the values are log-probabilities. Rounding can leave −1e-16 where the
    /// entropy is 0; that is returned as 0.
    pub(crate) fn row_entropy(&self, n: usize, k: usize, probs_C: &[f64], sum: f64) -> f64 {
        let sum_p_log_p: f64 = match self.form {
            Form::Probs => probs_C.iter().map(|&p| p_log_p(p)).sum(),
            Form::LogProbs => probs_C
                .iter()
                .zip(self.row(n, k))
                .map(|(&p, &log_p)| if p > 0.0 { p * log_p.into() } else { 0.0 })
                .sum(),
        };
        (sum.ln() - sum_p_log_p / sum).max(0.0)
    }
}

impl Form {
    fn is_legal(self, value: f64) -> bool {
        match self {
            Self::Probs => value >= 0.0 && value.is_finite(),
            Self::LogProbs => value <= LOG_PROB_TOLERANCE, // NaN and +inf compare false
        }
    }
}
