use std::cmp::Ordering;

use crate::{Error, Result};

/// One picked point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// Row of the point in the scores that were given, from 0 (not its id in the data set).
    pub row: usize,
    /// What the pick was worth at the moment it was made; for `top_k` the score itself.
    pub gain: f64,
}

/// Picks the `b` points with the largest scores, best first; ties go to the earlier row.
///
/// # Shapes
/// `scores_N` one score per point; out: `b` picks in the order of their rank.
///
/// # Numerics
/// −0 and +0 tie.
///
/// # Errors
/// [`Error::NonFiniteScore`] for the first NaN or ±inf, [`Error::BatchTooLarge`] if b > N.
pub fn top_k(scores_N: &[f64], b: usize) -> Result<Vec<Pick>> {
    check_finite(scores_N)?;
    check_batch(b, scores_N.len())?;
    let mut rows: Vec<usize> = (0..scores_N.len()).collect();
    if (1..rows.len()).contains(&b) {
        rows.select_nth_unstable_by(b - 1, |&i, &j| best_first(scores_N, i, j)); // b best to the front
    }
    rows.truncate(b);
    rows.sort_unstable_by(|&i, &j| best_first(scores_N, i, j));
    Ok(rows.into_iter().map(|row| Pick { row, gain: scores_N[row] }).collect())
}

/// Whether all scores of at least two points are equal: their order then says nothing.
#[expect(clippy::float_cmp, reason = "scores tie only if they are the same number")]
pub fn all_equal(scores_N: &[f64]) -> bool {
    scores_N.len() > 1 && scores_N.windows(2).all(|pair| pair[0] == pair[1])
}

/// Larger score first, then the earlier row: a strict order, so that unstable sorts have one result.
pub(crate) fn best_first(scores_N: &[f64], i: usize, j: usize) -> Ordering {
    let (a, b) = (scores_N[i] + 0.0, scores_N[j] + 0.0); // −0 + 0 = +0: the total order tells them apart
    b.total_cmp(&a).then(i.cmp(&j))
}

pub(crate) fn check_finite(scores_N: &[f64]) -> Result<()> {
    match scores_N.iter().position(|score| !score.is_finite()) {
        Some(row) => Err(Error::NonFiniteScore { row, found: scores_N[row] }),
        None => Ok(()),
    }
}

pub(crate) fn check_batch(b: usize, points: usize) -> Result<()> {
    if b > points { Err(Error::BatchTooLarge { batch: b, points }) } else { Ok(()) }
}
