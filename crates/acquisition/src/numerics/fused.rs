//! All scores of a tile in one pass over its predictions.
//!
//! Passes over the values of a point collect what the scores are made of; each score then is its own
//! formula over these.

use ndarray::{Array2, Axis};
use pulp::{Simd, WithSimd};
use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use super::{
    Point,
    elementary::{sum, sum_x_ln_x, vectorised},
};
use crate::{
    AcquisitionFunction as Function, Error, Number, Predictions, Result, Targets,
    scores::{bald, least_confidence, margin, mean_std, predictive_variance, variation_ratios},
};

impl<A: Number> Predictions<'_, A> {
    /// The scores of all points of the tile, one column per function, in the order of `functions`.
    ///
    /// Every row of the predictions is checked and divided by its sum. With no functions nothing is read.
    ///
    /// # Shapes
    /// In: `values_n_K_C`; out: `scores_n_F`.
    ///
    /// # Numerics
    /// Agrees with the plain functions to 1e-12. A score depends only on the predictions of its point: not on
    /// the tile, the other functions or the number of threads.
    ///
    /// # Errors
    /// [`Error::InvalidValue`], [`Error::RowSum`] and [`Error::NegativeInformation`], for the first
    /// offending point; [`Error::NotFromPredictions`] for `random`, [`Error::TargetsMissing`] for `epig`:
    /// see [`Self::score_with_targets`].
    pub fn score(&self, functions: &[Function]) -> Result<Array2<f64>> {
        if let Some(&function) = functions.iter().find(|function| !function.needs_predictions()) {
            return Err(Error::NotFromPredictions { function });
        }
        if let Some(&function) = functions.iter().find(|function| function.needs_targets()) {
            return Err(Error::TargetsMissing { function });
        }
        let (n, K, C) = self.values_n_K_C.dim();
        let F = functions.len();
        let mut scores_n_F = vec![0.0; n * F];
        let first_error = scores_n_F
            .par_chunks_mut(F.max(1))
            .enumerate()
            .map_init(
                || Summary::new(functions, K, C),
                |summary, (n, scores_F)| summary.score(self, n, functions, scores_F),
            )
            .find_map_first(Result::err);
        match first_error {
            Some(error) => Err(error),
            None => Ok(Array2::from_shape_vec((n, F), scores_n_F).expect("n·F scores were allocated")),
        }
    }

    /// [`Self::score`] for any functions of predictions, `epig` among them.
    ///
    /// # Errors
    /// As [`Self::score`], and [`Error::TargetsDiffer`].
    pub fn score_with_targets(&self, functions: &[Function], targets: &Targets) -> Result<Array2<f64>> {
        let others: Vec<_> = functions.iter().copied().filter(|function| !function.needs_targets()).collect();
        let scores_n_others = self.score(&others)?;
        let mut others_n = scores_n_others.columns().into_iter();
        let mut scores_n_F = Array2::zeros((self.values_n_K_C.len_of(Axis(0)), functions.len()));
        for (mut scores_n, function) in scores_n_F.columns_mut().into_iter().zip(functions) {
            if function.needs_targets() {
                scores_n.assign(&targets.epig(self)?);
            } else if let Some(other_n) = others_n.next() {
                scores_n.assign(&other_n);
            }
        }
        Ok(scores_n_F)
    }
}

/// What the scores of one point are made of; one per thread, reused from point to point.
struct Summary {
    needs: Needs,
    point: Point,
    /// (1/K) Σ_k (p_kc − p̄_c)².
    variance_C: Vec<f64>,
    /// How many samples have class c as argmax.
    votes_C: Vec<usize>,
    /// `(1/K) Σ_k H[p_k]`.
    expected_entropy: f64,
    /// The largest probability of each sample that has not voted yet.
    largest_K: Vec<f64>,
}

/// What is collected only if a score asks for it.
struct Needs {
    expected_entropy: bool,
    votes: bool,
    variance: bool,
}

