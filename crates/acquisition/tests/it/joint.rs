//! The joint batch methods against brute force over all labels, and against their plain loops.

use std::num::NonZeroUsize;

use approx::assert_abs_diff_eq;
use bal_acquisition::{
    Error, JointBatch, Predictions, Result, batch_bald, k_bald, large_batch_bald, power_large_batch_bald,
};
use ndarray::{Array3, Axis, array, concatenate, s};
use proptest::prelude::*;

use crate::plain_batch::{
    assert_greedy, exact_gain, joint_information, normalised, pairwise_gain, sampled_gain, triple_gain,
};
use crate::support::{draw, in_threads, predictions_of, shuffled, to_probs};

/// So many that every batch of these tests is treated exactly.
const EXACT: usize = 1 << 40;

fn pool() -> impl Strategy<Value = Array3<f64>> {
    predictions_of(1..9, 1..6, 2..4)
}

fn batch_bald_of(probs_N_K_C: &Array3<f64>, b: usize, num_samples: usize, seed: u64) -> JointBatch {
    let num_samples = NonZeroUsize::new(num_samples).unwrap();
    batch_bald(&Predictions::from_probs(probs_N_K_C.view()).unwrap(), b, num_samples, draw(seed, 0)).unwrap()
}

fn k_bald_of(probs_N_K_C: &Array3<f64>, b: usize, k: usize) -> Result<JointBatch> {
    k_bald(&Predictions::from_probs(probs_N_K_C.view()).unwrap(), b, k)
}

fn rows(batch: &JointBatch) -> Vec<usize> {
    batch.picks.iter().map(|pick| pick.row).collect()
}

/// The example of issue 16 of `batchbald_redux`: after point 0 its copy says more than the other point.
#[test]
fn a_duplicate_can_be_the_right_pick() {
    let probs_N_K_C = array![
        [[0.1, 0.2, 0.3, 0.4], [0.15, 0.15, 0.3, 0.4]],
        [[0.1, 0.2, 0.3, 0.4], [0.15, 0.15, 0.3, 0.4]],
        [[0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.16, 0.14]]
    ];
    for (rows, expected) in
        [(vec![0], 0.004_309), (vec![2], 0.002_788), (vec![0, 1], 0.008_581), (vec![0, 2], 0.007_073)]
    {
        assert_abs_diff_eq!(joint_information(&probs_N_K_C, &rows), expected, epsilon = 1e-6);
    }
    let batch = batch_bald_of(&probs_N_K_C, 2, 10_000, 0);
    assert_eq!(rows(&batch), [0, 1]);
    assert_abs_diff_eq!(batch.joint_mi(), 0.008_581, epsilon = 1e-6);
    assert_eq!(rows(&k_bald_of(&probs_N_K_C, 2, 2).unwrap()), [0, 1]);
}

