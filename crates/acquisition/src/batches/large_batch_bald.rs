//! `large_batch_bald` and `power_large_batch_bald`: BALD minus twice what a point shares with the batch.

use bal_stream::{Draw, Purpose};

use super::pairwise::{greedy, pick_by};
use super::stochastic::{check_coldness, gumbel};
use crate::{JointBatch, Number, Predictions, Result};

/// What two points share is counted once for each of them.
const PENALTY: f64 = 2.0;

/// Picks `b` points greedily by Σ_i I(y_i; ω) − Σ_i Σ_{j≠i} I(y_i; y_j), over ordered pairs:
/// gain(n | B) = BALD_n − 2 Σ_{j ∈ B} I(y_n; y_j).
///
/// # Shapes
/// In: p_nkc [N, K, C], sample k being one posterior draw for all points. Out: `b` picks. `gain` is the
/// formula above at the moment of the pick, which may be negative. `joint_mi` sums BALD_n − Σ_{j ∈ B} I(y_n;
/// y_j), the pairwise approximation of the batch's information.
///
/// # Numerics
/// As [`k_bald`](crate::k_bald()) with k = 2.
///
/// # Errors
/// `Error::InvalidValue`, `Error::RowSum` for the first offending point; `Error::BatchTooLarge`.
///
/// # References
/// Rubashevskii, Kotova & Panov, *Scalable Batch Acquisition for Deep Bayesian Active Learning*, 2023,
/// arXiv 2301.05490.
pub fn large_batch_bald<A: Number>(predictions: &Predictions<'_, A>, b: usize) -> Result<JointBatch> {
    greedy(predictions, b, PENALTY)
}

/// [`large_batch_bald`] with every pick drawn from the remaining points in proportion to max(gain, 0)^α, or
/// uniformly if no gain is positive.
///
/// α = 0 draws uniformly, α = ∞ is [`large_batch_bald`]; the authors' code has α = 5. Pick i is drawn from
/// the stream `power_large_batch_bald` of (seed, round, i), one draw per row.
///
/// # Numerics
/// Drawn as the largest α log gain + Gumbel(0, 1). Gains only fall, so this too is evaluated lazily.
///
/// # Errors
/// As [`large_batch_bald`], and `Error::Coldness` for an α that is negative or NaN.
///
/// # References
/// As [`large_batch_bald`].
pub fn power_large_batch_bald<A: Number>(
    predictions: &Predictions<'_, A>,
    b: usize,
    alpha: f64,
    draw: Draw,
) -> Result<JointBatch> {
    check_coldness("alpha", alpha)?;
    if alpha == f64::INFINITY {
        return large_batch_bald(predictions, b);
    }
    let N = predictions.values_n_K_C.dim().0;
    pick_by(predictions, b, PENALTY, |gains, place| {
        let gumbel_N = gumbel(&mut draw.stream(Purpose::PowerLargeBatchBald, place as u64), N);
        let key = |row: usize, gain: f64| match alpha {
            0.0 => gumbel_N[row],
            _ => alpha * gain.max(0.0).ln() + gumbel_N[row],
        };
        match gains.best(key)? {
            // no gain is positive
            Some((_, f64::NEG_INFINITY)) => gains.best(|row, _| gumbel_N[row]),
            drawn => Ok(drawn),
        }
    })
}
