//! Greedy picks by BALD minus the information shared with the single picks, with lazy evaluation.

use std::{cmp::Reverse, collections::BinaryHeap};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::{picked::Picked, top_k::check_batch};
use crate::{AcquisitionFunction, JointBatch, Number, Predictions, Result, numerics::Point};

/// Points that are brought up to date at once.
const POINTS_AT_ONCE: usize = 64;

/// Picks that are taken into account between two looks at a gain.
const PICKS_AT_ONCE: usize = 8;

/// gain_n = BALD_n − penalty · Σ_{j ∈ B} I(y_n; y_j), brought up to date only where it may decide a pick.
///
/// No term is negative: a gain that leaves out the last picks is an upper bound of the full one, to the last
/// bit.
pub(crate) struct PairwiseGains<'a, A> {
    predictions: Predictions<'a, A>,
    penalty: f64,
    picked: Picked,
    is_picked_N: Vec<bool>,
    bald_N: Vec<f64>,
    gain_N: Vec<f64>,
    /// How many picks the gain of a point takes into account.
    counted_N: Vec<usize>,
}

impl<'a, A: Number> PairwiseGains<'a, A> {
    /// Checks all predictions on the way.
    pub(crate) fn new(predictions: Predictions<'a, A>, b: usize, penalty: f64) -> Result<Self> {
        let (N, K, C) = predictions.values_n_K_C.dim();
        let bald_N = bald_of_all(&predictions, b)?;
        Ok(Self {
            predictions,
            penalty,
            picked: Picked::new(K, C, b),
            is_picked_N: vec![false; N],
            gain_N: bald_N.clone(),
            bald_N,
            counted_N: vec![0; N],
        })
    }

    /// The remaining point with the largest `key(row, gain)` at its up-to-date gain, and that key; of equal
    /// keys the earlier row. `None` if no point remains.
    ///
    /// `key` must not fall as the gain rises: then keys of outdated gains are upper bounds too.
    pub(crate) fn best(&mut self, key: impl Fn(usize, f64) -> f64 + Sync) -> Result<Option<(usize, f64)>> {
        let key = |row: usize, gain: f64| key(row, gain) + 0.0; // no −0
        let candidate = |row: usize, gain: f64| (order_of(key(row, gain)), Reverse(row));
        let mut heap: BinaryHeap<_> = self.remaining().map(|row| candidate(row, self.gain_N[row])).collect();
        let mut reached = f64::NEG_INFINITY; // the largest key that is up to date
        while let Some((_, Reverse(top))) = heap.pop() {
            if self.is_up_to_date(top) {
                return Ok(Some((top, key(top, self.gain_N[top]))));
            }
            let mut outdated = vec![top];
            while outdated.len() < POINTS_AT_ONCE
                && let Some(&(_, Reverse(next))) = heap.peek()
                && !self.is_up_to_date(next)
            {
                outdated.push(next);
                heap.pop();
            }
            self.bring_up_to_date(&outdated, |row, gain| key(row, gain) < reached)?;
            for row in outdated {
                if self.is_up_to_date(row) {
                    reached = reached.max(key(row, self.gain_N[row]));
                }
                heap.push(candidate(row, self.gain_N[row]));
            }
        }
        Ok(None)
    }

    /// Rows that are not picked.
    pub(crate) fn remaining(&self) -> impl Iterator<Item = usize> {
        (0..self.gain_N.len()).filter(|&row| !self.is_picked_N[row])
    }

    /// Takes `row`, whose gain is up to date, into the batch. Returns its gain, and the information that it
    /// adds in the pairwise approximation: BALD_n − Σ_{j ∈ B} I(y_n; y_j).
    pub(crate) fn pick(&mut self, row: usize) -> Result<(f64, f64)> {
        let shared = (self.bald_N[row] - self.gain_N[row]) / self.penalty;
        self.picked.push(&self.predictions.point(row)?.view());
        self.is_picked_N[row] = true;
        Ok((self.gain_N[row], self.bald_N[row] - shared))
    }

    fn is_up_to_date(&self, row: usize) -> bool {
        self.counted_N[row] == self.picked.len()
    }

    /// Takes the picks into account that the gains of `rows` leave out, until a gain is `too_small`.
    fn bring_up_to_date(
        &mut self,
        rows: &[usize],
        too_small: impl Fn(usize, f64) -> bool + Sync,
    ) -> Result<()> {
        let (_, K, C) = self.predictions.values_n_K_C.dim();
        let picks = self.picked.len();
        let gains: Vec<Result<(f64, usize)>> = rows
            .par_iter()
            .map_init(
                || Point::new(K, C),
                |point, &row| {
                    point.read(&self.predictions, row, false)?;
                    let (mut gain, mut counted) = (self.gain_N[row], self.counted_N[row]);
                    while counted < picks && !too_small(row, gain) {
                        let new = counted..picks.min(counted + PICKS_AT_ONCE);
                        counted = new.end;
                        let (probs_K_C, watch) = (point.probs_K_C(), self.predictions.watch);
                        for shared in self.picked.information(&probs_K_C, self.bald_N[row], new, watch)? {
                            gain -= self.penalty * shared;
                        }
                    }
                    Ok((gain, counted))
                },
            )
            .collect();
        for (&row, gain) in rows.iter().zip(gains) {
            (self.gain_N[row], self.counted_N[row]) = gain?;
        }
        Ok(())
    }
}

/// Picks the largest BALD_n − penalty · Σ_{j ∈ B} I(y_n; y_j) one by one.
pub(crate) fn greedy<A: Number>(
    predictions: &Predictions<'_, A>,
    b: usize,
    penalty: f64,
) -> Result<JointBatch> {
    pick_by(predictions, b, penalty, |gains, _| gains.best(|_, gain| gain))
}

/// Picks what `next(gains, place)` says, `b` times or until nothing remains.
pub(crate) fn pick_by<'a, A: Number>(
    predictions: &Predictions<'a, A>,
    b: usize,
    penalty: f64,
    next: impl Fn(&mut PairwiseGains<'a, A>, usize) -> Result<Option<(usize, f64)>>,
) -> Result<JointBatch> {
    let mut gains = PairwiseGains::new(*predictions, b, penalty)?;
    let mut batch = JointBatch::new(predictions.values_n_K_C.dim().1);
    while batch.picks.len() < b
        && let Some((row, _)) = next(&mut gains, batch.picks.len())?
    {
        let (gain, information) = gains.pick(row)?;
        batch.push(row, gain, information);
        predictions.watch.picked();
    }
    Ok(batch)
}

/// BALD of all points, every row checked, after the batch size.
pub(crate) fn bald_of_all<A: Number>(predictions: &Predictions<'_, A>, b: usize) -> Result<Vec<f64>> {
    check_batch(b, predictions.values_n_K_C.dim().0)?;
    Ok(predictions.score(&[AcquisitionFunction::Bald])?.into_raw_vec_and_offset().0)
}

/// A number for each key, in the order of [`f64::total_cmp`].
fn order_of(key: f64) -> i64 {
    let bits = key.to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64 // the lower bits of a negative number count downwards
}