proptest! {
    #[test]
    fn exact_batch_bald_is_the_plain_loop(probs_N_K_C in pool(), b in 0..6_usize) {
        let (N, probs) = (probs_N_K_C.len_of(Axis(0)), normalised(&probs_N_K_C));
        let batch = batch_bald_of(&probs_N_K_C, b.min(N), EXACT, 0);
        prop_assert_eq!(batch.picks.len(), b.min(N));
        assert_greedy(&batch, N, |batch, n| exact_gain(&probs, batch, n));
        prop_assert!((batch.joint_mi() - joint_information(&probs, &rows(&batch))).abs() < 1e-10);
    }

    /// Few configurations, so that sampling starts at the first pick or soon after.
    #[test]
    fn sampled_batch_bald_is_the_plain_loop(probs_N_K_C in pool(), b in 1..7_usize, num_samples in 1..12_usize, seed: u64) {
        let ((N, K, C), probs) = (probs_N_K_C.dim(), normalised(&probs_N_K_C));
        let batch = batch_bald_of(&probs_N_K_C, b.min(N), num_samples, seed);
        assert_greedy(&batch, N, |batch, n| {
            if C.pow(batch.len() as u32) <= num_samples {
                exact_gain(&probs, batch, n)
            } else {
                sampled_gain(&probs, num_samples.div_ceil(K), draw(seed, 0), batch, n)
            }
        });
    }

    #[test]
    fn pairs_are_the_plain_loop(probs_N_K_C in pool()) {
        let (N, probs) = (probs_N_K_C.len_of(Axis(0)), normalised(&probs_N_K_C));
        let batch = k_bald_of(&probs_N_K_C, N, 2).unwrap();
        assert_greedy(&batch, N, |batch, n| pairwise_gain(&probs, 1.0, batch, n));
        let sum: f64 = batch.picks.iter().map(|pick| pick.gain).sum();
        prop_assert!((batch.joint_mi() - sum).abs() < 1e-12);

        let large = large_batch_bald(&Predictions::from_probs(probs_N_K_C.view()).unwrap(), N).unwrap();
        assert_greedy(&large, N, |batch, n| pairwise_gain(&probs, 2.0, batch, n));
        let picked = rows(&large);
        let sum: f64 = (0..N).map(|i| pairwise_gain(&probs, 1.0, &picked[..i], picked[i])).sum();
        prop_assert!((large.joint_mi() - sum).abs() < 1e-10);
    }

    #[test]
    fn triples_are_the_plain_loop(probs_N_K_C in pool()) {
        let (N, probs) = (probs_N_K_C.len_of(Axis(0)), normalised(&probs_N_K_C));
        let batch = k_bald_of(&probs_N_K_C, N.min(5), 3).unwrap();
        assert_greedy(&batch, N, |batch, n| triple_gain(&probs, batch, n));
    }

    #[test]
    fn triples_are_exact_up_to_three_picks(probs_N_K_C in pool()) {
        let (N, probs) = (probs_N_K_C.len_of(Axis(0)), normalised(&probs_N_K_C));
        let batch = k_bald_of(&probs_N_K_C, N.min(3), 3).unwrap();
        assert_greedy(&batch, N, |batch, n| exact_gain(&probs, batch, n));
    }

    #[test]
    fn joint_information_stays_in_its_bounds(probs_N_K_C in pool(), num_samples in prop_oneof![1..20_usize, Just(EXACT)]) {
        let (N, K, _) = probs_N_K_C.dim();
        let probs = normalised(&probs_N_K_C);
        let batch = batch_bald_of(&probs_N_K_C, N.min(6), num_samples, 1);
        let mut sum_of_bald = 0.0;
        for pick in &batch.picks {
            sum_of_bald += joint_information(&probs, &[pick.row]);
            prop_assert!(pick.gain >= 0.0);
            if num_samples == EXACT {
                prop_assert!(pick.joint_mi <= sum_of_bald + 1e-12);
                prop_assert!(pick.joint_mi <= (K as f64).ln() + 1e-12);
            }
        }
    }

    /// Picks follow their points; a sample may go anywhere. Points that tie are told apart by their row only.
    #[test]
    fn order_of_points_and_samples_does_not_matter(probs_N_K_C in pool(), seed: u64) {
        let (N, K, _) = probs_N_K_C.dim();
        let (points, samples) = (shuffled(N, seed), shuffled(K, seed ^ 1));
        let permuted = probs_N_K_C.select(Axis(0), &points).select(Axis(1), &samples);
        let b = N.min(4);
        let probs = normalised(&probs_N_K_C);
        for batch in [batch_bald_of(&permuted, b, EXACT, 0), k_bald_of(&permuted, b, 3).unwrap()] {
            let mapped: Vec<usize> = rows(&batch).into_iter().map(|row| points[row]).collect();
            for (place, (&row, pick)) in mapped.iter().zip(&batch.picks).take(3).enumerate() {
                prop_assert!((exact_gain(&probs, &mapped[..place], row) - pick.gain).abs() < 1e-10);
            }
        }
    }

    /// With one sample nothing can be learnt: exactly nothing, so rows go in their order.
    #[test]
    fn one_sample_gains_nothing(probs_N_1_C in predictions_of(3..8, 1..2, 2..12)) {
        let predictions = Predictions::from_probs(probs_N_1_C.view()).unwrap();
        let batches = [
            batch_bald_of(&probs_N_1_C, 3, 2, 0),
            k_bald(&predictions, 3, 2).unwrap(),
            k_bald(&predictions, 3, 3).unwrap(),
            large_batch_bald(&predictions, 3).unwrap(),
        ];
        for batch in batches {
            prop_assert_eq!(rows(&batch), [0, 1, 2]);
            prop_assert!(batch.picks.iter().all(|pick| pick.gain == 0.0));
            prop_assert_eq!(batch.saturated_at(), None);
        }
    }
}

