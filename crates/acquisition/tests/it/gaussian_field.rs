//! The Gaussian random field and its queries: against numpy and against solving again for every query.

use bal_acquisition::{Error, GaussianField, Harmonic, Pick, Unwatched};
use ndarray::{Array2, Axis, array};
use proptest::prelude::*;
use serde::Deserialize;

use crate::support::{in_threads, matrix, rows};

const MEMORY: usize = 1 << 30;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    features_N_D: Vec<Vec<f64>>,
    labelled: Vec<usize>,
    labels: Vec<i64>,
    sigma_given: Option<f64>,
    sigma: f64,
    field: Vec<f64>,
    risk: f64,
    rows: Vec<usize>,
    gains: Vec<f64>,
}

#[test]
fn field_risk_and_queries_of_dense_solves_in_numpy() {
    let golden: Golden =
        serde_json::from_str(include_str!("../golden/features_gaussian_field.json")).unwrap();
    for case in golden.cases {
        let features_N_D = matrix(&case.features_N_D);
        let field = GaussianField::new(
            features_N_D.view(),
            &case.labelled,
            &case.labels,
            case.sigma_given,
            MEMORY,
            &Unwatched,
        )
        .unwrap();
        assert!((field.sigma() - case.sigma).abs() < 1e-12);
        for (f, expected) in field.field_N().iter().zip(&case.field) {
            assert!((f - expected).abs() < 1e-9, "f is {f}, expected {expected}");
        }
        assert!((field.risk() - case.risk).abs() < 1e-9);
        let alone = Harmonic::new(
            features_N_D.view(),
            &case.labelled,
            &case.labels,
            case.sigma_given,
            MEMORY,
            &Unwatched,
        )
        .unwrap();
        assert_eq!((alone.sigma().to_bits(), alone.classes()), (field.sigma().to_bits(), field.classes()));
        for (f, expected) in alone.field_N().iter().zip(&case.field) {
            assert!((f - expected).abs() < 1e-9, "f is {f} without the inverse, expected {expected}");
        }
        let picks = field.minimum_bayes_risk(case.rows.len(), &Unwatched).unwrap();
        assert_eq!(rows(&picks), case.rows);
        for (pick, gain) in picks.iter().zip(&case.gains) {
            assert!((pick.gain - gain).abs() < 1e-9, "{pick:?}, expected {gain}");
        }
    }
}

/// The harmonic function by Gaussian elimination without any matrix inverse: f of the points in `open`, where
/// every other point has the value in `known_N`.
fn harmonic(weight_N_N: &Array2<f64>, known_N: &[f64], open: &[usize]) -> Vec<f64> {
    let N = weight_N_N.nrows();
    let n = open.len();
    let mut system: Array2<f64> = Array2::zeros((n, n + 1));
    for (a, &i) in open.iter().enumerate() {
        for j in (0..N).filter(|&j| j != i) {
            system[[a, a]] += weight_N_N[[i, j]];
            match open.iter().position(|&other| other == j) {
                Some(b) => system[[a, b]] -= weight_N_N[[i, j]],
                None => system[[a, n]] += weight_N_N[[i, j]] * known_N[j],
            }
        }
    }
    for pivot in 0..n {
        for row in (0..n).filter(|&row| row != pivot) {
            let factor = system[[row, pivot]] / system[[pivot, pivot]];
            for column in pivot..=n {
                system[[row, column]] -= factor * system[[pivot, column]];
            }
        }
    }
    (0..n).map(|a| system[[a, n]] / system[[a, a]]).collect()
}

/// Expected risk of every open point, by solving again with each of its labels.
fn expected_risks(weight_N_N: &Array2<f64>, field_N: &[f64], open: &[usize]) -> Vec<(usize, f64)> {
    let risk = |k: usize, label: f64| {
        let mut known_N = field_N.to_vec();
        known_N[k] = label;
        let rest: Vec<usize> = open.iter().copied().filter(|&i| i != k).collect();
        harmonic(weight_N_N, &known_N, &rest).iter().map(|&f| f.min(1.0 - f)).sum::<f64>()
    };
    open.iter().map(|&k| (k, (1.0 - field_N[k]) * risk(k, 0.0) + field_N[k] * risk(k, 1.0))).collect()
}

