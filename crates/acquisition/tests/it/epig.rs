//! `epig` in two algebraic forms, by its plain function and tile by tile.

use bal_acquisition::{
    AcquisitionFunction, Error, NormalisedProbs, Predictions, Targets, bald, epig, expected_entropy,
    max_entropy,
};
use ndarray::{Array1, Array3, Axis, array, s};
use proptest::prelude::*;

use crate::support::{in_threads, normalised, predictions_of, shuffled, to_probs};

/// Predictions of a pool and of targets by the same samples.
fn pool_and_targets() -> impl Strategy<Value = (Array3<f64>, Array3<f64>)> {
    (2..12_usize, 1..9_usize, 2..8_usize).prop_flat_map(|(points, K, C)| {
        (predictions_of(points..points + 1, K..K + 1, C..C + 1), 1..points).prop_map(
            |(probs_N_K_C, split)| {
                (
                    probs_N_K_C.slice(s![split.., .., ..]).to_owned(),
                    probs_N_K_C.slice(s![..split, .., ..]).to_owned(),
                )
            },
        )
    })
}

fn tiled(probs_N_K_C: &Array3<f64>, targets_M_K_C: &Array3<f64>) -> Array1<f64> {
    let targets = Targets::new(&Predictions::from_probs(targets_M_K_C.view()).unwrap()).unwrap();
    targets.epig(&Predictions::from_probs(probs_N_K_C.view()).unwrap()).unwrap()
}

/// (1/M) Σ_m KL[ (1/K) Σ_k p_nk ⊗ p*_mk ‖ p̄_n ⊗ p̄*_m ].
fn divergence_form(probs: &NormalisedProbs, targets: &NormalisedProbs) -> Array1<f64> {
    let K = probs.probs_N_K_C().len_of(Axis(1)) as f64;
    let (mean_N_C, mean_M_C) = (probs.mean_N_C(), targets.mean_N_C());
    let of_point = |(probs_K_C, mean_C): (ndarray::ArrayView2<'_, f64>, ndarray::ArrayView1<'_, f64>)| {
        let of_target =
            |(target_K_C, target_C): (ndarray::ArrayView2<'_, f64>, ndarray::ArrayView1<'_, f64>)| {
                let joint_C_C = probs_K_C.t().dot(&target_K_C) / K;
                let term = |((c, d), &p): ((usize, usize), &f64)| {
                    if p > 0.0 { p * (p / (mean_C[c] * target_C[d])).ln() } else { 0.0 }
                };
                joint_C_C.indexed_iter().map(term).sum::<f64>()
            };
        let M = mean_M_C.nrows() as f64;
        targets.probs_N_K_C().outer_iter().zip(mean_M_C.outer_iter()).map(of_target).sum::<f64>() / M
    };
    probs.probs_N_K_C().outer_iter().zip(mean_N_C.outer_iter()).map(of_point).collect()
}

proptest! {
    #[test]
    fn entropies_and_divergences_agree((pool, targets) in pool_and_targets()) {
        let (probs, target_probs) = (normalised(&pool), normalised(&targets));
        let plain = epig(&probs, &target_probs).unwrap();
        for (a, b) in plain.iter().zip(divergence_form(&probs, &target_probs)) {
            prop_assert!((a - b).abs() <= 1e-12, "{} and {}", a, b);
        }
        for (a, b) in plain.iter().zip(tiled(&pool, &targets)) {
            prop_assert!((a - b).abs() <= 1e-12, "{} and {}", a, b);
        }
    }

    #[test]
    fn at_least_0_and_at_most_bald((pool, targets) in pool_and_targets()) {
        let bald_N = bald(&normalised(&pool)).unwrap();
        for (epig, bald) in tiled(&pool, &targets).iter().zip(bald_N) {
            prop_assert!((0.0..=bald + 1e-12).contains(epig), "{} of {}", epig, bald);
        }
    }

    #[test]
    fn order_of_samples_and_targets_does_not_matter((pool, targets) in pool_and_targets(), seed: u64) {
        let (samples, order) = (shuffled(pool.len_of(Axis(1)), seed), shuffled(targets.len_of(Axis(0)), seed));
        let permuted = tiled(&pool.select(Axis(1), &samples), &targets.select(Axis(1), &samples).select(Axis(0), &order));
        for (a, b) in permuted.iter().zip(tiled(&pool, &targets)) {
            prop_assert!((a - b).abs() <= 1e-12, "{} and {}", a, b);
        }
    }

    #[test]
    fn f32_agrees_to_1e6((pool, targets) in pool_and_targets()) {
        let (narrow, narrow_targets) = (pool.mapv(|p| p.ln() as f32), targets.mapv(|p| p as f32));
        let narrow_targets = Targets::new(&Predictions::from_probs(narrow_targets.view()).unwrap()).unwrap();
        let found = narrow_targets.epig(&Predictions::from_log_probs(narrow.view()).unwrap()).unwrap();
        for (a, b) in found.iter().zip(tiled(&pool, &targets)) {
            prop_assert!((a - b).abs() <= 1e-6, "{} and {}", a, b);
        }
    }
}

