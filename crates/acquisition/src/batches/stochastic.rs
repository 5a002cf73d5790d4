//! `power`, `softmax`, `softrank`: batches drawn from scores, so that they do not all ask the same question.

use bal_stream::{Draw, Purpose, Stream};

use super::top_k::{best_first, check_batch, check_finite, top_k};
use crate::{Error, Pick, Result};

/// Draws `b` points in proportion to s_n^β, without replacement: the `b` largest of log s_n + ε_n with
/// ε ~ Gumbel(0, 1/β).
///
/// Scores of 0 come last, in random order. β = 0 draws uniformly from all points, β = ∞ is
/// [`top_k`](crate::top_k()).
///
/// # Shapes
/// `scores_N` one score per point; out: `b` picks in the order they were drawn, `gain` is the score.
/// Noise is drawn from the stream `stochastic_batch` of (seed, round), one draw per row.
///
/// # Numerics
/// Computed as β log s_n + Gumbel(0, 1), the same up to the factor β, which changes no order.
///
/// # Errors
/// [`Error::NegativeForPower`] for a score below 0, whatever β is; [`Error::Coldness`] for a β that is
/// negative or NaN; [`Error::NonFiniteScore`], [`Error::BatchTooLarge`].
///
/// # References
/// Kirsch, Farquhar, Atighehchian, Jesson, Branchaud-Charron & Gal, *Stochastic Batch Acquisition: A Simple
/// Baseline for Deep Active Learning*, 2023, arXiv 2106.12059.
pub fn power(scores_N: &[f64], b: usize, beta: f64, draw: Draw) -> Result<Vec<Pick>> {
    check_finite(scores_N)?;
    if let Some(row) = scores_N.iter().position(|&score| score < 0.0) {
        return Err(Error::NegativeForPower { row, found: scores_N[row] });
    }
    perturbed(scores_N, b, beta, draw, |_, score| score.ln())
}

/// Draws `b` points in proportion to exp(β s_n), without replacement: the `b` largest of s_n + ε_n with
/// ε ~ Gumbel(0, 1/β).
///
/// Everything else as in [`power`], but scores may be negative.
///
/// # Errors
/// [`Error::Coldness`], [`Error::NonFiniteScore`], [`Error::BatchTooLarge`].
///
/// # References
/// As [`power`].
pub fn softmax(scores_N: &[f64], b: usize, beta: f64, draw: Draw) -> Result<Vec<Pick>> {
    perturbed(scores_N, b, beta, draw, |_, score| score)
}

/// Draws `b` points in proportion to rank_n^−β, without replacement: the `b` largest of −log rank_n + ε_n,
/// ε ~ Gumbel(0, 1/β). Rank 1 is the largest score; of equal scores the earlier row ranks first.
///
/// Everything else as in [`power`], but only the order of the scores matters, and they may be negative.
///
/// # Errors
/// [`Error::Coldness`], [`Error::NonFiniteScore`], [`Error::BatchTooLarge`].
///
/// # References
/// As [`power`].
pub fn softrank(scores_N: &[f64], b: usize, beta: f64, draw: Draw) -> Result<Vec<Pick>> {
    check_finite(scores_N)?;
    let mut order: Vec<usize> = (0..scores_N.len()).collect();
    order.sort_unstable_by(|&i, &j| best_first(scores_N, i, j));
    let mut rank_N = vec![0; scores_N.len()];
    for (place, row) in order.into_iter().enumerate() {
        rank_N[row] = place + 1;
    }
    perturbed(scores_N, b, beta, draw, |row, _| -(rank_N[row] as f64).ln())
}

/// The `b` largest of β · value(row, score) + Gumbel(0, 1), with the scores as gains.
fn perturbed(
    scores_N: &[f64],
    b: usize,
    beta: f64,
    draw: Draw,
    value: impl Fn(usize, f64) -> f64,
) -> Result<Vec<Pick>> {
    check_coldness("beta", beta)?;
    if beta == f64::INFINITY {
        return top_k(scores_N, b);
    }
    check_finite(scores_N)?;
    check_batch(b, scores_N.len())?;
    let gumbel_N = gumbel(&mut draw.stream(Purpose::StochasticBatch, 0), scores_N.len());
    // log 0 comes after all others, in random order
    let key = |row: usize| match value(row, scores_N[row]) {
        _ if beta == 0.0 => (true, gumbel_N[row]),
        f64::NEG_INFINITY => (false, gumbel_N[row]),
        value => (true, beta * value + gumbel_N[row]),
    };
    let mut keys: Vec<_> = (0..scores_N.len()).map(|row| (key(row), row)).collect();
    keys.sort_unstable_by(|((possible_i, i), row_i), ((possible_j, j), row_j)| {
        possible_j.cmp(possible_i).then(j.total_cmp(i)).then(row_i.cmp(row_j))
    });
    Ok(keys.into_iter().take(b).map(|(_, row)| Pick { row, gain: scores_N[row] }).collect())
}

/// `n` draws from Gumbel(0, 1): −log(−log u).
pub(crate) fn gumbel(stream: &mut Stream, n: usize) -> Vec<f64> {
    stream.uniform(n).into_iter().map(|u| -(-u.max(f64::MIN_POSITIVE).ln()).ln()).collect()
}

pub(crate) fn check_coldness(name: &'static str, found: f64) -> Result<()> {
    if found >= 0.0 { Ok(()) } else { Err(Error::Coldness { name, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gumbel_noise_has_its_mean_and_variance() {
        let draws = gumbel(&mut Stream::of_test("test", 0, 0), 100_000);
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 1e5;
        let expected = std::f64::consts::PI.powi(2) / 6.0;
        // four standard errors; the kurtosis of a Gumbel distribution is 5.4
        assert!((mean - 0.577_215_664_9).abs() < 4.0 * (expected / 1e5).sqrt(), "mean {mean}");
        assert!((variance - expected).abs() < 4.0 * expected * (4.4_f64 / 1e5).sqrt(), "variance {variance}");
    }
}
