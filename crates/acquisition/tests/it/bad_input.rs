//! What is refused, and what the message says.

use bal_acquisition::{AcquisitionFunction, Error, Form, Predictions};
use ndarray::{Array3, ShapeBuilder as _};

use crate::support::{functions, fused, in_threads, plain, score_all};

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

/// The fast pass may only suspect; what is wrong, and where, is said as by the plain one.
#[test]
fn an_illegal_value_is_named_whatever_its_place_form_and_memory_order() {
    let (K, C) = (11, 3);
    let legal_probs = Array3::from_elem((1, K, C), 1.0 / C as f64);
    let bad_probs = [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e-300];
    let bad_logs = [f64::NAN, -f64::NAN, f64::INFINITY, 1.1e-3, 800.0, 1e300];
    for (form, legal, bad) in [
        (Form::Probs, legal_probs.clone(), bad_probs.as_slice()),
        (Form::LogProbs, legal_probs.mapv(f64::ln), bad_logs.as_slice()),
    ] {
        for (place, &value) in (0..K * C).flat_map(|place| bad.iter().map(move |value| (place, value))) {
            let mut rows_first = legal.clone();
            rows_first[[0, place / C, place % C]] = value;
            let mut samples_first = Array3::zeros((1, K, C).f());
            samples_first.assign(&rows_first);
            for values_N_K_C in [rows_first, samples_first] {
                let predictions = match form {
                    Form::Probs => Predictions::from_probs(values_N_K_C.view()),
                    Form::LogProbs => Predictions::from_log_probs(values_N_K_C.view()),
                }
                .unwrap();
                let expected = predictions.normalise().unwrap_err().to_string();
                assert!(expected.starts_with(&format!("point 0, sample {}", place / C)), "{expected}");
                for function in [AcquisitionFunction::Bald, AcquisitionFunction::LeastConfidence] {
                    assert_eq!(predictions.score(&[function]).unwrap_err().to_string(), expected);
                }
            }
        }
    }
}

#[test]
fn the_ends_of_what_is_legal_are_scored_as_by_the_plain_functions() {
    for log_p in [-0.0, 9e-4, -708.0, -708.1, -1e300, f64::NEG_INFINITY] {
        for class in 0..3 {
            let other = ((1.0 - f64::exp(log_p).min(1.0)) / 2.0).ln();
            let log_probs_N_K_C =
                Array3::from_shape_fn((1, 9, 3), |(.., c)| if c == class { log_p } else { other });
            let predictions = Predictions::from_log_probs(log_probs_N_K_C.view()).unwrap();
            let normalised = predictions.normalise().unwrap();
            for (score, function) in predictions.score(&functions()).unwrap().iter().zip(functions()) {
                let plain = plain(function, &normalised)[0];
                assert!((score - plain).abs() <= 1e-12, "{log_p}, {function}: {score} and {plain}");
            }
        }
    }
    let zero = |zero: f64| Array3::from_shape_fn((1, 9, 3), |(.., c)| if c == 2 { zero } else { 0.5 });
    assert_eq!(score_all(&zero(-0.0)), score_all(&zero(0.0)));
}

/// Rows are divided by their sum, not multiplied by its inverse, which may leave 1 − 1e-16.
#[test]
fn a_row_slightly_off_one_is_normalised_exactly() {
    for p in [0.9991, 0.9993, 0.9995, 0.99999, 1.0003, 1.0009] {
        let probs_N_K_C = Array3::from_shape_fn((1, 9, 3), |(.., c)| if c == 1 { p } else { 0.0 });
        for (function, expected) in
            [(AcquisitionFunction::LeastConfidence, 0.0_f64), (AcquisitionFunction::Margin, -1.0)]
        {
            assert_eq!(fused(function, &probs_N_K_C)[0].to_bits(), expected.to_bits(), "{p}");
        }
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
        in_threads(threads, || {
            for _ in 0..20 {
                assert_eq!(score_all(&probs_N_K_C).unwrap_err(), expected);
            }
        });
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
