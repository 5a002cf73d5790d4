//! One tile of predictions as they arrive: their form, shape and the check of every row.

use ndarray::{Array2, Array3, ArrayView3, Axis, aview1, s};

use crate::{Error, NormalisedProbs, Result, Unwatched, Watch, numerics::Point};

/// How far from 1 the probabilities of one row (one point, one sample) may sum.
pub const ROW_SUM_TOLERANCE: f64 = 1e-3;

/// How far above 0 a log-probability may lie.
pub const LOG_PROB_TOLERANCE: f64 = 1e-3;

/// A type that predictions and features may have: `f32`, `f64`, and others that `f64` holds without loss.
pub trait Number: Copy + Into<f64> + Sync {}

impl<T: Copy + Into<f64> + Sync> Number for T {}

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
/// A view in any memory order, of `f32` or `f64`; no more is copied than single points. Rows are checked
/// when they are read, by [`Self::score`] and [`Self::normalise`].
#[derive(Clone, Copy, Debug)]
pub struct Predictions<'a, A> {
    pub(crate) values_n_K_C: ArrayView3<'a, A>,
    pub(crate) form: Form,
    pub(crate) first_point: usize,
    pub(crate) watch: &'a dyn Watch,
}

#[expect(clippy::needless_pass_by_value, reason = "an array view is a reference")]
impl<'a, A: Number> Predictions<'a, A> {
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
        Ok(Self { values_n_K_C, form, first_point: 0, watch: &Unwatched })
    }

    /// Says which row of the file the first point of the tile is: errors then name rows of the file.
    #[must_use]
    pub fn starting_at(self, first_point: usize) -> Self {
        Self { first_point, ..self }
    }

    /// Says who waits for what is computed of these predictions.
    #[must_use]
    pub fn watched_by(self, watch: &'a dyn Watch) -> Self {
        Self { watch, ..self }
    }

    /// The probabilities as `f64`, every row checked and divided by its sum.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] and [`Error::RowSum`], for the first offending row.
    pub fn normalise(&self) -> Result<NormalisedProbs> {
        let mut probs_N_K_C = Array3::zeros(self.values_n_K_C.dim());
        let mut probs_C = vec![0.0; self.values_n_K_C.len_of(Axis(2))];
        for (n, mut probs_K_C) in probs_N_K_C.outer_iter_mut().enumerate() {
            self.watch.check()?;
            for (k, mut normalised_C) in probs_K_C.outer_iter_mut().enumerate() {
                let sum = self.read_row(n, k, &mut probs_C)?;
                normalised_C.assign(&aview1(&probs_C));
                normalised_C /= sum;
            }
        }
        Ok(NormalisedProbs { probs_N_K_C })
    }

    /// p_nkc of one point, shape [K, C].
    pub(crate) fn point(&self, n: usize) -> Result<Array2<f64>> {
        let (_, K, C) = self.values_n_K_C.dim();
        let mut point = Point::new(K, C);
        point.read(self, n, false)?;
        Ok(point.probs_K_C().to_owned())
    }

    /// Checks every row of a point.
    pub(crate) fn check_point(&self, n: usize) -> Result<()> {
        let (_, K, C) = self.values_n_K_C.dim();
        let mut probs_C = vec![0.0; C];
        (0..K).try_for_each(|k| self.read_row(n, k, &mut probs_C).map(drop))
    }

    /// Puts p_nk into `probs_C` as it was given, before division by its sum, and returns that sum.
    fn read_row(&self, n: usize, k: usize, probs_C: &mut [f64]) -> Result<f64> {
        for (class, (p, &value)) in probs_C.iter_mut().zip(self.values_n_K_C.slice(s![n, k, ..])).enumerate()
        {
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
}

impl Form {
    fn is_legal(self, value: f64) -> bool {
        match self {
            Self::Probs => value >= 0.0 && value.is_finite(),
            Self::LogProbs => value <= LOG_PROB_TOLERANCE, // NaN and +inf compare false
        }
    }
}
