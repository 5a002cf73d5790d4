//! Two interleaving half circles with noise: the protocol's constants and its fixed draw.

use std::f64::consts::PI;

use bal_stream::{Draw, Purpose};
use ndarray::{Array1, Array2, Axis};

use super::Arrays;

/// Said in the manifest.
pub(crate) const ORIGIN: &str =
    "generated: 1,000 points on two half circles, Gaussian noise 0.15, split 80/20";

/// Points in both sets together, half of them on each moon.
const POINTS: usize = 1000;
/// Points of the training set.
const TRAIN: usize = 800;
/// Standard deviation of the noise on each coordinate.
const NOISE: f64 = 0.15;
/// One fixed draw: the data set is the same whatever seed a run has.
const DRAW: Draw = Draw::new(0, 0);

/// Upper moon (cos t, sin t): label 0; lower moon (1 − cos t, ½ − sin t): label 1; t evenly on [0, π].
pub(crate) fn generate() -> Arrays<f32, ndarray::Ix2> {
    let noise = DRAW.stream(Purpose::TwoMoonsNoise, 0).normal(2 * POINTS);
    let per_moon = POINTS / 2;
    let coordinate = |(point, axis): (usize, usize)| {
        let t = PI * (point % per_moon) as f64 / (per_moon - 1) as f64;
        let clean = match (point < per_moon, axis) {
            (true, 0) => t.cos(),
            (true, _) => t.sin(),
            (false, 0) => 1.0 - t.cos(),
            (false, _) => 0.5 - t.sin(),
        };
        (clean + NOISE * noise[2 * point + axis]) as f32
    };
    let points = Array2::from_shape_fn((POINTS, 2), coordinate);
    let labels = Array1::from_shape_fn(POINTS, |point| i64::from(point >= per_moon));
    let mut order: Vec<usize> = (0..POINTS).collect();
    DRAW.stream(Purpose::TwoMoonsSplit, 0).shuffle(&mut order);
    let (train, test) = order.split_at(TRAIN);
    Arrays {
        train_inputs: points.select(Axis(0), train),
        train_labels: labels.select(Axis(0), train),
        test_inputs: points.select(Axis(0), test),
        test_labels: labels.select(Axis(0), test),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_classes_are_those_of_the_protocol() {
        let moons = generate();
        assert_eq!((moons.train_inputs.dim(), moons.test_inputs.dim()), ((800, 2), (200, 2)));
        assert_eq!(moons.train_labels.sum() + moons.test_labels.sum(), 500);
    }

    /// The distance from the own circle has standard deviation `NOISE`.
    #[test]
    fn points_lie_around_their_moon() {
        let moons = generate();
        let radial: Vec<f64> = moons
            .train_inputs
            .outer_iter()
            .zip(&moons.train_labels)
            .map(|(point, &label)| {
                let (x, y) = (f64::from(point[0]), f64::from(point[1]));
                let (centre_x, centre_y) = if label == 0 { (0.0, 0.0) } else { (1.0, 0.5) };
                (x - centre_x).hypot(y - centre_y) - 1.0
            })
            .collect();
        let rms = (radial.iter().map(|r| r * r).sum::<f64>() / radial.len() as f64).sqrt();
        // Five standard errors of 800 draws, plus the curvature term of order NOISE²/2.
        assert!((rms - NOISE).abs() < 0.02, "{rms}");
    }
}
