//! What can be wrong with predictions, scores and names.

use crate::{AcquisitionFunction, Form, LOG_PROB_TOLERANCE, ROW_SUM_TOLERANCE};

/// Short for a result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why scores or picks cannot be computed. Points and rows count from 0 in the file that was given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    /// An axis of the predictions is too short.
    #[error(
        "predictions have shape {found:?}, expected [points, samples, classes] with at least 1 point, 1 sample and 2 classes"
    )]
    Shape { found: [usize; 3] },
    /// A single value is no probability, or no log-probability.
    #[error("point {point}, sample {sample}, class {class}: found {found}, expected {}", expected_value(*.form))]
    InvalidValue { point: usize, sample: usize, class: usize, found: f64, form: Form },
    /// The probabilities of one point and sample do not sum to 1.
    #[error(
        "point {point}, sample {sample}: probabilities sum to {found}, expected 1 within {ROW_SUM_TOLERANCE}"
    )]
    RowSum { point: usize, sample: usize, found: f64 },
    /// Information came out negative by more than rounding explains.
    #[error("point {point}: `{function}` is {found}, expected at least 0 (rounding explains 1e-9)")]
    NegativeInformation { function: AcquisitionFunction, point: usize, found: f64 },
    /// The function needs something else than the predictions of the pool.
    #[error("`{function}` is not computed from predictions")]
    NotFromPredictions { function: AcquisitionFunction },
    /// The function is about target points, and none were given.
    #[error("`{function}` needs the predictions of target points")]
    TargetsMissing { function: AcquisitionFunction },
    /// Target predictions do not come from the posterior samples and classes of the pool's.
    #[error(
        "target predictions have {found_samples} samples and {found_classes} classes, expected those of the pool: \
         {samples} and {classes}"
    )]
    TargetsDiffer { samples: usize, classes: usize, found_samples: usize, found_classes: usize },
    /// A score is NaN or infinite.
    #[error("score of row {row} is {found}, expected a finite number")]
    NonFiniteScore { row: usize, found: f64 },
    /// More points were asked for than there are.
    #[error("batch size is {batch}, expected at most the number of points: {points}")]
    BatchTooLarge { batch: usize, points: usize },
    /// Powers of negative scores mean nothing.
    #[error("score of row {row} is {found}, expected at least 0 for `power`")]
    NegativeForPower { row: usize, found: f64 },
    /// The exponent that says how greedy a drawn batch is.
    #[error("`{name}` is {found}, expected a number of at least 0")]
    Coldness { name: &'static str, found: f64 },
    /// `k_bald` is offered for pairs and triples.
    #[error("`k` of `k_bald` is {found}, expected 2 or 3")]
    KBaldOrder { found: usize },
    /// Triples grow with the square of the batch.
    #[error(
        "batch size is {batch}, expected at most {limit} for `k_bald` with k = 3: it costs b²/2 · N·K·C³, here \
         {multiplications:.0e} multiplications"
    )]
    TriplesTooMany { batch: usize, limit: usize, multiplications: f64 },
    /// An axis of the features is empty.
    #[error("features have shape {found:?}, expected [points, dimensions] with at least 1 of each")]
    FeaturesShape { found: [usize; 2] },
    /// A feature is NaN, infinite or so large that its square is.
    #[error("row {row}, column {column}: feature is {found}, expected a number between -1e150 and 1e150")]
    InvalidFeature { row: usize, column: usize, found: f64 },
    /// Features and predictions are of different points.
    #[error("features have {found} rows, expected one per row of the predictions: {expected}")]
    FeatureRows { found: usize, expected: usize },
    /// A labelled row is not among the features.
    #[error("row {row} is said to be labelled, expected a row below the number of points: {points}")]
    NoSuchRow { row: usize, points: usize },
    /// A labelled row was given more than once.
    #[error("row {row} is said to be labelled more than once")]
    LabelledTwice { row: usize },
    /// There is not one label per labelled row.
    #[error("found {found} labels, expected one per labelled row: {expected}")]
    LabelCount { found: usize, expected: usize },
    /// The labels are not of two classes.
    #[error("the labelled points have the classes {found:?}, expected exactly two classes")]
    NotTwoClasses { found: Vec<i64> },
    /// The width of a kernel is no positive number.
    #[error("the width σ of the kernel is {found}, expected a finite number above 0")]
    KernelWidth { found: f64 },
    /// Matrices of n×n numbers would not fit.
    #[error(
        "{points} points need {needed} bytes for matrices of points × points, expected at most {limit} bytes: {largest} points"
    )]
    TooManyPoints { points: usize, needed: usize, limit: usize, largest: usize },
    /// Whoever waited asked for it. See [`Watch`](crate::Watch).
    #[error("stopped before it was done")]
    Stopped,
    /// A part of the graph has no path to a label, or one too weak for double precision.
    #[error("row {row} is cut off from every label with the kernel width σ = {sigma:?}, expected a larger σ")]
    CutOff { row: usize, sigma: f64 },
}

/// A name that no acquisition function or no batch method has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{name}`, expected one of: {}", .valid.join(", "))]
pub struct UnknownName {
    /// "acquisition function" or "batch method".
    pub kind: &'static str,
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
