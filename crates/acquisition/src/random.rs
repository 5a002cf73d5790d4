//! `random`: the baseline.

use bal_stream::Stream;

/// Seeded uniform scores: s_n ~ U[0, 1), n = 1 … N.
///
/// They belong to the rows of the scored file, whatever its predictions are: another model or another set
/// of functions leaves them as they are. Drawn from the stream `random_score` of (seed, round).
///
/// # Shapes
/// Out: `scores_N`.
pub fn random_scores(seed: u64, round: u64, points: usize) -> Vec<f64> {
    Stream::new(seed, "random_score", round, 0).uniform(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_and_round_decide() {
        let scores_N = random_scores(1, 2, 1000);
        assert_eq!(scores_N, random_scores(1, 2, 1000));
        assert_ne!(scores_N, random_scores(2, 2, 1000));
        assert_ne!(scores_N, random_scores(1, 3, 1000));
        assert!(scores_N.iter().all(|s| (0.0..1.0).contains(s)));
        let mean = scores_N.iter().sum::<f64>() / 1000.0;
        // four standard errors of the mean of 1000 uniform draws
        assert!((mean - 0.5).abs() < 4.0 * (1.0_f64 / 12.0 / 1000.0).sqrt(), "mean {mean}");
    }
}
