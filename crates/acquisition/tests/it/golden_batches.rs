//! `epig` and the joint batch methods against independent implementations; see `tests/golden/README.md`.

use std::num::NonZeroUsize;

use bal_acquisition::{JointBatch, Predictions, Targets, batch_bald, epig, k_bald, large_batch_bald};
use ndarray::Array1;
use serde::Deserialize;

use crate::support::{array, draw};

#[derive(Deserialize)]
struct Document {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "case")]
    name: String,
    probs_N_K_C: Vec<Vec<Vec<f64>>>,
    targets_M_K_C: Vec<Vec<Vec<f64>>>,
    batches: Vec<Batch>,
    epig: Vec<Values>,
}

#[derive(Deserialize)]
struct Batch {
    method: String,
    source: String,
    rows: Vec<usize>,
    gains: Vec<f64>,
    joint_mi: Vec<f64>,
}

#[derive(Deserialize)]
struct Values {
    source: String,
    values: Vec<f64>,
}

fn cases() -> Vec<Case> {
    let document: Document = serde_json::from_str(include_str!("../golden/batches.json")).unwrap();
    document.cases
}

fn pick<A: Copy + Into<f64> + Sync>(
    method: &str,
    predictions: &Predictions<'_, A>,
    b: usize,
) -> bal_acquisition::Result<JointBatch> {
    match method {
        "batch_bald" => batch_bald(predictions, b, NonZeroUsize::new(1_000_000).unwrap(), draw(0, 0)),
        "k_bald_2" => k_bald(predictions, b, 2),
        "k_bald_3" => k_bald(predictions, b, 3),
        "large_batch_bald" => large_batch_bald(predictions, b),
        other => panic!("no method `{other}`"),
    }
}

fn check_batches<A: Copy + Into<f64> + Sync>(case: &Case, predictions: &Predictions<'_, A>, tolerance: f64) {
    for reference in &case.batches {
        let what = format!("{}: `{}` ({})", case.name, reference.method, reference.source);
        let found = pick(&reference.method, predictions, reference.rows.len()).unwrap();
        let rows: Vec<usize> = found.picks.iter().map(|pick| pick.row).collect();
        assert_eq!(rows, reference.rows, "{what}");
        for ((pick, gain), joint_mi) in found.picks.iter().zip(&reference.gains).zip(&reference.joint_mi) {
            assert!((pick.gain - gain).abs() <= tolerance, "{what}: gain {}, expected {gain}", pick.gain);
            assert!((pick.joint_mi - joint_mi).abs() <= tolerance, "{what}: {} of {joint_mi}", pick.joint_mi);
        }
    }
}

fn check_epig(case: &Case, found_N: &Array1<f64>, tolerance: f64) {
    for reference in &case.epig {
        for (found, expected) in found_N.iter().zip(&reference.values) {
            let what = (&case.name, &reference.source);
            assert!((found - expected).abs() <= tolerance, "{what:?}: {found}, expected {expected}");
        }
    }
}

#[test]
fn f64_batches_agree_to_1e9() {
    for case in cases() {
        let probs_N_K_C = array(&case.probs_N_K_C);
        let log_probs_N_K_C = probs_N_K_C.mapv(f64::ln);
        check_batches(&case, &Predictions::from_probs(probs_N_K_C.view()).unwrap(), 1e-9);
        check_batches(&case, &Predictions::from_log_probs(log_probs_N_K_C.view()).unwrap(), 1e-9);
    }
}

#[test]
fn f32_batches_agree_to_1e6() {
    for case in cases() {
        let probs_N_K_C = array(&case.probs_N_K_C).mapv(|p| p as f32);
        let log_probs_N_K_C = array(&case.probs_N_K_C).mapv(|p| p.ln() as f32);
        check_batches(&case, &Predictions::from_probs(probs_N_K_C.view()).unwrap(), 1e-6);
        check_batches(&case, &Predictions::from_log_probs(log_probs_N_K_C.view()).unwrap(), 1e-6);
    }
}

#[test]
fn epig_agrees_to_1e9() {
    for case in cases() {
        let (probs_N_K_C, targets_M_K_C) = (array(&case.probs_N_K_C), array(&case.targets_M_K_C));
        let pool = Predictions::from_probs(probs_N_K_C.view()).unwrap();
        let targets = Predictions::from_probs(targets_M_K_C.view()).unwrap();
        check_epig(&case, &Targets::new(&targets).unwrap().epig(&pool).unwrap(), 1e-9);
        check_epig(&case, &epig(&pool.normalise().unwrap(), &targets.normalise().unwrap()).unwrap(), 1e-9);
    }
}

#[test]
fn every_quantity_has_two_sources() {
    let cases = cases();
    let from_package = |batch: &Batch| batch.source.starts_with("batchbald_redux");
    assert!(cases.iter().filter(|case| case.batches.iter().any(from_package)).count() >= 5);
    assert!(cases.iter().all(|case| case.epig.len() >= 2));
}