/// Predictions with a few distinct points, each many times over.
fn copies(distinct: usize, N: usize, K: usize, C: usize) -> Array3<f64> {
    let value =
        |n: usize, k: usize, c: usize| 0.2 + ((n % distinct * 31 + k * k * 17 + (k + 3) * c * 7) % 23) as f64;
    to_probs(Array3::from_shape_fn((N, K, C), |(n, k, c)| value(n, k, c).powi(2)))
}

/// Copies of a point have its gain to the last bit wherever they stand in a product: of those that remain
/// the earliest is picked, on any number of threads.
#[test]
fn copies_tie_to_the_bit_on_any_number_of_threads() {
    let (distinct, K) = (7, 12);
    for C in [2, 3, 10] {
        let probs_N_K_C = copies(distinct, 300, K, C);
        let predictions = Predictions::from_probs(probs_N_K_C.view()).unwrap();
        let all = || {
            [
                batch_bald_of(&probs_N_K_C, 12, 100, 3),
                k_bald(&predictions, 30, 2).unwrap(),
                k_bald(&predictions, 6, 3).unwrap(),
                large_batch_bald(&predictions, 30).unwrap(),
                power_large_batch_bald(&predictions, 30, 5.0, draw(3, 0)).unwrap(),
            ]
        };
        let one_thread = in_threads(1, all);
        for batch in &one_thread[..4] {
            let picked = rows(batch);
            for (place, row) in picked.iter().enumerate() {
                let earlier = (row % distinct..*row).step_by(distinct);
                assert!(earlier.clone().all(|copy| picked[..place].contains(&copy)), "C = {C}: {picked:?}");
            }
        }
        for threads in [2, 3, 8] {
            assert_eq!(in_threads(threads, all), one_thread);
        }
    }
}

/// The mean of sampled gains over seeds is the exact gain.
#[test]
fn sampled_gains_are_exact_in_the_mean() {
    let probs_N_K_C = copies(9, 9, 8, 3);
    let probs = normalised(&probs_N_K_C);
    let (b, num_samples, seeds) = (4, 24, 200);
    for place in 1..b {
        let mut errors = Vec::new();
        for seed in 0..seeds {
            let picked = rows(&batch_bald_of(&probs_N_K_C, b, 1, seed));
            let (before, row) = (&picked[..place], picked[place]);
            // one fixed remaining point: the picked one was chosen for its overestimated gain
            let other = (0..9).find(|n| !before.contains(n) && *n != row).unwrap();
            let sampled = sampled_gain(&probs, num_samples / 8, draw(seed, 0), before, other);
            errors.push(sampled - exact_gain(&probs, before, other));
        }
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        let variance = errors.iter().map(|error| (error - mean).powi(2)).sum::<f64>() / errors.len() as f64;
        assert!(mean.abs() < 3.0 * (variance / seeds as f64).sqrt(), "pick {place}: mean error {mean}");
    }
}

/// With K members of which every point tells one, log K is all there is to know.
#[test]
fn joint_information_saturates_at_log_k() {
    let K = 4;
    let probs_N_K_C =
        Array3::from_shape_fn((6, K, 2), |(n, k, c)| if (n % K == k) == (c == 0) { 0.99 } else { 0.01 });
    let batch = batch_bald_of(&probs_N_K_C, 6, EXACT, 0);
    assert_abs_diff_eq!(batch.log_K, 4.0_f64.ln());
    assert!(batch.joint_mi() <= batch.log_K);
    let first = batch.saturated_at().unwrap();
    assert!(batch.picks[first].joint_mi > 0.95 * batch.log_K);
    assert!(first == 0 || batch.picks[first - 1].joint_mi <= 0.95 * batch.log_K);
}

