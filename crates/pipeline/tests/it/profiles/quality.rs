//! Accuracy, NLL and Brier score of the last round's network, from its predictions of the test half.

use std::path::Path;

use bal_artifact::tables::{CalibrationBin, Quality};
use bal_artifact::{Inputs, Manifest, Staging, file, read_labels};
use bal_testkit::turned_dataset;
use ndarray::{Array1, Array3};

use super::experiment::{Experiment, Run, bal, probs};
use super::plain;

/// How far the same sums by another path may take a mean.
const CLOSE: f64 = 1e-6;

pub(crate) fn check(experiment: &Experiment) {
    for run in &experiment.runs {
        let labels = read_labels(&run.data, file::TEST_LABELS, run.details.classes.len()).unwrap();
        for (number, round) in (0..).zip(&run.rounds) {
            let Quality { accuracy, nll, brier, ece } = round.metrics.test;
            let right = accuracy * labels.len() as f64;
            assert!((right - right.round()).abs() < CLOSE, "{}: {right} test points are right", run.name());
            assert!(
                nll >= 0.0 && (0.0..=2.0).contains(&brier) && (0.0..=1.0).contains(&ece),
                "{}",
                run.name()
            );
            check_bins(&run.folder.artifact("train", number), &round.metrics.test, labels.len());
        }
        // Masks are drawn for evaluation alone: only what draws none can be predicted once more.
        if let Some(posterior) = without_masks(run) {
            let expected = quality(&predictions(experiment, run, posterior, labels.len()), &labels);
            let Quality { accuracy, nll, brier, .. } = run.rounds.last().unwrap().metrics.test;
            for (found, expected) in [accuracy, nll, brier].into_iter().zip(expected) {
                assert!((found - expected).abs() < CLOSE, "{}: {found}, not {expected}", run.name());
            }
        }
    }
}

/// The bins hold all test points, and give accuracy and calibration error once more.
fn check_bins(train: &Path, test: &Quality, points: usize) {
    let bins = CalibrationBin::read_all(&train.join(file::CALIBRATION)).unwrap();
    let sum = |value: fn(&CalibrationBin) -> f64| {
        bins.iter().map(|bin| bin.points as f64 * value(bin)).sum::<f64>() / points as f64
    };
    assert_eq!(bins.iter().map(|bin| bin.points).sum::<u64>() as usize, points);
    assert!((sum(|bin| bin.accuracy) - test.accuracy).abs() < CLOSE);
    assert!((sum(|bin| (bin.confidence - bin.accuracy).abs()) - test.ece).abs() < CLOSE);
    for (number, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.points > 0) {
        let [lower, upper] = [number, number + 1].map(|end| end as f64 / bins.len() as f64);
        // A Gaussian field may go beyond 1 by a rounding.
        assert!(bin.confidence > lower - CLOSE && bin.confidence <= upper + CLOSE, "{number}: {bin:?}");
    }
}

/// What a run is evaluated by, if no mask is drawn for it.
fn without_masks(run: &Run) -> Option<&'static str> {
    let train = run.config("train");
    if train["network"] == "gaussian_field" {
        return None;
    }
    let of_members = if train["members"].as_u64().unwrap_or(1) > 1 { "deep_ensemble" } else { "mc_dropout" };
    match train["evaluate"]["posterior"].as_str().unwrap_or(of_members) {
        "deterministic" => Some("deterministic"),
        "deep_ensemble" => Some("deep_ensemble"),
        _ => None,
    }
}

/// Probabilities [N, K, C] of the test half, by `bal score` on a data set whose training half it is.
fn predictions(experiment: &Experiment, run: &Run, posterior: &str, points: usize) -> Array3<f64> {
    let last = run.rounds.len() as u64 - 1;
    let [data, pool, out] =
        ["data", "pool", "out"].map(|part| experiment.path(&format!("turned/{}/{part}", run.name())));
    turned_dataset(&run.data, &data);
    let mut staging = Staging::new(&pool, "split", &[]).unwrap();
    staging.array("pool", &(0..points as i64).collect::<Array1<i64>>()).unwrap();
    staging.publish(Manifest::new("split", 1, serde_json::json!({}), Inputs::new(&pool))).unwrap();
    let (model, pool) = (run.folder.artifact("train", last).join(file::MODEL), pool.join(file::POOL));
    let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let words = [
        "score".to_owned(),
        "--model".to_owned(),
        path(&model),
        "--data".to_owned(),
        path(&data),
        "--pool".to_owned(),
        path(&pool),
        "--out".to_owned(),
        path(&out),
    ];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let settings = ["--posterior", posterior, "--acquisition", "max_entropy", "--write-log-probs"];
    bal(&experiment.path("."), &[words.as_slice(), &settings].concat());
    probs(&out.join(file::LOG_PROBS)).unwrap()
}

/// Accuracy, NLL and Brier score of mean predictions.
fn quality(probs: &Array3<f64>, labels: &[i64]) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for (p, &label) in probs.outer_iter().zip(labels) {
        let (mean, label) = (plain::mean(p), label as usize);
        let squared = |(class, p): (usize, &f64)| if class == label { (p - 1.0).powi(2) } else { p * p };
        let brier: f64 = mean.iter().enumerate().map(squared).sum();
        let of_point = [if plain::argmax(&mean) == label { 1.0 } else { 0.0 }, -mean[label].ln(), brier];
        sums.iter_mut().zip(of_point).for_each(|(sum, value)| *sum += value);
    }
    sums.map(|sum| sum / labels.len() as f64)
}
