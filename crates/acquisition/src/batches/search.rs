//! The search for the point with the largest joint gain, which leaves out the points that cannot have it.

use ndarray::{Array2, aview1, s};
use rayon::{iter::ParallelIterator as _, slice::ParallelSlice as _};

use super::{configurations::Configurations, top_k::best_first};
use crate::{Number, Predictions, Result, numerics::Point};

/// Points whose predictions form one product: for K = 100 and C = 10 they fill 64 kB of cache.
const POINTS_PER_PRODUCT: usize = 8;

/// Points whose gains are computed between two looks at the bounds.
const POINTS_AT_ONCE: usize = 8 * POINTS_PER_PRODUCT;

/// How far rounding may lift a gain above its upper bound.
const ROUNDING: f64 = 1e-11;

/// What is known about the gains of all points.
pub(crate) struct Search<'a, A> {
    predictions: Predictions<'a, A>,
    bald_N: Vec<f64>,
    is_picked_N: Vec<bool>,
    /// Upper bounds of the exact gains, now and for any larger batch.
    exact_bound_N: Vec<f64>,
    /// The numbers computed last: where to look first, no more than that.
    guess_N: Vec<f64>,
}

/// One search: what it has found, and what is still to be looked at.
struct Round {
    /// Row and gain.
    best: Option<(usize, f64)>,
    /// Most that the gain of a point can be by its BALD: a gain beyond it is rounding.
    cap_N: Vec<f64>,
    bound_N: Vec<f64>,
    is_open_N: Vec<bool>,
}

impl<'a, A: Number> Search<'a, A> {
    pub(crate) fn new(predictions: Predictions<'a, A>, bald_N: Vec<f64>) -> Self {
        Self {
            predictions,
            is_picked_N: vec![false; bald_N.len()],
            exact_bound_N: bald_N.clone(),
            guess_N: bald_N.clone(),
            bald_N,
        }
    }

    pub(crate) fn pick(&mut self, row: usize) {
        self.is_picked_N[row] = true;
    }

    /// The remaining point with the largest gain, of equal ones the earliest row, and its gain; `None` if no
    /// point remains. `are_all` says that no possible configuration is left out.
    ///
    /// Where the labels of the batch leave less unknown than [`ROUNDING`], bounds would leave out no point
    /// any more: gains then count as 0.
    pub(crate) fn best(
        &mut self,
        configurations: &Configurations,
        are_all: bool,
    ) -> Result<Option<(usize, f64)>> {
        if configurations.uncertainty() <= ROUNDING {
            return Ok(self.is_picked_N.iter().position(|picked| !picked).map(|row| (row, 0.0)));
        }
        let mut round = self.begin(configurations, are_all);

        let mut guesses = round.open();
        let first = POINTS_AT_ONCE.min(guesses.len());
        if first < guesses.len() {
            guesses.select_nth_unstable_by(first, |&i, &j| best_first(&self.guess_N, i, j));
        }
        self.compute(&guesses[..first], configurations, &mut round)?;

        let merged = configurations.merged();
        if configurations.len() > 2 * merged.len() {
            let rows = round.candidates();
            for (&row, gain) in rows.iter().zip(self.gains(&merged, &rows)?) {
                round.bound_N[row] = round.bound_N[row].min(gain);
                self.guess_N[row] = gain;
            }
        }

        let mut rows = round.candidates();
        rows.sort_unstable_by(|&i, &j| best_first(&round.bound_N, i, j));
        for rows in rows.chunks(POINTS_AT_ONCE) {
            if round.can_be_best(rows[0]) {
                self.compute(rows, configurations, &mut round)?;
            }
        }
        if are_all {
            self.exact_bound_N = round.bound_N;
        }
        Ok(round.best)
    }

    fn begin(&self, configurations: &Configurations, are_all: bool) -> Round {
        let (cap_N, bound_N) = if are_all {
            (self.bald_N.clone(), self.exact_bound_N.clone())
        } else {
            let mean_weights_K = configurations.mean_weights_K();
            let largest = mean_weights_K.iter().copied().fold(0.0, f64::max);
            let ratio = mean_weights_K.len() as f64 * largest;
            let cap_N: Vec<f64> = self.bald_N.iter().map(|bald| ratio * bald).collect();
            (cap_N.clone(), cap_N)
        };
        let is_open_N = self.is_picked_N.iter().map(|picked| !picked).collect();
        Round { best: None, cap_N, bound_N, is_open_N }
    }

    /// Computes the gains of `rows`.
    fn compute(&mut self, rows: &[usize], configurations: &Configurations, round: &mut Round) -> Result<()> {
        for (&row, gain) in rows.iter().zip(self.gains(configurations, rows)?) {
            let gain = gain.min(round.cap_N[row]);
            self.guess_N[row] = gain;
            round.bound_N[row] = round.bound_N[row].min(gain);
            round.is_open_N[row] = false;
            round.offer(row, gain);
        }
        Ok(())
    }

    fn gains(&self, configurations: &Configurations, rows: &[usize]) -> Result<Vec<f64>> {
        let (_, K, C) = self.predictions.values_n_K_C.dim();
        let gains: Vec<Result<Vec<f64>>> = rows
            .par_chunks(POINTS_PER_PRODUCT)
            .map_init(
                || {
                    let probs_nC_K = Array2::zeros((POINTS_PER_PRODUCT * C, K));
                    (Point::new(K, C), probs_nC_K, Array2::zeros((POINTS_PER_PRODUCT, K)))
                },
                |(point, probs_nC_K, entropy_n_K), rows| {
                    for (place, &row) in rows.iter().enumerate() {
                        point.read(&self.predictions, row, true)?;
                        let probs_K_C = point.probs_K_C();
                        probs_nC_K.slice_mut(s![place * C..(place + 1) * C, ..]).assign(&probs_K_C.t());
                        entropy_n_K.row_mut(place).assign(&aview1(point.entropy_K()));
                    }
                    let probs_nC_K = probs_nC_K.slice(s![..rows.len() * C, ..]);
                    let entropy_n_K = entropy_n_K.slice(s![..rows.len(), ..]);
                    configurations.gains(&probs_nC_K, &entropy_n_K, self.predictions.watch)
                },
            )
            .collect();
        let gains: Vec<Vec<f64>> = gains.into_iter().collect::<Result<_>>()?;
        Ok(gains.concat())
    }
}

impl Round {
    /// Keeps the larger gain, of equal ones the earlier row.
    fn offer(&mut self, row: usize, gain: f64) {
        let is_better = self.best.is_none_or(|(best, best_gain)| {
            gain.total_cmp(&best_gain).then(best.cmp(&row)).is_gt() // gains are +0 or positive
        });
        if is_better {
            self.best = Some((row, gain));
        }
    }

    /// Rows that are neither picked nor computed.
    fn open(&self) -> Vec<usize> {
        (0..self.is_open_N.len()).filter(|&row| self.is_open_N[row]).collect()
    }

    /// Those of them whose gain may turn out to be the largest.
    fn candidates(&self) -> Vec<usize> {
        self.open().into_iter().filter(|&row| self.can_be_best(row)).collect()
    }

    fn can_be_best(&self, row: usize) -> bool {
        self.best.is_none_or(|(_, gain)| self.bound_N[row] + ROUNDING >= gain)
    }
}