/// Once a label tells which sample it is, rows go in their order. More than 1e-11 nats still decide.
#[test]
fn nothing_is_gained_where_nothing_is_unknown() {
    let (N, K, C) = (30, 7, 10);
    let hints = copies(N, N, K, C);
    let with_point_that_tells = |doubt: f64| {
        let mut probs_N_K_C = hints.clone();
        for k in 0..K {
            let mut told_C = probs_N_K_C.slice_mut(s![3, k, ..]);
            told_C.fill(doubt / (C - 1) as f64);
            told_C[k] = 1.0 - doubt;
        }
        probs_N_K_C
    };
    for num_samples in [EXACT, 1] {
        let batch = batch_bald_of(&with_point_that_tells(1e-14), 5, num_samples, 0);
        assert_eq!(rows(&batch), [3, 0, 1, 2, 4]);
        assert!(batch.picks[1..].iter().all(|pick| pick.gain.to_bits() == 0));
    }
    let probs_N_K_C = with_point_that_tells(1e-9);
    let probs = normalised(&probs_N_K_C);
    let batch = batch_bald_of(&probs_N_K_C, 3, EXACT, 0);
    assert_greedy(&batch, N, |batch, n| exact_gain(&probs, batch, n));
    let second = batch.picks[1];
    assert!(second.row != 0 && second.gain > 1e-10, "{second:?}");
}

#[test]
fn f32_and_log_probs_pick_the_same() {
    let probs_N_K_C = copies(40, 40, 10, 4);
    let log_probs_N_K_C = probs_N_K_C.mapv(|p| p.ln() as f32);
    let from_logs = Predictions::from_log_probs(log_probs_N_K_C.view()).unwrap();
    let of_f32 = k_bald(&from_logs, 10, 2).unwrap();
    let of_f64 = k_bald_of(&probs_N_K_C, 10, 2).unwrap();
    assert_eq!(rows(&of_f32), rows(&of_f64));
    for (a, b) in of_f32.picks.iter().zip(&of_f64.picks) {
        assert_abs_diff_eq!(a.gain, b.gain, epsilon = 1e-6);
        assert_abs_diff_eq!(a.joint_mi, b.joint_mi, epsilon = 1e-6);
    }
}

/// Shares of first picks against max(gain, 0)^α, which at the first pick is BALD^α.
#[test]
fn power_large_batch_bald_draws_by_the_power_of_the_gain() {
    let probs_N_K_C = copies(5, 5, 6, 3);
    let predictions = Predictions::from_probs(probs_N_K_C.view()).unwrap();
    let probs = normalised(&probs_N_K_C);
    let draws = 4000_u32;
    for alpha in [0.0, 1.0, 3.0] {
        let mut count_N = [0_u32; 5];
        for seed in 0..draws {
            let batch = power_large_batch_bald(&predictions, 1, alpha, draw(u64::from(seed), 0)).unwrap();
            count_N[batch.picks[0].row] += 1;
        }
        let weight_N: Vec<f64> = (0..5).map(|n| joint_information(&probs, &[n]).powf(alpha)).collect();
        for (count, weight) in count_N.iter().zip(&weight_N) {
            let p = weight / weight_N.iter().sum::<f64>();
            let found = f64::from(*count) / f64::from(draws);
            assert!(
                (found - p).abs() < 4.0 * (p * (1.0 - p) / f64::from(draws)).sqrt() + 1e-12,
                "{found} {p}"
            );
        }
    }
}

