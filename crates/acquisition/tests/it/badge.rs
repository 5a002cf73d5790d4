//! `badge` against gradients that are written out in full, and at its edges.

use bal_acquisition::{Error, Pick, Unwatched, badge};
use bal_stream::{Draw, Purpose};
use ndarray::{Array2, Array3, Axis, array};
use proptest::prelude::*;
use serde::Deserialize;

use crate::support::{draw, in_threads, matrix, normalised, rows, to_probs};

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    mean_probs_N_C: Vec<Vec<f64>>,
    features_N_D: Vec<Vec<f64>>,
    norms: Vec<f64>,
    distances: Vec<Vec<f64>>,
}

#[test]
fn distances_are_those_of_scipy_between_full_gradients() {
    let golden: Golden = serde_json::from_str(include_str!("../golden/features_badge.json")).unwrap();
    for case in golden.cases {
        let (p, h) = (matrix(&case.mean_probs_N_C), matrix(&case.features_N_D));
        for seed in 0..20 {
            let picks = badge(p.view(), h.view(), 8, draw(seed, 0), &Unwatched).unwrap();
            let largest = case.norms.iter().copied().fold(0.0, f64::max);
            assert!((picks[0].gain - largest).abs() < 1e-9);
            assert!((case.norms[picks[0].row] - largest).abs() < 1e-12);
            for (rank, pick) in picks.iter().enumerate().skip(1) {
                let to = |earlier: &Pick| case.distances[pick.row][earlier.row];
                let expected = picks[..rank].iter().map(to).fold(f64::INFINITY, f64::min);
                assert!((pick.gain - expected).abs() < 1e-9, "{pick:?}, expected {expected}");
            }
        }
    }
}

/// (onehot(ŷ) − p̄) ⊗ h, [N, C · D].
fn full_gradients(mean_probs_N_C: &Array2<f64>, features_N_D: &Array2<f64>) -> Array2<f64> {
    let ((N, C), D) = (mean_probs_N_C.dim(), features_N_D.ncols());
    Array2::from_shape_fn((N, C * D), |(n, cd)| {
        let p_C = mean_probs_N_C.row(n);
        let guess = (0..C).find(|&c| p_C.iter().all(|&p| p <= p_C[c])).unwrap();
        (f64::from(u8::from(cd / D == guess)) - p_C[cd / D]) * features_N_D[[n, cd % D]]
    })
}

/// k-means++ on the rows of `g`, each distance computed again for every pick.
fn by_definition(g: &Array2<f64>, b: usize, draw: Draw) -> Vec<usize> {
    let squared = |x: &ndarray::Array1<f64>| x.dot(x);
    let norm_N: Vec<f64> = g.rows().into_iter().map(|g_n| squared(&g_n.to_owned())).collect();
    let largest = norm_N.iter().copied().fold(0.0, f64::max);
    let mut picks = vec![norm_N.iter().position(|&norm| norm >= largest).unwrap()];
    for uniform in draw.stream(Purpose::Badge, 0).uniform(b - 1) {
        let weight_N: Vec<f64> = (0..g.nrows())
            .map(|n| {
                let nearest = picks.iter().map(|&j| squared(&(&g.row(n) - &g.row(j))));
                nearest.fold(f64::INFINITY, f64::min)
            })
            .collect();
        let target = uniform * weight_N.iter().sum::<f64>();
        let mut below = 0.0;
        let chosen = weight_N.iter().position(|weight| {
            below += weight;
            below > target
        });
        picks.push(chosen.unwrap());
    }
    picks
}

proptest! {
    #[test]
    fn equals_the_definition_on_full_gradients(
        logits in prop::collection::vec(-3.0..3.0_f64, 60),
        h in prop::collection::vec(0.0..2.0_f64, 75),
        seed in 0..u64::MAX,
    ) {
        let p = to_probs(Array2::from_shape_vec((15, 4), logits).unwrap().mapv(f64::exp));
        let h = Array2::from_shape_vec((15, 5), h).unwrap();
        let picks = badge(p.view(), h.view(), 6, draw(seed, 3), &Unwatched).unwrap();
        prop_assert_eq!(rows(&picks), by_definition(&full_gradients(&p, &h), 6, draw(seed, 3)));
    }
}

/// Three gradients on a line: after the first pick at 9 the others are drawn 81 : 36 : 1 for 0, 3 and 8.
#[test]
fn later_picks_are_drawn_in_proportion_to_the_squared_distance() {
    let p = Array2::from_elem((4, 2), 0.5); // q = (½, −½) for all: ‖q‖² = ½
    let h = array![[0.0], [3.0], [8.0], [9.0]];
    let draws = 4000;
    let mut count = [0.0; 4];
    for seed in 0..draws {
        let picks = badge(p.view(), h.view(), 2, draw(seed, 0), &Unwatched).unwrap();
        assert_eq!(picks[0], Pick { row: 3, gain: (0.5_f64 * 81.0).sqrt() });
        count[picks[1].row] += 1.0;
    }
    for (row, weight) in [(0, 81.0), (1, 36.0), (2, 1.0)] {
        let share = weight / 118.0;
        let error = (share * (1.0 - share) * draws as f64).sqrt();
        assert!((count[row] - share * draws as f64).abs() < 4.5 * error, "row {row}: {} draws", count[row]);
    }
}

