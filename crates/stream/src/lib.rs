//! Named random streams: every random draw of `bal` comes from one.
//!
//! A stream is a `ChaCha8` generator keyed by (seed, purpose, round, network, member), never a global
//! generator. Two decisions with different names cannot disturb each other: adding a draw to one leaves all
//! others as they were, and a round can be repeated alone.

use std::f64::consts::TAU;

use rand::{Rng as _, RngExt as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

mod purpose;

pub use purpose::Purpose;

/// Whose draws: all of a run in one acquisition round, or of one network of an ensemble there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Seed of the run.
    pub seed: u64,
    /// Acquisition round, 0 for decisions made once per run.
    pub round: u64,
    /// Network of an ensemble. The first one, 0, draws what a network alone draws.
    network: u64,
}

impl Draw {
    /// The draws of a run in a round, and of its first network.
    pub const fn new(seed: u64, round: u64) -> Self {
        Self { seed, round, network: 0 }
    }

    /// The draws of this network of an ensemble, counted from 0.
    #[must_use]
    pub const fn of_network(self, network: usize) -> Self {
        Self { network: network as u64, ..self }
    }

    /// The stream of one decision. `member` is the posterior sample, epoch, layer …; see [`member`] for two
    /// of them.
    pub fn stream(self, purpose: Purpose, member: u64) -> Stream {
        let name = purpose.name();
        let mut hash = Sha256::new();
        hash.update(b"bal/1");
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        for number in [self.seed, self.round, member] {
            hash.update(number.to_le_bytes());
        }
        if self.network > 0 {
            hash.update(self.network.to_le_bytes());
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
        Draw::new(seed, 0).stream(Purpose::Test(name), member)
    }

    /// `n` uniform draws from [0, 1).
    pub fn uniform(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.0.random::<f64>()).collect()
    }

    /// `n` uniform draws from ±`bound`.
    pub fn uniform_symmetric(&mut self, n: usize, bound: f64) -> Vec<f32> {
        (0..n).map(|_| ((2.0 * self.0.random::<f64>() - 1.0) * bound) as f32).collect()
    }

    /// `n` standard normal draws (Box and Muller 1958): √(−2 ln u) cos 2πv with u from (0, 1].
    pub fn normal(&mut self, n: usize) -> Vec<f64> {
        let uniform = self.uniform(2 * n);
        let (pairs, _) = uniform.as_chunks::<2>();
        pairs.iter().map(|[u, v]| (-2.0 * (1.0 - u).ln()).sqrt() * (TAU * v).cos()).collect()
    }

    /// `n` whole numbers below `end`, each as likely as the others.
    pub fn below(&mut self, end: usize, n: usize) -> Vec<usize> {
        (0..n).map(|_| self.0.random_range(0..end)).collect()
    }

    /// A dropout mask of `n` units: 0 with probability `p`, else 1/(1 − p).
    ///
    /// `p` is compared with 8 random bits where it is a multiple of 2⁻⁸, as ¼ and ½ are, and then exact; else
    /// with 32, and then exact to 2⁻³². Few bits matter: networks with dropout behind their convolutions
    /// draw a hundred thousand units for one image.
    pub fn dropout_mask(&mut self, n: usize, p: f64) -> Vec<f32> {
        let keep = (1.0 / (1.0 - p)) as f32;
        let mask = |is_dropped: bool| if is_dropped { 0.0 } else { keep };
        let drop_below = p * 2f64.powi(8);
        if drop_below.fract() == 0.0 {
            let (bytes, drop_below) = (self.bytes(n), drop_below as u8);
            // By reference, which becomes vector operations: half the time.
            return bytes.iter().map(|&byte| mask(byte < drop_below)).collect();
        }
        let drop_below = (p * 2f64.powi(32)).round() as u64;
        let bytes = self.bytes(4 * n);
        let (words, _) = bytes.as_chunks::<4>();
        words.iter().map(|word| mask(u64::from(u32::from_le_bytes(*word)) < drop_below)).collect()
    }

    fn bytes(&mut self, n: usize) -> Vec<u8> {
        let mut bytes = vec![0u8; n];
        self.0.fill_bytes(&mut bytes);
        bytes
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
            |seed, name, round, member| Draw::new(seed, round).stream(Purpose::Test(name), member).uniform(4);
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
    fn a_network_of_an_ensemble_draws_for_itself_and_the_first_as_one_alone() {
        let draw = Draw::new(3, 1);
        let numbers = |draw: Draw| draw.stream(Purpose::Test("weights"), 0).uniform(4);
        assert_eq!(numbers(draw), numbers(draw.of_network(0)));
        assert_ne!(numbers(draw), numbers(draw.of_network(1)));
        assert_ne!(numbers(draw.of_network(2)), numbers(draw.of_network(1)));
    }

    #[test]
    fn dropout_masks_have_the_right_rate_and_values() {
        // The first three are drawn from bytes, the others from words of four.
        for (p, member) in [0.0, 0.25, 0.5, 0.3, 0.999].into_iter().zip(0..) {
            let mask = Stream::of_test("dropout", 3, member).dropout_mask(100_000, p);
            let dropped = mask.iter().filter(|&&m| m == 0.0).count() as f64 / 1e5;
            let standard_error = (p * (1.0 - p) / 1e5).sqrt();
            assert!((dropped - p).abs() <= 4.5 * standard_error, "p = {p}, dropped {dropped}");
            let keep = (1.0 / (1.0 - p)) as f32;
            assert!(mask.iter().all(|&m| m == 0.0 || (m - keep).abs() < f32::EPSILON), "p = {p}");
        }
    }

    #[test]
    fn normal_draws_have_unit_moments() {
        let draws = Stream::of_test("normal", 0, 0).normal(2000);
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / draws.len() as f64;
        // Four standard errors of 2,000 draws.
        assert!(mean.abs() < 0.09 && (variance - 1.0).abs() < 0.13, "{mean} {variance}");
    }

    #[test]
    fn whole_numbers_are_below_their_end_and_all_come() {
        let numbers = Stream::of_test("below", 0, 0).below(5, 200);
        assert!((0..5).all(|number| numbers.contains(&number)) && numbers.iter().all(|&number| number < 5));
    }
}