#[test]
fn power_large_batch_bald_has_the_gains_of_large_batch_bald() {
    let probs_N_K_C = copies(30, 30, 6, 3);
    let predictions = Predictions::from_probs(probs_N_K_C.view()).unwrap();
    let probs = normalised(&probs_N_K_C);
    let batch = power_large_batch_bald(&predictions, 20, 5.0, draw(1, 2)).unwrap();
    let picked = rows(&batch);
    for (place, pick) in batch.picks.iter().enumerate() {
        assert_abs_diff_eq!(
            pick.gain,
            pairwise_gain(&probs, 2.0, &picked[..place], pick.row),
            epsilon = 1e-10
        );
    }
    let greedy = power_large_batch_bald(&predictions, 20, f64::INFINITY, draw(1, 2)).unwrap();
    assert_eq!(greedy, large_batch_bald(&predictions, 20).unwrap());
    assert_ne!(picked, rows(&power_large_batch_bald(&predictions, 20, 5.0, draw(1, 3)).unwrap()));
}

/// Once no gain is positive, any of the remaining points is drawn.
#[test]
fn power_large_batch_bald_goes_on_without_positive_gains() {
    let probs_N_K_C = concatenate![Axis(0), copies(2, 2, 5, 3), Array3::from_elem((20, 5, 3), 1.0 / 3.0)];
    let predictions = Predictions::from_probs(probs_N_K_C.view()).unwrap();
    let fifth_picks = (0..40).map(|seed| {
        let mut picked = rows(&power_large_batch_bald(&predictions, 22, 5.0, draw(seed, 0)).unwrap());
        let fifth = picked[4];
        picked.sort_unstable();
        assert_eq!(picked, (0..22).collect::<Vec<_>>());
        fifth
    });
    let distinct: std::collections::BTreeSet<usize> = fifth_picks.collect();
    assert!(distinct.len() > 8, "{distinct:?}");
}

#[test]
fn what_cannot_be_picked_is_refused() {
    let probs_N_K_C = copies(30, 30, 3, 4);
    let predictions = Predictions::from_probs(probs_N_K_C.view()).unwrap();
    let too_large = Error::BatchTooLarge { batch: 31, points: 30 };
    assert_eq!(k_bald(&predictions, 31, 2), Err(too_large.clone()));
    assert_eq!(batch_bald(&predictions, 31, NonZeroUsize::MIN, draw(0, 0)), Err(too_large.clone()));
    assert_eq!(large_batch_bald(&predictions, 31), Err(too_large));
    assert_eq!(k_bald(&predictions, 2, 4), Err(Error::KBaldOrder { found: 4 }));
    assert_eq!(
        k_bald(&predictions, 21, 3).unwrap_err().to_string(),
        "batch size is 21, expected at most 20 for `k_bald` with k = 3: it costs b²/2 · N·K·C³, here 1e6 multiplications"
    );
    assert_eq!(
        power_large_batch_bald(&predictions, 2, -1.0, draw(0, 0)).unwrap_err().to_string(),
        "`alpha` is -1, expected a number of at least 0"
    );

    let mut broken_N_K_C = probs_N_K_C.clone();
    broken_N_K_C[[17, 2, 1]] = f64::NAN;
    let broken = Predictions::from_probs(broken_N_K_C.view()).unwrap();
    let error = batch_bald(&broken, 2, NonZeroUsize::MIN, draw(0, 0)).unwrap_err();
    assert!(matches!(error, Error::InvalidValue { point: 17, sample: 2, class: 1, .. }), "{error}");
}

/// A view of every other point of a larger array, in another memory order.
#[test]
fn any_view_will_do() {
    let wide = copies(13, 60, 6, 3);
    let view_N_K_C = wide.slice(s![..;2, .., ..]);
    let compact = view_N_K_C.to_owned();
    let mut other_order = Array3::zeros(ndarray::ShapeBuilder::f(view_N_K_C.dim()));
    other_order.assign(&view_N_K_C);
    let pick = |view_N_K_C| k_bald(&Predictions::from_probs(view_N_K_C).unwrap(), 8, 2).unwrap();
    let expected = pick(compact.view());
    assert_eq!(pick(view_N_K_C), expected);
    assert_eq!(pick(other_order.view()), expected);
}