/// Odd numbers, so that products round: still a copy is at distance 0 and comes after all originals.
#[test]
fn a_copy_of_a_picked_point_is_drawn_only_when_nothing_else_is_left() {
    let logits = Array2::from_shape_fn((20, 7), |(n, c)| 2.0 * ((n * 13 + c * 29) as f64).sin());
    let p = to_probs(logits.mapv(f64::exp));
    let h = Array2::from_shape_fn((20, 43), |(n, d)| ((n * 31 + d * 7) as f32).cos());
    let (p, h) = (ndarray::concatenate![Axis(0), p, p], ndarray::concatenate![Axis(0), h, h]);
    for seed in 0..50 {
        let picks = badge(p.view(), h.view(), 40, draw(seed, 1), &Unwatched).unwrap();
        let mut originals: Vec<usize> = rows(&picks[..20]).into_iter().map(|row| row % 20).collect();
        originals.sort_unstable();
        assert_eq!(originals, (0..20).collect::<Vec<_>>());
        assert!(picks[20..].iter().all(|pick| pick.gain.to_bits() == 0));
        let mut all = rows(&picks);
        all.sort_unstable();
        assert_eq!(all, (0..40).collect::<Vec<_>>());
    }
}

#[test]
fn without_any_gradient_the_rest_is_drawn_uniformly() {
    let p = array![[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]; // certain: no gradient
    let h = Array2::from_shape_fn((4, 3), |(n, d)| (n + d) as f32);
    let mut second = [0; 4];
    for seed in 0..3000 {
        let picks = badge(p.view(), h.view(), 2, draw(seed, 0), &Unwatched).unwrap();
        assert_eq!(picks[0], Pick { row: 0, gain: 0.0 });
        second[picks[1].row] += 1;
    }
    assert_eq!(second[0], 0);
    // 4.5 standard errors of a third of 3000
    assert!(second[1..].iter().all(|&count| (f64::from(count) - 1000.0).abs() < 4.5 * 25.9), "{second:?}");
}

#[test]
fn seed_and_round_decide_and_the_number_of_threads_does_not() {
    let p = Array2::from_elem((500, 10), 0.1_f32);
    let h = Array2::from_shape_fn((500, 33), |(n, d)| ((n * 37 + d * 11) as f32).sin());
    let picks = |threads, seed, round| {
        in_threads(threads, || badge(p.view(), h.view(), 30, draw(seed, round), &Unwatched).unwrap())
    };
    assert_eq!(picks(1, 0, 0), picks(3, 0, 0));
    assert_ne!(picks(1, 0, 0), picks(1, 1, 0));
    assert_ne!(picks(1, 0, 0), picks(1, 0, 1));
}

#[test]
fn the_mean_of_the_samples_is_a_prediction_like_any_other() {
    let probs_N_K_C = Array3::from_shape_fn((30, 4, 2), |(n, k, c)| {
        let p = 0.5 + 0.4 * ((3 * n + 7 * k) as f64).sin();
        if c == 0 { p } else { 1.0 - p }
    });
    let h = Array2::from_shape_fn((30, 6), |(n, d)| ((n * 5 + d) as f64).cos());
    let mean_N_C = normalised(&probs_N_K_C).mean_N_C();
    let from_samples = badge(mean_N_C.view(), h.view(), 10, draw(0, 0), &Unwatched).unwrap();
    let from_mean =
        badge(probs_N_K_C.mean_axis(Axis(1)).unwrap().view(), h.view(), 10, draw(0, 0), &Unwatched).unwrap();
    assert_eq!(rows(&from_samples), rows(&from_mean));
}

#[test]
fn bad_input_is_named() {
    let (p, h) = (Array2::from_elem((3, 2), 0.5), Array2::from_elem((3, 4), 1.0));
    let error = |p: &Array2<f64>, h: &Array2<f64>, b| {
        badge(p.view(), h.view(), b, draw(0, 0), &Unwatched).unwrap_err()
    };
    assert_eq!(error(&p, &h, 4), Error::BatchTooLarge { batch: 4, points: 3 });
    let short = Array2::from_elem((2, 4), 1.0);
    assert_eq!(error(&p, &short, 1), Error::FeatureRows { found: 2, expected: 3 });
    let mut with_nan = h.clone();
    with_nan[[1, 2]] = f64::NAN;
    assert!(matches!(error(&p, &with_nan, 1), Error::InvalidFeature { row: 1, column: 2, .. }));
    let mut off = p.clone();
    off[[2, 1]] = 0.75;
    assert_eq!(error(&off, &h, 1), Error::RowSum { point: 2, sample: 0, found: 1.25 });
    off[[2, 1]] = f64::NAN;
    assert!(matches!(error(&off, &h, 1), Error::InvalidValue { point: 2, class: 1, .. }));
}
