//! `power`, `softmax` and `softrank`: what is drawn how often, and their ends β = 0 and β = ∞.

use bal_acquisition::{Draw, Error, Pick, Result, power, softmax, softrank, top_k};

use crate::support::{draw, rows};

type Method = fn(&[f64], usize, f64, Draw) -> Result<Vec<Pick>>;

const METHODS: [Method; 3] = [power, softmax, softrank];

/// Holds the shares of first and second picks against draws by `weight_N` without replacement.
fn assert_shares(method: Method, scores_N: &[f64], beta: f64, weight_N: &[f64]) {
    let N = scores_N.len();
    let draws = 20_000_u32;
    let mut count_N_N = vec![vec![0_u32; N]; N];
    for seed in 0..draws {
        let picked = rows(&method(scores_N, 2, beta, draw(u64::from(seed), 3)).unwrap());
        count_N_N[picked[0]][picked[1]] += 1;
    }
    let total: f64 = weight_N.iter().sum();
    for i in 0..N {
        for j in (0..N).filter(|&j| j != i) {
            let expected = weight_N[i] / total * weight_N[j] / (total - weight_N[i]);
            let found = f64::from(count_N_N[i][j]) / f64::from(draws);
            let standard_error = (expected * (1.0 - expected) / f64::from(draws)).sqrt();
            assert!(
                (found - expected).abs() <= 4.5 * standard_error,
                "{i} then {j}: share {found}, expected {expected}"
            );
        }
    }
}

#[test]
fn power_draws_in_proportion_to_powers() {
    let scores_N = [0.5, 0.0, 1.5, 1.0];
    for beta in [0.5, 1.0, 3.0_f64] {
        let weight_N = scores_N.map(|score: f64| score.powf(beta));
        assert_shares(power, &scores_N, beta, &weight_N);
    }
}

#[test]
fn softmax_draws_in_proportion_to_exponentials() {
    let scores_N = [-1.0, 0.5, 0.0, 1.0_f64];
    for beta in [0.5, 2.0] {
        assert_shares(softmax, &scores_N, beta, &scores_N.map(|score| (beta * score).exp()));
    }
}

#[test]
fn softrank_draws_in_proportion_to_inverse_ranks() {
    // ranks 2, 4, 1, 3: of the two zeros the earlier row ranks higher
    let (scores_N, rank_N) = ([0.0, -7.0, 9.0, -0.0], [2.0, 4.0, 1.0, 3.0_f64]);
    for beta in [1.0, 2.0] {
        assert_shares(softrank, &scores_N, beta, &rank_N.map(|rank| rank.powf(-beta)));
    }
}

#[test]
fn beta_0_draws_from_all_points_alike() {
    for method in METHODS {
        assert_shares(method, &[0.0, 3.0, 1e300, 2.0], 0.0, &[1.0; 4]);
    }
}

#[test]
fn beta_infinity_is_top_k() {
    let scores_N = [0.3, 0.0, 0.7, 0.3, 0.9];
    for method in METHODS {
        assert_eq!(method(&scores_N, 4, f64::INFINITY, draw(0, 0)).unwrap(), top_k(&scores_N, 4).unwrap());
        // a large finite β is as good as that where scores differ
        assert_eq!(rows(&method(&scores_N, 2, 1e6, draw(0, 0)).unwrap()), [4, 2]);
    }
}

/// Zeros come after everything else, but not always in the same order.
#[test]
fn zero_scores_come_last_in_random_order() {
    let mut scores_N = vec![0.0; 10];
    (scores_N[3], scores_N[8], scores_N[9]) = (1e-300, 5.0, -0.0);
    let orders: Vec<Vec<usize>> = (0..20)
        .map(|seed| {
            let picks = power(&scores_N, 10, 1.0, draw(seed, 0)).unwrap();
            assert_eq!(rows(&picks)[..2], [8, 3]);
            rows(&picks)[2..].to_vec()
        })
        .collect();
    assert!(orders.iter().any(|order| *order != orders[0]));
    for mut order in orders {
        order.sort_unstable();
        assert_eq!(order, [0, 1, 2, 4, 5, 6, 7, 9]);
    }
}

#[test]
fn gains_are_the_scores_and_no_point_comes_twice() {
    let scores_N: Vec<f64> = (0..100).map(|n| f64::from(n * 37 % 101)).collect();
    for method in METHODS {
        let picks = method(&scores_N, 100, 1.0, draw(5, 1)).unwrap();
        assert!(picks.iter().all(|pick| pick.gain.to_bits() == scores_N[pick.row].to_bits()));
        let mut picked = rows(&picks);
        picked.sort_unstable();
        assert_eq!(picked, (0..100).collect::<Vec<_>>());
        let few = method(&scores_N, 7, 1.0, draw(5, 1)).unwrap();
        assert_eq!(few, picks[..7], "a smaller batch is the head of a larger one");
        assert_ne!(rows(&few), rows(&method(&scores_N, 7, 1.0, draw(6, 1)).unwrap()));
        assert_ne!(rows(&few), rows(&method(&scores_N, 7, 1.0, draw(5, 2)).unwrap()));
    }
}

#[test]
fn negative_scores_are_refused_for_powers_only() {
    let scores_N = [0.5, -0.25, -1.0];
    for beta in [0.0, 1.0, f64::INFINITY] {
        let error = power(&scores_N, 1, beta, draw(0, 0)).unwrap_err();
        assert_eq!(error, Error::NegativeForPower { row: 1, found: -0.25 });
        assert_eq!(error.to_string(), "score of row 1 is -0.25, expected at least 0 for `power`");
    }
    assert_eq!(softmax(&scores_N, 3, 1.0, draw(0, 0)).unwrap().len(), 3);
    assert_eq!(softrank(&scores_N, 3, 1.0, draw(0, 0)).unwrap().len(), 3);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    for method in METHODS {
        assert_eq!(
            method(&[1.0, 2.0], 3, 1.0, draw(0, 0)),
            Err(Error::BatchTooLarge { batch: 3, points: 2 })
        );
        assert_eq!(method(&[1.0], 1, -0.5, draw(0, 0)), Err(Error::Coldness { name: "beta", found: -0.5 }));
        assert!(matches!(method(&[1.0], 1, f64::NAN, draw(0, 0)), Err(Error::Coldness { .. })));
        assert!(matches!(
            method(&[1.0, f64::NAN], 1, 1.0, draw(0, 0)),
            Err(Error::NonFiniteScore { row: 1, .. })
        ));
        assert_eq!(method(&[], 0, 1.0, draw(0, 0)), Ok(Vec::new()));
    }
}
