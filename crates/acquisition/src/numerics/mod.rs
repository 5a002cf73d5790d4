//! The machinery below scores and batches.
//!
//! `elementary` and `quotient` have the loops that the compiler turns into vector instructions. `point`
//! reads the predictions of one point, `fused` computes all scores of it. `entropy` is the plain equation,
//! `choose` finds the largest number.

mod choose;
pub(crate) mod elementary;
mod entropy;
mod fused;
mod point;
mod quotient;

pub(crate) use choose::{argmax, draw};
pub(crate) use entropy::entropy;
pub(crate) use point::Point;
