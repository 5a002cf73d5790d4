//! Scores against the values of independent implementations; see `tests/golden/README.md`.

use bal_acquisition::{AcquisitionFunction, Predictions};
use ndarray::{Array1, Array3};
use serde::Deserialize;

use crate::support::{array, functions, normalised, plain, position};

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "case")]
    name: String,
    probs_N_K_C: Vec<Vec<Vec<f64>>>,
    scores: Vec<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    function: String,
    source: String,
    values: Vec<f64>,
}

const CASES: [&str; 10] = [
    include_str!("../golden/duplicated.json"),
    include_str!("../golden/off_by_less_than_a_thousandth.json"),
    include_str!("../golden/one_sample.json"),
    include_str!("../golden/peaked_c10.json"),
    include_str!("../golden/peaked_c2.json"),
    include_str!("../golden/peaked_c47.json"),
    include_str!("../golden/random_c10.json"),
    include_str!("../golden/random_c2.json"),
    include_str!("../golden/random_c47.json"),
    include_str!("../golden/zero_probability.json"),
];

fn cases() -> impl Iterator<Item = (Case, Array3<f64>)> {
    CASES.iter().map(|text| {
        let case: Case = serde_json::from_str(text).unwrap();
        let probs_N_K_C = array(&case.probs_N_K_C);
        (case, probs_N_K_C)
    })
}

impl Case {
    /// Holds `score(function)` against every source.
    fn check(&self, what: &str, tolerance: f64, score: impl Fn(AcquisitionFunction) -> Array1<f64>) {
        for reference in &self.scores {
            let score_N = score(AcquisitionFunction::parse(&reference.function).unwrap());
            assert_eq!(score_N.len(), reference.values.len());
            for (n, (found, expected)) in score_N.iter().zip(&reference.values).enumerate() {
                assert!(
                    (found - expected).abs() <= tolerance,
                    "{}, {what}, point {n}: `{}` is {found}, expected {expected} ({})",
                    self.name,
                    reference.function,
                    reference.source
                );
            }
        }
    }

    fn check_fused<A>(&self, what: &str, tolerance: f64, predictions: &Predictions<'_, A>)
    where
        A: Copy + Into<f64> + Sync,
    {
        let scores_N_F = predictions.score(&functions()).unwrap();
        self.check(what, tolerance, |function| scores_N_F.column(position(function)).to_owned());
    }
}

#[test]
fn every_score_has_a_reference() {
    for (case, _) in cases() {
        for function in functions() {
            let sources =
                case.scores.iter().filter(|reference| reference.function == function.name()).count();
            assert!(sources >= 2, "{}: {function} has {sources} sources", case.name);
        }
    }
}

#[test]
fn inputs_of_every_form_and_type_agree() {
    for (case, probs) in cases() {
        let log_probs = probs.mapv(f64::ln);
        let (narrow, narrow_logs) = (probs.mapv(|p| p as f32), log_probs.mapv(|p| p as f32));
        case.check_fused("f64", 1e-9, &Predictions::from_probs(probs.view()).unwrap());
        case.check_fused("f64 logarithms", 1e-9, &Predictions::from_log_probs(log_probs.view()).unwrap());
        case.check_fused("f32", 1e-6, &Predictions::from_probs(narrow.view()).unwrap());
        case.check_fused("f32 logarithms", 1e-6, &Predictions::from_log_probs(narrow_logs.view()).unwrap());
    }
}

#[test]
fn plain_functions_agree() {
    for (case, probs_N_K_C) in cases() {
        let normalised = normalised(&probs_N_K_C);
        case.check("plain", 1e-9, |function| plain(function, &normalised));
    }
}
