//! Mean and population standard deviation of the training inputs, which networks see normalised.

use ndarray::{Array2, Array4, Axis};

/// Per channel, of pixels divided by 255.
pub(super) fn of_images(images: &Array4<u8>) -> (Vec<f64>, Vec<f64>) {
    let channel = |channel: ndarray::ArrayView3<u8>| {
        // Exact counts of 256 values: the result depends on no order of summation over millions of pixels.
        let mut counts = [0u64; 256];
        channel.iter().for_each(|&pixel| counts[usize::from(pixel)] += 1);
        let total = channel.len() as f64;
        let expect = |f: &dyn Fn(f64) -> f64| {
            counts.iter().enumerate().map(|(pixel, &n)| n as f64 * f(pixel as f64 / 255.0)).sum::<f64>()
                / total
        };
        let mean = expect(&|x| x);
        (mean, expect(&|x| (x - mean).powi(2)).sqrt())
    };
    images.axis_iter(Axis(1)).map(channel).unzip()
}

/// Per dimension, of the values themselves.
pub(super) fn of_points(points: &Array2<f32>) -> (Vec<f64>, Vec<f64>) {
    let dimension = |values: ndarray::ArrayView1<f32>| {
        let n = values.len() as f64;
        let mean = values.iter().copied().map(f64::from).sum::<f64>() / n;
        let variance = values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n;
        (mean, variance.sqrt())
    };
    points.axis_iter(Axis(1)).map(dimension).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn images_are_taken_per_channel() {
        let images = Array4::from_shape_vec((2, 2, 1, 1), vec![0, 51, 255, 51]).unwrap();
        let (mean, std) = of_images(&images);
        assert_eq!(mean, [0.5, 0.2]);
        assert_eq!(std, [0.5, 0.0]);
    }

    #[test]
    fn points_are_taken_per_dimension() {
        let (mean, std) = of_points(&array![[1.0, 10.0], [3.0, 10.0]]);
        assert_eq!(mean, [2.0, 10.0]);
        assert_eq!(std, [1.0, 0.0]);
    }
}