fn weights(features_N_D: &Array2<f64>, sigma: f64) -> Array2<f64> {
    Array2::from_shape_fn((features_N_D.nrows(), features_N_D.nrows()), |(i, j)| {
        let difference = &features_N_D.row(i) - &features_N_D.row(j);
        (-difference.dot(&difference) / (sigma * sigma)).exp()
    })
}

proptest! {
    #[test]
    fn every_query_of_a_batch_is_the_best_when_all_are_tried(
        coordinates in prop::collection::vec(-2.0..2.0_f64, 36),
        sigma in 0.7..3.0_f64,
    ) {
        let features_N_D = Array2::from_shape_vec((18, 2), coordinates).unwrap();
        let labelled = [4, 11, 7];
        let field =
            GaussianField::new(features_N_D.view(), &labelled, &[8, 3, 3], Some(sigma), MEMORY, &Unwatched).unwrap();
        prop_assert_eq!(field.classes(), [3, 8]);
        let weight_N_N = weights(&features_N_D, sigma);
        let field_N = field.field_N().to_vec();
        prop_assert_eq!([4, 11, 7].map(|row| field_N[row].to_bits()), [1.0_f64, 0.0, 0.0].map(f64::to_bits));
        let mut open: Vec<usize> = (0..18).filter(|row| !labelled.contains(row)).collect();
        for (&i, f) in open.iter().zip(harmonic(&weight_N_N, &field_N, &open)) {
            prop_assert!((field_N[i] - f).abs() < 1e-9, "{}: {} and {}", i, field_N[i], f);
        }
        for pick in field.minimum_bayes_risk(15, &Unwatched).unwrap() {
            let risks = expected_risks(&weight_N_N, &field_N, &open);
            let smallest = risks.iter().map(|risk| risk.1).fold(f64::INFINITY, f64::min);
            let of_pick = risks.iter().find(|risk| risk.0 == pick.row).unwrap().1;
            prop_assert!((pick.gain - smallest).abs() < 1e-8, "{:?}, the smallest is {}", pick, smallest);
            prop_assert!((pick.gain - of_pick).abs() < 1e-8, "{:?}, by definition {}", pick, of_pick);
            open.retain(|&i| i != pick.row);
        }
    }
}

/// So narrow a kernel that only neighbours on the line touch: f rises evenly between the labelled ends.
fn chain(steps: usize) -> GaussianField {
    let line = Array2::from_shape_fn((steps + 1, 1), |(n, _)| n as f64);
    GaussianField::new(line.view(), &[0, steps], &[0, 1], Some(0.15), MEMORY, &Unwatched).unwrap()
}

#[test]
fn along_a_chain_the_field_is_a_straight_line() {
    for steps in [2, 3, 4, 10, 31] {
        let line = Array2::from_shape_fn((steps + 1, 1), |(n, _)| n as f64);
        let alone = Harmonic::new(line.view(), &[0, steps], &[0, 1], Some(0.15), MEMORY, &Unwatched).unwrap();
        for (n, (f, alone)) in chain(steps).field_N().iter().zip(alone.field_N()).enumerate() {
            let expected = n as f64 / steps as f64;
            assert!((f - expected).abs() < 1e-12, "{n} of {steps}: {f}");
            assert!((alone - expected).abs() < 1e-12, "{n} of {steps}, without the inverse: {alone}");
        }
    }
    assert!((chain(4).risk() - 1.0).abs() < 1e-12); // ¼ + ½ + ¼
}

