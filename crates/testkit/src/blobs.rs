//! Pictures of ten easy classes.

use std::f64::consts::TAU;

use bal_stream::Stream;
use ndarray::{Array1, Array4};

/// Classes of the synthetic digits.
pub const CLASSES: usize = 10;
/// Width and height of a synthetic digit, as MNIST's.
pub const SIDE: usize = 28;

/// Distance of the blobs' centres from the middle of the picture, in pixels.
const RADIUS: f64 = 8.0;
/// Largest random shift of a blob along each axis, in pixels.
const JITTER: f64 = 1.5;
/// Standard width of a blob, in pixels.
const WIDTH: f64 = 2.5;
/// Largest noise on a pixel.
const NOISE: f64 = 60.0;

/// Images u8 [N, 1, 28, 28] and their labels: a bright blob whose direction from the middle is the class.
///
/// A linear classifier learns them from a few dozen examples; noise and shifts leave it something to learn.
#[derive(Clone, Debug)]
pub struct Digits {
    /// u8 [N, 1, 28, 28].
    pub images: Array4<u8>,
    /// i64 `[N]`, 0 to 9; each class as often as N allows, in random order.
    pub labels: Array1<i64>,
}

impl Digits {
    /// `n` digits of one seed; `part` keeps training and test images apart.
    ///
    /// # Panics
    /// Never: every picture has 28 × 28 pixels.
    pub fn new(n: usize, seed: u64, part: u64) -> Self {
        let labels = made_labels(n, CLASSES, seed, part);
        let mut draws = Stream::of_test("testkit_pixels", seed, part);
        let pixels =
            labels.iter().flat_map(|&label| blob(label as usize, CLASSES, SIDE, &mut draws)).collect();
        let images =
            Array4::from_shape_vec((n, 1, SIDE, SIDE), pixels).expect("each picture has 28 × 28 pixels");
        Self { images, labels: Array1::from_vec(labels) }
    }
}

/// Labels of `n` points: each class as often as `n` allows, in random order.
pub fn made_labels(n: usize, classes: usize, seed: u64, part: u64) -> Vec<i64> {
    let mut labels: Vec<i64> = (0..n).map(|at| (at % classes) as i64).collect();
    Stream::of_test("testkit_labels", seed, part).shuffle(&mut labels);
    labels
}

/// A bright blob in `side` × `side` pixels, whose direction from the middle is the class.
pub(crate) fn blob(class: usize, classes: usize, side: usize, draws: &mut Stream) -> Vec<u8> {
    let angle = TAU * class as f64 / classes as f64;
    let middle = (side as f64 - 1.0) / 2.0;
    let shift = draws.uniform(2);
    let row = middle - RADIUS * angle.sin() + JITTER * (2.0 * shift[0] - 1.0);
    let column = middle + RADIUS * angle.cos() + JITTER * (2.0 * shift[1] - 1.0);
    let noise = draws.uniform(side * side);
    let pixel = |(at, noise): (usize, f64)| {
        let (y, x) = ((at / side) as f64 - row, (at % side) as f64 - column);
        (255.0 * (-(x * x + y * y) / (2.0 * WIDTH * WIDTH)).exp() + NOISE * noise).min(255.0) as u8
    };
    noise.into_iter().enumerate().map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_classifier_solves_them() {
        let train = Digits::new(200, 0, 0);
        let test = Digits::new(100, 0, 1);
        let mut templates = vec![vec![0.0; SIDE * SIDE]; CLASSES];
        for (image, &label) in train.images.outer_iter().zip(&train.labels) {
            templates[label as usize]
                .iter_mut()
                .zip(&image)
                .for_each(|(sum, &pixel)| *sum += f64::from(pixel));
        }
        let predict = |image: ndarray::ArrayView3<u8>| {
            let score = |template: &Vec<f64>| {
                template.iter().zip(&image).map(|(weight, &pixel)| weight * f64::from(pixel)).sum::<f64>()
            };
            (0..CLASSES).max_by(|&a, &b| score(&templates[a]).total_cmp(&score(&templates[b]))).unwrap()
                as i64
        };
        let right = test
            .images
            .outer_iter()
            .zip(&test.labels)
            .filter(|(image, label)| predict(image.view()) == **label);
        let right = right.count();
        assert!(right >= 95, "{right} of 100");
    }

    #[test]
    fn seeds_and_parts_differ_and_repeat() {
        let (a, b) = (Digits::new(20, 0, 0), Digits::new(20, 0, 0));
        assert_eq!((&a.images, &a.labels), (&b.images, &b.labels));
        assert_ne!(a.images, Digits::new(20, 0, 1).images);
        assert_ne!(a.images, Digits::new(20, 1, 0).images);
    }
}
