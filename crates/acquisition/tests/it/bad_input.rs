//! What is refused, and what the message says.

use bal_acquisition::{AcquisitionFunction, Error, Form, Predictions};
use ndarray::Array3;

use crate::support::{functions, score_all};

/// [3, 2, 2] of valid probabilities with one value replaced.
fn with(place: [usize; 3], value: f64) -> Array3<f64> {
    let mut probs_N_K_C = Array3::from_elem((3, 2, 2), 0.5);
    probs_N_K_C[place] = value;
    probs_N_K_C
}

fn score_logs(log_probs_N_K_C: &Array3<f64>) -> Result<ndarray::Array2<f64>, Error> {
    Predictions::from_log_probs(log_probs_N_K_C.view())?.score(&functions())
}

#[test]
fn a_value_that_is_no_probability_is_named() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e-12] {
        let error = score_all(&with([1, 0, 1], value)).unwrap_err();
        assert!(matches!(
            error,
            Error::InvalidValue { point: 1, sample: 0, class: 1, form: Form::Probs, .. }
        ));
        assert_eq!(
            error.to_string(),
            format!("point 1, sample 0, class 1: found {value}, expected a finite probability of at least 0")
        );
    }
}

#[test]
fn a_row_that_does_not_sum_to_one_is_named() {
    let error = score_all(&with([2, 1, 0], 0.75)).unwrap_err();
    assert_eq!(error, Error::RowSum { point: 2, sample: 1, found: 1.25 });
    assert_eq!(error.to_string(), "point 2, sample 1: probabilities sum to 1.25, expected 1 within 0.001");
}

#[test]
fn the_tolerance_of_a_row_is_one_thousandth() {
    for off in [-1.1e-3, 1.1e-3] {
        assert!(matches!(
            score_all(&with([0, 0, 0], 0.5 + off)),
            Err(Error::RowSum { point: 0, sample: 0, .. })
        ));
    }
    for off in [-0.9e-3, 0.9e-3] {
        assert!(score_all(&with([0, 0, 0], 0.5 + off)).is_ok());
    }
}

#[test]
fn the_first_offending_row_is_named_on_any_number_of_threads() {
    let mut probs_N_K_C = Array3::from_elem((5000, 3, 4), 0.25);
    for n in [37, 38, 2500, 4999] {
        probs_N_K_C[[n, 2, 1]] = f64::NAN;
        probs_N_K_C[[n, 1, 0]] = 0.5;
    }
    let expected = Error::RowSum { point: 37, sample: 1, found: 1.25 };
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for _ in 0..20 {
            assert_eq!(pool.install(|| score_all(&probs_N_K_C)).unwrap_err(), expected);
        }
    }
    let predictions = Predictions::from_probs(probs_N_K_C.view()).unwrap();
    assert_eq!(predictions.normalise().unwrap_err(), expected);
}

#[test]
fn errors_count_points_from_the_start_of_the_file() {
    let probs_n_K_C = with([1, 1, 0], -0.5);
    let tile = Predictions::from_probs(probs_n_K_C.view()).unwrap().starting_at(1000);
    for error in [tile.score(&functions()).unwrap_err(), tile.normalise().unwrap_err()] {
        assert!(matches!(error, Error::InvalidValue { point: 1001, sample: 1, class: 0, .. }));
    }
}

#[test]
fn log_zero_is_legal_and_nan_and_plus_inf_are_not() {
    let mut log_probs_N_K_C = Array3::from_elem((2, 2, 2), 0.5_f64.ln());
    log_probs_N_K_C[[0, 0, 0]] = f64::NEG_INFINITY;
    log_probs_N_K_C[[0, 0, 1]] = 0.0;
    assert!(score_logs(&log_probs_N_K_C).unwrap().iter().all(|score| score.is_finite()));
    for value in [f64::NAN, f64::INFINITY, 0.0011] {
        log_probs_N_K_C[[0, 0, 1]] = value;
        let error = score_logs(&log_probs_N_K_C).unwrap_err();
        assert!(matches!(
            error,
            Error::InvalidValue { point: 0, sample: 0, class: 1, form: Form::LogProbs, .. }
        ));
        assert!(error.to_string().contains("expected a log-probability of at most 0"), "{error}");
    }
}

#[test]
fn a_row_of_log_zeros_sums_to_zero() {
    let log_probs_N_K_C = Array3::from_elem((1, 1, 2), f64::NEG_INFINITY);
    assert_eq!(score_logs(&log_probs_N_K_C).unwrap_err(), Error::RowSum { point: 0, sample: 0, found: 0.0 });
}

#[test]
fn axes_that_are_too_short_are_refused() {
    for shape in [(0, 3, 10), (5, 0, 10), (5, 3, 1), (5, 3, 0)] {
        let empty = Array3::<f32>::zeros(shape);
        let error = Predictions::from_probs(empty.view()).unwrap_err();
        assert_eq!(error, Error::Shape { found: [shape.0, shape.1, shape.2] });
    }
}

#[test]
fn random_is_refused_with_its_name() {
    let probs_N_K_C = Array3::from_elem((1, 1, 2), 0.5_f32);
    let asked = [AcquisitionFunction::Bald, AcquisitionFunction::Random];
    let error = Predictions::from_probs(probs_N_K_C.view()).unwrap().score(&asked).unwrap_err();
    assert_eq!(error.to_string(), "`random` is not computed from predictions");
}

#[test]
fn errors_and_predictions_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Error>();
    crosses::<Predictions<'_, f32>>();
}
