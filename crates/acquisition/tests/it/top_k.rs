//! `top_k` and its tie rule.

use bal_acquisition::{Error, Pick, all_equal, top_k};
use proptest::prelude::*;

use crate::support;

fn rows(scores_N: &[f64], b: usize) -> Vec<usize> {
    support::rows(&top_k(scores_N, b).unwrap())
}

#[test]
fn best_first_with_the_score_as_gain() {
    let picks = top_k(&[0.1, 0.9, 0.5], 2).unwrap();
    assert_eq!(picks, [Pick { row: 1, gain: 0.9 }, Pick { row: 2, gain: 0.5 }]);
}

#[test]
fn ties_go_to_the_earlier_row() {
    assert_eq!(rows(&[0.5, 1.0, 0.5, 1.0, 0.5], 4), [1, 3, 0, 2]);
    assert_eq!(rows(&[0.0; 6], 3), [0, 1, 2]);
    assert_eq!(rows(&[-0.0, 0.0, -0.0], 2), [0, 1]);
    assert_eq!(rows(&[-1.0, -0.5, -0.5], 1), [1]);
}

#[test]
fn any_batch_up_to_all_points() {
    assert_eq!(rows(&[3.0, 1.0, 2.0], 0), [0; 0]);
    assert_eq!(rows(&[3.0, 1.0, 2.0], 3), [0, 2, 1]);
    assert_eq!(rows(&[], 0), [0; 0]);
}

#[test]
fn a_batch_larger_than_the_pool_is_refused() {
    let error = top_k(&[1.0, 2.0], 3).unwrap_err();
    assert_eq!(error, Error::BatchTooLarge { batch: 3, points: 2 });
    assert_eq!(error.to_string(), "batch size is 3, expected at most the number of points: 2");
}

#[test]
fn the_first_score_that_is_not_finite_is_named() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = top_k(&[1.0, value, f64::NAN], 1).unwrap_err();
        assert!(matches!(error, Error::NonFiniteScore { row: 1, .. }));
        assert_eq!(error.to_string(), format!("score of row 1 is {value}, expected a finite number"));
    }
}

#[test]
fn all_equal_is_about_two_points_or_more() {
    assert!(all_equal(&[0.3, 0.3, 0.3]));
    assert!(all_equal(&[0.0, -0.0]));
    assert!(!all_equal(&[0.3, 0.3, 0.300_000_000_000_000_04]));
    assert!(!all_equal(&[0.3]));
    assert!(!all_equal(&[]));
}

proptest! {
    /// Few levels, so that ties are common: the picks are the head of a stable sort.
    #[test]
    fn picks_are_the_head_of_a_stable_sort(levels in prop::collection::vec(0..5_i32, 0..60), share in 0.0..=1.0_f64) {
        let scores_N: Vec<f64> = levels.into_iter().map(f64::from).collect();
        let b = (share * scores_N.len() as f64).floor() as usize;
        let mut sorted: Vec<usize> = (0..scores_N.len()).collect();
        sorted.sort_by(|&i, &j| scores_N[j].total_cmp(&scores_N[i]));
        sorted.truncate(b);
        prop_assert_eq!(rows(&scores_N, b), sorted);
    }
}