/// A target that is the point itself, certain for each sample, asks for all that the samples know.
#[test]
fn a_target_that_tells_the_samples_apart_gives_bald() {
    let probs_1_K_C = array![[[0.9, 0.1, 0.0], [0.2, 0.3, 0.5], [0.4, 0.4, 0.2]]];
    let target_1_K_C = array![[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]];
    let expected = bald(&normalised(&probs_1_K_C)).unwrap()[0];
    approx::assert_abs_diff_eq!(tiled(&probs_1_K_C, &target_1_K_C)[0], expected, epsilon = 1e-15);
}

/// A target all samples agree on asks for nothing.
#[test]
fn a_target_without_disagreement_gives_nothing() {
    let probs_1_K_C = array![[[0.9, 0.1], [0.2, 0.8]]];
    let target_1_K_C = array![[[0.3, 0.7], [0.3, 0.7]]];
    assert!(tiled(&probs_1_K_C, &target_1_K_C)[0] < 1e-15);
    let one_sample = array![[[0.9, 0.1]]];
    assert_eq!(tiled(&one_sample, &array![[[0.3, 0.7]]])[0].to_bits(), 0);
}

/// More targets than one product holds; equal points on several threads and in any tile.
#[test]
fn equal_points_get_equal_bits() {
    let value = |n: usize, k: usize, c: usize| 1.0 + ((n % 7 * 31 + k * k * 17 + c * 7) % 23) as f64;
    let probs_N_K_C = to_probs(Array3::from_shape_fn((200, 20, 10), |(n, k, c)| value(n, k, c)));
    let targets_M_K_C = probs_N_K_C.slice(s![..75, ..;-1, ..]).to_owned();
    let of_threads = |threads| in_threads(threads, || tiled(&probs_N_K_C, &targets_M_K_C));
    let one_thread = of_threads(1);
    for n in 7..200 {
        assert_eq!(one_thread[n].to_bits(), one_thread[n % 7].to_bits());
    }
    assert_eq!(of_threads(3), one_thread);
    assert_eq!(
        tiled(&probs_N_K_C.slice(s![50..60, .., ..]).to_owned(), &targets_M_K_C),
        one_thread.slice(s![50..60])
    );
}

#[test]
fn a_column_beside_others() {
    let (pool, targets_M_K_C) = (array![[[0.9, 0.1], [0.2, 0.8]]], array![[[0.3, 0.7], [0.6, 0.4]]]);
    let predictions = Predictions::from_probs(pool.view()).unwrap();
    let targets = Targets::new(&Predictions::from_probs(targets_M_K_C.view()).unwrap()).unwrap();
    let functions =
        [AcquisitionFunction::MaxEntropy, AcquisitionFunction::Epig, AcquisitionFunction::ExpectedEntropy];
    let scores_n_F = predictions.score_with_targets(&functions, &targets).unwrap();
    let probs = normalised(&pool);
    let expected = [max_entropy(&probs)[0], tiled(&pool, &targets_M_K_C)[0], expected_entropy(&probs)[0]];
    for (found, expected) in scores_n_F.row(0).iter().zip(expected) {
        approx::assert_abs_diff_eq!(*found, expected, epsilon = 1e-15);
    }
    assert_eq!(
        predictions.score(&functions).unwrap_err().to_string(),
        "`epig` needs the predictions of target points"
    );
}

#[test]
fn targets_of_other_samples_are_refused() {
    let pool = array![[[0.9, 0.1], [0.2, 0.8]]];
    let targets_M_K_C = array![[[0.3, 0.7], [0.6, 0.4], [0.5, 0.5]]];
    let expected = Error::TargetsDiffer { samples: 2, classes: 2, found_samples: 3, found_classes: 2 };
    assert_eq!(epig(&normalised(&pool), &normalised(&targets_M_K_C)).unwrap_err(), expected);
    let targets = Targets::new(&Predictions::from_probs(targets_M_K_C.view()).unwrap()).unwrap();
    assert_eq!(targets.epig(&Predictions::from_probs(pool.view()).unwrap()).unwrap_err(), expected);
    assert_eq!(
        expected.to_string(),
        "target predictions have 3 samples and 2 classes, expected those of the pool: 2 and 2"
    );
}