/// Interior of three steps: with label 1 (probability ⅓) at the first point the second becomes certain, with
/// label 0 it lies half-way: ⅔ · ½. Of four steps: each of the three queries leaves ½.
#[test]
fn expected_risk_on_a_chain() {
    for (steps, risk) in [(2, 0.0), (3, 1.0 / 3.0), (4, 0.5)] {
        let gain = chain(steps).minimum_bayes_risk(1, &Unwatched).unwrap()[0].gain;
        assert!((gain - risk).abs() < 1e-12, "{steps} steps: {gain}");
    }
}

/// Two clusters that mirror each other, one label in each, and one point in the middle.
#[test]
fn mirrored_clusters_have_a_mirrored_field() {
    let right = [[3.0, 0.0], [3.5, 0.4], [2.6, 0.7], [3.2, -0.9], [2.2, -0.3]];
    let features_N_D = Array2::from_shape_fn((11, 2), |(n, d)| match n {
        0..5 => right[n][d],
        5..10 => -right[n - 5][d],
        _ => 0.0,
    });
    let field = GaussianField::new(features_N_D.view(), &[0, 5], &[1, 0], None, MEMORY, &Unwatched).unwrap();
    let f = field.field_N().to_vec();
    assert!((f[10] - 0.5).abs() < 1e-12);
    for n in 0..5 {
        assert!((f[n] + f[n + 5] - 1.0).abs() < 1e-12);
        assert!(f[n] > 0.5);
    }
    // two equally good queries, or the one in the middle
    let weight_N_N = weights(&features_N_D, field.sigma());
    let open = [1, 2, 3, 4, 6, 7, 8, 9, 10];
    let risks = expected_risks(&weight_N_N, &f, &open);
    for n in 0..4 {
        assert!((risks[n].1 - risks[n + 4].1).abs() < 1e-12);
    }
    let gain = field.minimum_bayes_risk(1, &Unwatched).unwrap()[0].gain;
    assert!(risks.iter().all(|risk| gain <= risk.1 + 1e-12));
}

#[test]
fn copies_have_the_same_bits_and_the_first_comes_first() {
    let some = Array2::from_shape_fn((30, 5), |(n, d)| ((n * 41 + d * 17) as f64).sin());
    let twice = ndarray::concatenate![Axis(0), some, some];
    let field = GaussianField::new(twice.view(), &[0, 1], &[0, 1], None, MEMORY, &Unwatched).unwrap();
    let f = field.field_N().to_vec();
    let alone = Harmonic::new(twice.view(), &[0, 1], &[0, 1], None, MEMORY, &Unwatched).unwrap();
    for n in 2..30 {
        assert_eq!(f[n].to_bits(), f[n + 30].to_bits());
        assert_eq!(alone.field_N()[n].to_bits(), alone.field_N()[n + 30].to_bits());
    }
    let picks = rows(&field.minimum_bayes_risk(58, &Unwatched).unwrap());
    for n in 2..30 {
        let place = |row: usize| picks.iter().position(|&pick| pick == row).unwrap();
        assert!(place(n) < place(n + 30));
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let features_N_D = Array2::from_shape_fn((150, 9), |(n, d)| ((n * n * 7 + n * d * 5) as f32).sin());
    let run = |threads| {
        in_threads(threads, || {
            let field =
                GaussianField::new(features_N_D.view(), &[3, 99], &[0, 1], None, MEMORY, &Unwatched).unwrap();
            (field.sigma(), field.field_N().to_vec(), field.minimum_bayes_risk(20, &Unwatched).unwrap())
        })
    };
    assert_eq!(run(1), run(3));
}

fn refused(features_N_D: &Array2<f64>, labelled: &[usize], labels: &[i64], sigma: Option<f64>) -> Error {
    GaussianField::new(features_N_D.view(), labelled, labels, sigma, MEMORY, &Unwatched).unwrap_err()
}

#[test]
fn labels_must_be_of_two_classes() {
    let line = array![[0.0], [1.0], [2.0], [3.0]];
    assert_eq!(refused(&line, &[], &[], None), Error::NotTwoClasses { found: vec![] });
    assert_eq!(refused(&line, &[0, 1], &[7, 7], None), Error::NotTwoClasses { found: vec![7] });
    let error = refused(&line, &[0, 1, 2], &[2, 0, 1], None);
    assert_eq!(
        error.to_string(),
        "the labelled points have the classes [0, 1, 2], expected exactly two classes"
    );
    assert_eq!(refused(&line, &[0, 1], &[0], None), Error::LabelCount { found: 1, expected: 2 });
    assert_eq!(refused(&line, &[0, 4], &[0, 1], None), Error::NoSuchRow { row: 4, points: 4 });
}

#[test]
fn a_width_must_be_a_positive_number() {
    let line = array![[0.0], [1.0], [2.0]];
    for sigma in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(refused(&line, &[0, 1], &[0, 1], Some(sigma)), Error::KernelWidth { .. }));
    }
    let copies = array![[2.0], [2.0], [2.0]];
    assert_eq!(refused(&copies, &[0, 1], &[0, 1], None), Error::KernelWidth { found: 0.0 });
}

