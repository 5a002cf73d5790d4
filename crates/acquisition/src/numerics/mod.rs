//! The machinery below scores and batches: loops that the compiler turns into vector instructions.
//!
//! `elementary` has logarithm, exponential and sums, `quotient` division; `point` reads the predictions of one point,
//! and `fused` computes all scores of it. `entropy` is the plain
//! equation, `choose` finds the largest number.

mod choose;
pub(crate) mod elementary;
mod entropy;
mod fused;
mod point;
mod quotient;

pub(crate) use choose::{argmax, draw};
pub(crate) use entropy::entropy;
pub(crate) use point::Point;
