//! What can be wrong with predictions, scores and names.

use crate::{AcquisitionFunction, Form, LOG_PROB_TOLERANCE, ROW_SUM_TOLERANCE};

/// Short for a result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why scores or picks cannot be computed. Points and rows count from 0 in the file that was given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// An axis of the predictions is too short.
    #[error(
        "predictions have shape {found:?}, expected [points, samples, classes] with at least 1 point, 1 sample and 2 classes"
    )]
    Shape {
        /// The shape [N, K, C] that was given.
        found: [usize; 3],
    },

    /// A single value is no probability, or no log-probability.
    #[error("point {point}, sample {sample}, class {class}: found {found}, expected {}", expected_value(*.form))]
    InvalidValue {
        /// Row of the point.
        point: usize,
        /// Posterior sample.
        sample: usize,
        /// Class.
        class: usize,
        /// The value there.
        found: f64,
        /// What the values were said to be.
        form: Form,
    },

    /// The probabilities of one point and sample do not sum to 1.
    #[error(
        "point {point}, sample {sample}: probabilities sum to {found}, expected 1 within {ROW_SUM_TOLERANCE}"
    )]
    RowSum {
        /// Row of the point.
        point: usize,
        /// Posterior sample.
        sample: usize,
        /// The sum of the row.
        found: f64,
    },

    /// BALD came out negative by more than rounding explains.
    #[error("point {point}: `bald` is {found}, expected at least 0 (rounding explains 1e-9)")]
    NegativeBald {
        /// Row of the point.
        point: usize,
        /// The value.
        found: f64,
    },

    /// The function needs something else than the predictions of the pool.
    #[error("`{function}` is not computed from predictions")]
    NotFromPredictions {
        /// The function that was asked for.
        function: AcquisitionFunction,
    },

    /// A score is NaN or infinite.
    #[error("score of row {row} is {found}, expected a finite number")]
    NonFiniteScore {
        /// First offending row.
        row: usize,
        /// The score there.
        found: f64,
    },

    /// More points were asked for than there are.
    #[error("batch size is {batch}, expected at most the number of points: {points}")]
    BatchTooLarge {
        /// The batch size b.
        batch: usize,
        /// The number of points N.
        points: usize,
    },
}

/// A name that no acquisition function has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown acquisition function `{name}`, expected one of: {}", .valid.join(", "))]
pub struct UnknownName {
    /// The name that was given.
    pub name: String,
    /// All names that are accepted, aliases last.
    pub valid: Vec<&'static str>,
}

fn expected_value(form: Form) -> String {
    match form {
        Form::Probs => "a finite probability of at least 0".to_owned(),
        Form::LogProbs => {
            format!("a log-probability of at most 0 (-inf is legal; tolerance {LOG_PROB_TOLERANCE})")
        }
    }
}