/// The last three touch each other, but no label: their weights to it are 0, or lost in rounding.
#[test]
fn a_part_without_labels_is_named() {
    for far in [6.0, 8.0, 100.0] {
        let points = array![[0.0], [1.0], [0.5], [far], [far + 1.0], [far + 0.5]];
        let error = refused(&points, &[0, 1], &[0, 1], Some(0.8));
        assert!(matches!(error, Error::CutOff { row: 3..=5, sigma: 0.8 }), "{far}: {error:?}");
        let error =
            Harmonic::new(points.view(), &[0, 1], &[0, 1], Some(0.8), MEMORY, &Unwatched).unwrap_err();
        assert!(matches!(error, Error::CutOff { row: 3..=5, sigma: 0.8 }), "{far}: {error:?}");
    }
    let alone = array![[0.0], [1.0], [100.0]];
    let error = refused(&alone, &[0, 1], &[0, 1], Some(0.8));
    assert_eq!(
        error.to_string(),
        "row 2 is cut off from every label with the kernel width σ = 0.8, expected a larger σ"
    );
}

#[test]
fn a_pool_that_memory_cannot_hold_is_refused_with_the_largest_that_fits() {
    let line = Array2::from_shape_fn((11, 1), |(n, _)| n as f64);
    let field = |limit| GaussianField::new(line.view(), &[0, 10], &[0, 1], None, limit, &Unwatched);
    assert!(field(16 * 121).is_ok());
    let error = field(16 * 121 - 1).unwrap_err();
    assert_eq!(error, Error::TooManyPoints { points: 11, needed: 1936, limit: 1935, largest: 10 });
    assert_eq!(
        error.to_string(),
        "11 points need 1936 bytes for matrices of points × points, expected at most 1935 bytes: 10 points"
    );
}

#[test]
fn a_batch_of_any_size_up_to_all_unlabelled() {
    let line = array![[0.0], [1.0], [2.0]];
    let field = |labelled: &[usize], labels: &[i64]| {
        GaussianField::new(line.view(), labelled, labels, Some(1.0), MEMORY, &Unwatched).unwrap()
    };
    assert_eq!(field(&[0, 2], &[0, 1]).minimum_bayes_risk(0, &Unwatched), Ok(vec![]));
    assert_eq!(
        field(&[0, 2], &[0, 1]).minimum_bayes_risk(1, &Unwatched),
        Ok(vec![Pick { row: 1, gain: 0.0 }])
    );
    assert_eq!(
        field(&[0, 2], &[0, 1]).minimum_bayes_risk(2, &Unwatched),
        Err(Error::BatchTooLarge { batch: 2, points: 1 })
    );
    let all = field(&[0, 1, 2], &[0, 0, 1]);
    assert_eq!(all.field_N(), [0.0, 0.0, 1.0]);
    assert_eq!(all.minimum_bayes_risk(0, &Unwatched), Ok(vec![]));
}
