//! What holds for any predictions.

use bal_acquisition::{AcquisitionFunction, Predictions};
use ndarray::{Array2, Array3, Axis, ShapeBuilder as _, s};
use proptest::prelude::*;

use crate::support::{
    functions, in_threads, normalised, plain, predictions_of, score_all, shuffled, to_probs,
};

fn predictions() -> impl Strategy<Value = Array3<f64>> {
    predictions_of(1..6, 1..20, 2..12)
}

fn bits(scores_N_F: &Array2<f64>) -> Vec<u64> {
    scores_N_F.iter().map(|score| score.to_bits()).collect()
}

fn assert_close(a: &Array2<f64>, b: &Array2<f64>, tolerance: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.dim(), b.dim());
    for (a, b) in a.iter().zip(b) {
        prop_assert!((a - b).abs() <= tolerance, "{} and {}", a, b);
    }
    Ok(())
}

proptest! {
    #[test]
    fn fused_pass_equals_the_plain_functions(probs_N_K_C in predictions()) {
        let scores_N_F = score_all(&probs_N_K_C).unwrap();
        let normalised = normalised(&probs_N_K_C);
        for (fused_N, function) in scores_N_F.columns().into_iter().zip(functions()) {
            for (fused, plain) in fused_N.iter().zip(plain(function, &normalised)) {
                prop_assert!((fused - plain).abs() <= 1e-12, "{}: {} and {}", function, fused, plain);
            }
        }
    }

    #[test]
    fn log_probs_give_the_scores_of_probs(probs_N_K_C in predictions()) {
        let log_probs_N_K_C = probs_N_K_C.mapv(f64::ln);
        let from_logs = Predictions::from_log_probs(log_probs_N_K_C.view()).unwrap();
        // exp(ln p) is p up to rounding, which may decide a vote that is nearly level
        let unvoted: Vec<_> =
            functions().into_iter().filter(|&function| function != AcquisitionFunction::VariationRatios).collect();
        let from_probs = Predictions::from_probs(probs_N_K_C.view()).unwrap();
        assert_close(&from_probs.score(&unvoted).unwrap(), &from_logs.score(&unvoted).unwrap(), 1e-12)?;
    }

    #[test]
    fn order_of_samples_does_not_matter(probs_N_K_C in predictions(), seed: u64) {
        let order = shuffled(probs_N_K_C.len_of(Axis(1)), seed);
        let permuted = probs_N_K_C.select(Axis(1), &order);
        assert_close(&score_all(&probs_N_K_C).unwrap(), &score_all(&permuted).unwrap(), 1e-12)?;
    }

    #[test]
    fn order_of_points_permutes_scores_to_the_bit(probs_N_K_C in predictions(), seed: u64) {
        let order = shuffled(probs_N_K_C.len_of(Axis(0)), seed);
        let permuted = score_all(&probs_N_K_C.select(Axis(0), &order)).unwrap();
        prop_assert_eq!(bits(&score_all(&probs_N_K_C).unwrap().select(Axis(0), &order)), bits(&permuted));
    }

    /// Neither how points are cut into tiles nor memory order nor the other functions change a bit.
    #[test]
    fn a_score_depends_on_its_point_only(probs_N_K_C in predictions()) {
        let all = score_all(&probs_N_K_C).unwrap();
        for n in 0..probs_N_K_C.len_of(Axis(0)) {
            let alone = probs_N_K_C.slice(s![n..=n, .., ..]);
            for (f, function) in functions().into_iter().enumerate() {
                let score = Predictions::from_probs(alone).unwrap().score(&[function]).unwrap()[[0, 0]];
                prop_assert_eq!(score.to_bits(), all[[n, f]].to_bits());
            }
        }
        let mut column_major = Array3::zeros(probs_N_K_C.dim().f());
        column_major.assign(&probs_N_K_C);
        prop_assert_eq!(bits(&score_all(&column_major).unwrap()), bits(&all));
    }

    #[test]
    fn scores_stay_in_their_ranges(probs_N_K_C in predictions()) {
        let (_, K, C) = probs_N_K_C.dim();
        let (log_K, log_C, slack) = ((K as f64).ln(), (C as f64).ln(), 1e-12);
        for (scores_N, function) in score_all(&probs_N_K_C).unwrap().columns().into_iter().zip(functions()) {
            let (low, high) = match function {
                AcquisitionFunction::Random | AcquisitionFunction::Epig => unreachable!("{function} needs something else"),
                AcquisitionFunction::MaxEntropy | AcquisitionFunction::ExpectedEntropy => (0.0, log_C),
                AcquisitionFunction::Bald => (0.0, log_C.min(log_K)),
                AcquisitionFunction::VariationRatios | AcquisitionFunction::LeastConfidence => (0.0, 1.0 - 1.0 / C as f64),
                AcquisitionFunction::MeanStd => (0.0, 0.5),
                AcquisitionFunction::Margin => (-1.0, 0.0),
                AcquisitionFunction::PredictiveVariance => (0.0, 0.25),
            };
            for &score in scores_N {
                // the lower end holds without slack, so that no range check downstream needs one
                prop_assert!(low <= score && score <= high + slack, "{}: {}", function, score);
            }
        }
    }

    #[test]
    fn normalised_rows_sum_to_one(probs_N_K_C in predictions()) {
        for row_C in normalised(&probs_N_K_C).probs_N_K_C().rows() {
            prop_assert!((row_C.sum() - 1.0).abs() <= 1e-14);
        }
    }
}

/// Equal points get equal bits whatever thread works on them: 300 copies of each of 7 points in turn.
#[test]
fn equal_points_get_equal_bits_on_any_number_of_threads() {
    let value = |n: usize, k: usize, c: usize| 1.0 + ((n % 7 * 31 + k * 17 + c * 7) % 23) as f32;
    let probs_N_K_C = to_probs(Array3::from_shape_fn((2100, 20, 10), |(n, k, c)| value(n, k, c)));
    let predictions = Predictions::from_probs(probs_N_K_C.view()).unwrap();
    let score = |threads| in_threads(threads, || predictions.score(&functions()).unwrap());
    let one_thread = score(1);
    for n in 7..2100 {
        assert_eq!(one_thread.row(n), one_thread.row(n % 7));
    }
    for threads in [2, 3, 8] {
        assert_eq!(bits(&score(threads)), bits(&one_thread));
    }
}
