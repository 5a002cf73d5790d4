//! `core_set` against scikit-activeml, against the definition, and at its edges.

use bal_acquisition::{Error, Pick, Unwatched, core_set};
use ndarray::{Array2, Axis, array};
use proptest::prelude::*;
use serde::Deserialize;

use crate::support::{in_threads, matrix, rows};

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    features_N_D: Vec<Vec<f64>>,
    labelled: Vec<usize>,
    rows: Vec<usize>,
    gains: Vec<f64>,
}

#[test]
fn picks_of_scikit_activeml() {
    let golden: Golden = serde_json::from_str(include_str!("../golden/features_core_set.json")).unwrap();
    for case in golden.cases {
        let features_N_D = matrix(&case.features_N_D);
        let picks = core_set(features_N_D.view(), &case.labelled, case.rows.len(), &Unwatched).unwrap();
        assert_eq!(rows(&picks), case.rows);
        for (pick, gain) in picks.iter().zip(&case.gains) {
            assert!((pick.gain - gain).abs() < 1e-9, "{pick:?}, expected {gain}");
        }
        // the features are numbers of f32: both types see the same points
        assert_eq!(
            picks,
            core_set(features_N_D.mapv(|x| x as f32).view(), &case.labelled, case.rows.len(), &Unwatched)
                .unwrap()
        );
    }
}

/// Every distance to every centre, again for every pick.
fn by_definition(features_N_D: &Array2<f64>, labelled: &[usize], b: usize) -> Vec<Pick> {
    let distance = |i: usize, j: usize| {
        let difference = &features_N_D.row(i) - &features_N_D.row(j);
        difference.dot(&difference).sqrt()
    };
    let mut centres = labelled.to_vec();
    let mut picks: Vec<Pick> = Vec::new();
    for _ in 0..b {
        let mut best = Pick { row: usize::MAX, gain: f64::NEG_INFINITY };
        for row in (0..features_N_D.nrows()).filter(|row| !centres.contains(row)) {
            let nearest = centres.iter().map(|&centre| distance(row, centre)).fold(f64::INFINITY, f64::min);
            if nearest > best.gain {
                best = Pick { row, gain: nearest };
            }
        }
        centres.push(best.row);
        picks.push(best);
    }
    picks
}

proptest! {
    /// Few whole coordinates: many ties and copies, and no rounding.
    #[test]
    fn equals_the_definition_ties_included(
        coordinates in prop::collection::vec(0..4_i32, 20..120),
        first in 0..10_usize,
        share in 0.0..=1.0_f64,
    ) {
        let N = coordinates.len() / 2;
        let features_N_D = Array2::from_shape_fn((N, 2), |(n, d)| f64::from(coordinates[2 * n + d]));
        let labelled = [first, first.midpoint(N)];
        let labelled = if labelled[0] == labelled[1] { &labelled[..1] } else { &labelled[..] };
        let b = (share * (N - labelled.len()) as f64) as usize;
        prop_assert_eq!(core_set(features_N_D.view(), labelled, b, &Unwatched).unwrap(), by_definition(&features_N_D, labelled, b));
    }

    #[test]
    fn gains_never_rise_and_no_row_comes_twice(coordinates in prop::collection::vec(-1.0..1.0_f64, 30..90)) {
        let features_N_D = Array2::from_shape_fn((coordinates.len() / 3, 3), |(n, d)| coordinates[3 * n + d]);
        let N = features_N_D.nrows();
        let picks = core_set(features_N_D.view(), &[1, 0], N - 2, &Unwatched).unwrap();
        prop_assert!(picks.windows(2).all(|pair| pair[0].gain >= pair[1].gain));
        let mut all = rows(&picks);
        all.sort_unstable();
        prop_assert_eq!(all, (2..N).collect::<Vec<_>>());
    }
}

#[test]
fn with_nothing_labelled_it_starts_at_the_point_nearest_the_mean() {
    let line = array![[0.0], [1.0], [2.0], [3.0], [9.0]]; // mean 3
    let picks = core_set(line.view(), &[], 3, &Unwatched).unwrap();
    assert_eq!(picks, [Pick { row: 3, gain: 0.0 }, Pick { row: 4, gain: 6.0 }, Pick { row: 0, gain: 3.0 }]);
    let level = array![[1.0], [0.0], [1.0], [0.0]]; // all are .5 from the mean
    assert_eq!(core_set(level.view(), &[], 1, &Unwatched).unwrap(), [Pick { row: 0, gain: 0.5 }]);
    assert_eq!(core_set(level.view(), &[], 0, &Unwatched).unwrap(), []);
}

/// Odd coordinates, so that sums do round: copies still tie, wherever they stand in their thread's tile.
#[test]
fn a_copy_of_a_centre_is_at_distance_zero_and_copies_tie() {
    let some = Array2::from_shape_fn((50, 37), |(n, d)| ((n * 41 + d * 17) as f64).sin());
    let twice = ndarray::concatenate![Axis(0), some, some];
    let picks = core_set(twice.view(), &[3], 99, &Unwatched).unwrap();
    assert!(picks[..49].iter().all(|pick| pick.row < 50 && pick.gain > 0.0));
    assert_eq!(rows(&picks[49..]), (50..100).collect::<Vec<_>>());
    assert!(picks[49..].iter().all(|pick| pick.gain.to_bits() == 0));
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let features_N_D = Array2::from_shape_fn((700, 19), |(n, d)| ((n * 37 + d * 11) as f32).sin());
    let picks =
        |threads| in_threads(threads, || core_set(features_N_D.view(), &[5, 600], 60, &Unwatched).unwrap());
    assert_eq!(picks(1), picks(3));
}

#[test]
fn bad_features_and_rows_are_named() {
    let with = |value: f32| array![[0.0, 1.0], [2.0, 3.0], [value, value]];
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = core_set(with(value).view(), &[0], 1, &Unwatched).unwrap_err();
        assert!(matches!(error, Error::InvalidFeature { row: 2, column: 0, .. }));
        assert_eq!(
            error.to_string(),
            format!("row 2, column 0: feature is {value}, expected a number between -1e150 and 1e150")
        );
    }
    let features_N_D = with(4.0);
    let error = |labelled: &[usize], b| core_set(features_N_D.view(), labelled, b, &Unwatched).unwrap_err();
    assert_eq!(error(&[3], 1), Error::NoSuchRow { row: 3, points: 3 });
    assert_eq!(error(&[1, 0, 1], 1), Error::LabelledTwice { row: 1 });
    assert_eq!(error(&[0, 1], 2), Error::BatchTooLarge { batch: 2, points: 1 });
    let empty = Array2::<f32>::zeros((0, 3));
    assert_eq!(core_set(empty.view(), &[], 0, &Unwatched), Err(Error::FeaturesShape { found: [0, 3] }));
    let huge = array![[1e151_f64], [0.0]];
    assert!(matches!(core_set(huge.view(), &[], 1, &Unwatched), Err(Error::InvalidFeature { row: 0, .. })));
}
