//! `random`: the baseline.

use bal_stream::{Draw, Purpose};

/// Seeded uniform scores: s_n ~ U[0, 1), n = 1 … N.
///
/// They belong to the rows of the scored file, whatever its predictions are: another model or another set
/// of functions leaves them as they are. Drawn from the stream `random_score` of (seed, round).
///
/// # Shapes
/// Out: `scores_N`.
pub fn random_scores(draw: Draw, points: usize) -> Vec<f64> {
    draw.stream(Purpose::RandomScore, 0).uniform(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_and_round_decide() {
        let random = |seed, round| random_scores(Draw::new(seed, round), 1000);
        let scores_N = random(1, 2);
        assert_eq!(scores_N, random(1, 2));
        assert_ne!(scores_N, random(2, 2));
        assert_ne!(scores_N, random(1, 3));
        assert!(scores_N.iter().all(|s| (0.0..1.0).contains(s)));
        let mean = scores_N.iter().sum::<f64>() / 1000.0;
        // four standard errors of the mean of 1000 uniform draws
        assert!((mean - 0.5).abs() < 4.0 * (1.0_f64 / 12.0 / 1000.0).sqrt(), "mean {mean}");
    }
}
