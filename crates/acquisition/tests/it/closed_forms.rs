//! Values that can be said without computing.

use approx::assert_abs_diff_eq;
use bal_acquisition::AcquisitionFunction::{
    self, Bald, ExpectedEntropy, LeastConfidence, Margin, MaxEntropy, MeanStd, PredictiveVariance,
    VariationRatios,
};
use ndarray::Array3;

use crate::support::{functions, fused, point};

/// The score of the only point.
fn score(function: AcquisitionFunction, probs_1_K_C: &Array3<f64>) -> f64 {
    fused(function, probs_1_K_C)[0]
}

#[test]
fn uniform_members_know_nothing_and_agree() {
    for C in [2_usize, 10, 47] {
        let uniform = Array3::from_elem((1, 4, C), 1.0 / C as f64);
        let log_C = (C as f64).ln();
        assert_abs_diff_eq!(score(MaxEntropy, &uniform), log_C, epsilon = 1e-13);
        assert_abs_diff_eq!(score(ExpectedEntropy, &uniform), log_C, epsilon = 1e-13);
        assert_abs_diff_eq!(score(LeastConfidence, &uniform), 1.0 - 1.0 / C as f64, epsilon = 1e-15);
        for function in [Bald, VariationRatios, MeanStd, Margin, PredictiveVariance] {
            assert_abs_diff_eq!(score(function, &uniform), 0.0, epsilon = 1e-13);
        }
    }
}

#[test]
fn equal_members_share_no_information_with_the_label() {
    for K in [1, 2, 3, 7, 100] {
        let equal = point(&vec![[0.1, 0.2, 0.7]; K]);
        for function in [Bald, VariationRatios, MeanStd, PredictiveVariance] {
            assert_abs_diff_eq!(score(function, &equal), 0.0, epsilon = 1e-14);
        }
    }
}

#[test]
fn certain_members_that_all_disagree_give_log_k() {
    let K = 5;
    let disagree = Array3::from_shape_fn((1, K, 10), |(_, k, c)| f64::from(u8::from(k == c)));
    let log_K = (K as f64).ln();
    assert_abs_diff_eq!(score(Bald, &disagree), log_K, epsilon = 1e-14);
    assert_abs_diff_eq!(score(MaxEntropy, &disagree), log_K, epsilon = 1e-14);
    assert_abs_diff_eq!(score(VariationRatios, &disagree), 0.8, epsilon = 1e-15);
    assert_abs_diff_eq!(score(LeastConfidence, &disagree), 0.8, epsilon = 1e-15);
    // a class that one of K members holds certain has variance (1/K)(1 − 1/K); 5 of 10 classes are such
    assert_abs_diff_eq!(score(PredictiveVariance, &disagree), 0.5 * 0.2 * 0.8, epsilon = 1e-15);
    assert_abs_diff_eq!(score(MeanStd, &disagree), 0.5 * (0.2_f64 * 0.8).sqrt(), epsilon = 1e-15);
    assert_eq!(score(ExpectedEntropy, &disagree).to_bits(), 0.0_f64.to_bits());
    assert_eq!(score(Margin, &disagree).to_bits(), 0.0_f64.to_bits());
}

#[test]
fn a_certain_prediction_scores_lowest_everywhere() {
    let certain = point(&[[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]);
    for function in functions() {
        let lowest = if function == Margin { -1.0 } else { 0.0_f64 };
        assert_eq!(score(function, &certain).to_bits(), lowest.to_bits(), "{function}");
    }
}

#[test]
fn two_members_that_contradict_reach_the_upper_ends() {
    let contradict = point(&[[0.0, 1.0], [1.0, 0.0]]);
    assert_abs_diff_eq!(score(MeanStd, &contradict), 0.5, epsilon = 1e-15);
    assert_abs_diff_eq!(score(PredictiveVariance, &contradict), 0.25, epsilon = 1e-15);
    assert_abs_diff_eq!(score(Bald, &contradict), 2.0_f64.ln(), epsilon = 1e-15);
    assert_abs_diff_eq!(score(VariationRatios, &contradict), 0.5, epsilon = 1e-15);
}

/// Votes are counted per member; one minus the largest mean probability is another score.
#[test]
fn variation_ratios_is_not_least_confidence() {
    let unsure_but_unanimous = point(&[[0.6, 0.4], [0.55, 0.45]]);
    assert_eq!(score(VariationRatios, &unsure_but_unanimous).to_bits(), 0.0_f64.to_bits());
    assert_abs_diff_eq!(score(LeastConfidence, &unsure_but_unanimous), 0.425, epsilon = 1e-15);
}

/// A member whose best classes are level votes for the lower one: here all three vote for class 0.
#[test]
fn level_classes_vote_for_the_lower() {
    let level = point(&[[0.5, 0.5], [0.5, 0.5], [0.9, 0.1]]);
    assert_eq!(score(VariationRatios, &level).to_bits(), 0.0_f64.to_bits());
}

/// Class 1 is level with the best of two members and alone best of the third: it has one vote, class 0 two.
#[test]
fn a_member_has_one_vote() {
    let level = [[0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [0.1, 0.8, 0.1]];
    for times in [1, 3, 8] {
        let members: Vec<[f64; 3]> = level.iter().copied().cycle().take(3 * times).collect();
        assert_abs_diff_eq!(score(VariationRatios, &point(&members)), 1.0 / 3.0, epsilon = 1e-15);
    }
}

#[test]
fn one_sample_has_exactly_no_model_uncertainty() {
    let probs_N_1_C = Array3::from_shape_fn((50, 1, 3), |(n, _, c)| {
        let p = [0.001 + 0.007 * n as f64, 0.3, 0.0];
        if c == 2 { 1.0 - p[0] - p[1] } else { p[c] }
    });
    for function in [Bald, VariationRatios, MeanStd, PredictiveVariance] {
        assert!(fused(function, &probs_N_1_C).iter().all(|score| score.to_bits() == 0), "{function}");
    }
    assert_eq!(fused(MaxEntropy, &probs_N_1_C), fused(ExpectedEntropy, &probs_N_1_C));
}
