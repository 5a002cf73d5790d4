use super::{pairwise, triples};
use crate::{Error, JointBatch, Number, Predictions, Result};

/// Picks `b` points greedily by the k-wise approximation of their joint information; k = 2 or 3.
///
/// * k = 2: gain(n | B) = BALD_n − Σ_{j ∈ B} I(y_n; y_j).
/// * k = 3 adds Σ_{i<j ∈ B} [I(y_n; y_i) − I(y_n; y_i | y_j)], and equals exact BatchBALD up to b = 3.
///
/// # Shapes
/// In: p_nkc [N, K, C], sample k being one posterior draw for all points. Out: `b` picks. `gain` is the
/// formula above at the moment of the pick, which may be negative; `joint_mi` is the sum of the gains.
///
/// # Numerics
/// Single points of the view are read when they are needed. Equal points have equal gains to the last bit,
/// and of these the earlier row goes first. The number of threads changes nothing.
///
/// * k = 2 costs at most b·N·K·C² multiplications and O(N + b·K·C) memory. It is evaluated lazily: gains only
///   fall, so old ones are upper bounds, and the picks are those of the plain loop.
/// * k = 3 always costs b²/2·N·K·C³ multiplications and O(b·(N + K·C²)) memory.
///
/// # Errors
/// [`Error::InvalidValue`], [`Error::RowSum`] for the first offending point; [`Error::BatchTooLarge`];
/// [`Error::KBaldOrder`]; [`Error::TriplesTooMany`] for k = 3 with b above 20.
///
/// # References
/// Kirsch, *Speeding Up BatchBALD: A k-BALD Family of Approximations for Active Learning*, 2023,
/// arXiv 2301.09490.
pub fn k_bald<A: Number>(predictions: &Predictions<'_, A>, b: usize, k: usize) -> Result<JointBatch> {
    match k {
        2 => pairwise::greedy(predictions, b, 1.0),
        3 => triples::pick(predictions, b),
        _ => Err(Error::KBaldOrder { found: k }),
    }
}
