//! Named random streams: every random draw of `bal` comes from one.
//!
//! A stream is a `ChaCha8` generator keyed by `(seed, purpose, round, member)`, never a global generator. Two
//! decisions with different names cannot disturb each other: adding a draw to one leaves all others
//! as they were, and a round can be repeated alone.

use rand::{Rng as _, RngExt as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

mod purpose;

pub use purpose::Purpose;

/// Whose draws: all of a run in one acquisition round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Seed of the run.
    pub seed: u64,
    /// Acquisition round, 0 for decisions made once per run.
    pub round: u64,
}

impl Draw {
    /// The stream of one decision. `member` is the posterior sample, ensemble member, epoch, layer …; see
    /// [`member`] for two of them.
    pub fn stream(self, purpose: Purpose, member: u64) -> Stream {
        let name = purpose.name();
        let mut hash = Sha256::new();
        hash.update(b"bal/1");
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        for number in [self.seed, self.round, member] {
            hash.update(number.to_le_bytes());
        }
        Stream(ChaCha8Rng::from_seed(hash.finalize().into()))
    }
}

/// A `ChaCha8` stream that belongs to one named decision.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// Made-up numbers for a test or a benchmark.
    pub fn of_test(name: &'static str, seed: u64, member: u64) -> Self {
        Draw { seed, round: 0 }.stream(Purpose::Test(name), member)
    }

    /// `n` uniform draws from [0, 1).
    pub fn uniform(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.0.random::<f64>()).collect()
    }

    /// `n` uniform draws from ±`bound`.
    pub fn uniform_symmetric(&mut self, n: usize, bound: f64) -> Vec<f32> {
        (0..n).map(|_| ((2.0 * self.0.random::<f64>() - 1.0) * bound) as f32).collect()
    }

    /// A dropout mask of `n` units: 0 with probability `p`, else 1/(1 − p).
    ///
    /// `p` is compared with 32 random bits, so it is exact to 2⁻³².
    pub fn dropout_mask(&mut self, n: usize, p: f64) -> Vec<f32> {
        let drop_below = (p * 2f64.powi(32)).round() as u64;
        let keep = (1.0 / (1.0 - p)) as f32;
        let mut bytes = vec![0u8; 4 * n];
        self.0.fill_bytes(&mut bytes);
        let (words, _) = bytes.as_chunks::<4>();
        words
            .iter()
            .map(|word| if u64::from(u32::from_le_bytes(*word)) < drop_below { 0.0 } else { keep })
            .collect()
    }

    /// Puts `items` into a uniformly random order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        items.shuffle(&mut self.0);
    }
}

/// One `member` key out of two numbers, e.g. posterior sample and layer.
pub fn member(major: usize, minor: usize) -> u64 {
    ((major as u64) << 32) | minor as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_reproducible_and_distinct() {
        let draws =
            |seed, name, round, member| Draw { seed, round }.stream(Purpose::Test(name), member).uniform(4);
        let base = draws(0, "split", 0, 0);
        assert_eq!(base, draws(0, "split", 0, 0));
        for other in [
            draws(1, "split", 0, 0),
            draws(0, "mask", 0, 0),
            draws(0, "split", 1, 0),
            draws(0, "split", 0, 1),
        ] {
            assert_ne!(base, other);
        }
    }

    /// A change here changes every published result: it needs a new version of the stages that draw.
    #[test]
    fn first_draw_is_pinned() {
        let first = Stream::of_test("split", 0, 0).uniform(1)[0];
        assert!((first - 0.612_878_829_531_96).abs() < 1e-15, "first draw is now {first:?}");
    }

    #[test]
    fn dropout_mask_has_the_right_rate_and_values() {
        let mask = Stream::of_test("dropout", 3, 0).dropout_mask(100_000, 0.3);
        let dropped = mask.iter().filter(|&&m| m == 0.0).count() as f64 / 1e5;
        // 4.5 standard errors of a binomial with p = .3
        assert!((dropped - 0.3).abs() < 0.0066, "dropped {dropped}");
        let keep = (1.0 / 0.7) as f32;
        assert!(mask.iter().all(|&m| m == 0.0 || (m - keep).abs() < f32::EPSILON));
    }
}