impl Needs {
    fn of(functions: &[Function]) -> Self {
        let any = |wanted: &[Function]| functions.iter().any(|function| wanted.contains(function));
        Self {
            expected_entropy: any(&[Function::Bald, Function::ExpectedEntropy]),
            votes: any(&[Function::VariationRatios]),
            variance: any(&[Function::MeanStd, Function::PredictiveVariance]),
        }
    }
}

impl Summary {
    fn new(functions: &[Function], K: usize, C: usize) -> Self {
        Self {
            needs: Needs::of(functions),
            point: Point::new(K, C),
            variance_C: vec![0.0; C],
            votes_C: vec![0; C],
            expected_entropy: 0.0,
            largest_K: vec![0.0; K],
        }
    }

    /// Scores point `n` of the tile into `scores_F`.
    fn score<A: Number>(
        &mut self,
        predictions: &Predictions<'_, A>,
        n: usize,
        functions: &[Function],
        scores_F: &mut [f64],
    ) -> Result<()> {
        self.point.read(predictions, n, self.needs.expected_entropy)?;
        vectorised(Summarise(self));
        for (score, &function) in scores_F.iter_mut().zip(functions) {
            *score = match function {
                Function::Random => return Err(Error::NotFromPredictions { function }),
                Function::Epig => return Err(Error::TargetsMissing { function }),
                Function::MaxEntropy => self.entropy_of_mean(),
                Function::Bald => bald::non_negative(
                    function,
                    self.entropy_of_mean() - self.expected_entropy,
                    predictions.first_point + n,
                )?,
                Function::VariationRatios => {
                    variation_ratios::share_against_mode(&self.votes_C, self.point.K)
                }
                Function::LeastConfidence => least_confidence::doubt(&self.point.mean_C),
                Function::MeanStd => mean_std::mean_root(&self.variance_C),
                Function::Margin => margin::negative_gap(&self.point.mean_C),
                Function::PredictiveVariance => predictive_variance::mean(&self.variance_C),
                Function::ExpectedEntropy => self.expected_entropy,
            };
        }
        Ok(())
    }

    /// `H[p̄]`.
    fn entropy_of_mean(&self) -> f64 {
        0.0 - sum_x_ln_x(&self.point.mean_C) // not −0
    }

    /// Each sample votes for its most probable class, of equal ones the first.
    #[inline(always)]
    fn vote(&mut self) {
        self.largest_K.fill(f64::NEG_INFINITY);
        for probs_K in self.point.probs_by_class() {
            for (&p, largest) in probs_K.iter().zip(&mut self.largest_K) {
                *largest = largest.max(p);
            }
        }
        for (votes, probs_K) in self.votes_C.iter_mut().zip(self.point.probs_by_class()) {
            let mut count = 0;
            for (&p, largest) in probs_K.iter().zip(&mut self.largest_K) {
                let is_largest = p >= *largest;
                count += usize::from(is_largest);
                *largest += if is_largest { f64::INFINITY } else { 0.0 }; // no second vote
            }
            *votes = count;
        }
    }
}

/// Computes what the scores are made of from the predictions that the point holds.
struct Summarise<'a>(&'a mut Summary);

impl WithSimd for Summarise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self(summary) = self;
        let K = summary.point.K;
        if summary.needs.expected_entropy {
            // With one sample both terms of BALD are the same number: they must have the same last bits.
            summary.expected_entropy = if K == 1 {
                summary.entropy_of_mean()
            } else {
                sum(summary.point.entropy_K(), |entropy| entropy) / K as f64
            };
        }
        if summary.needs.variance {
            for ((variance, probs_K), mean) in
                summary.variance_C.iter_mut().zip(summary.point.probs_by_class()).zip(&summary.point.mean_C)
            {
                *variance = sum(probs_K, |p| (p - mean) * (p - mean)) / K as f64;
            }
        }
        if summary.needs.votes {
            summary.vote();
        }
    }
}
