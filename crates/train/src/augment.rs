//! Other views of images: a random part of each, and its mirror image.

use tch::{Device, Tensor};

use crate::Augmentation;
use crate::job::Job;

/// Views of images as they stand in the memory of a fit.
pub(crate) struct Views {
    augmentation: Augmentation,
    /// What a black pixel is to the network, [C, 1, 1].
    black: Tensor,
}

impl Views {
    pub(crate) fn new(augmentation: Augmentation, black: Tensor) -> Self {
        Self { augmentation, black }
    }

    /// Images [G, B, C, H, W] as they are seen in this step.
    pub(crate) fn of_step(&self, jobs: &[Job], step: usize, images: &Tensor) -> Tensor {
        let Augmentation { crop_padding: padding, horizontal_flip } = self.augmentation;
        let size = images.size();
        let (points, height, width) = (size[1] as usize, size[3], size[4]);
        let views = jobs.iter().flat_map(|job| job.views(step, points, 2 * padding + 1));
        let mut rows: Vec<i64> = Vec::new();
        let mut columns: Vec<i64> = Vec::new();
        for [down, across, mirror] in views {
            let (down, across) = (down as i64, across as i64);
            rows.extend(down..down + height);
            if horizontal_flip && mirror == 1 {
                columns.extend((across..across + width).rev());
            } else {
                columns.extend(across..across + width);
            }
        }
        self.cut(&images.flatten(0, 1), &rows, &columns, padding as i64).unflatten(0, [size[0], size[1]])
    }

    /// Of each image [n, C, H, W] these rows [n, H] and columns [n, W], counted in the padded image.
    fn cut(&self, images: &Tensor, rows: &[i64], columns: &[i64], padding: i64) -> Tensor {
        let (n, device) = (images.size()[0], images.device());
        let black = self.black.to_device(device).to_kind(images.kind());
        let padded = (images - &black).constant_pad_nd([padding; 4]) + black;
        let index =
            |places: &[i64], shape: [i64; 3]| Some(Tensor::from_slice(places).view(shape).to_device(device));
        let each = index(&(0..n).collect::<Vec<_>>(), [n, 1, 1]);
        let (rows, columns) = (index(rows, [n, -1, 1]), index(columns, [n, 1, -1]));
        // Indices on both sides of the channels put these last: [n, H, W, C].
        padded.index(&[each, None, rows, columns]).permute([0, 3, 1, 2])
    }
}

/// What a black pixel becomes where inputs are normalised, [C, 1, 1].
pub(crate) fn black(mean: &[f64], std: &[f64]) -> Tensor {
    let values: Vec<f32> = mean.iter().zip(std).map(|(mean, std)| (-mean / std) as f32).collect();
    Tensor::from_slice(&values).view([-1, 1, 1]).to_device(Device::Cpu)
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;

    /// Two images of 2 channels and 3×4 pixels that tell where a pixel was.
    fn images() -> Tensor {
        Tensor::arange(2 * 2 * 3 * 4, (Kind::Float, Device::Cpu)).view([2, 2, 3, 4]) + 1.0
    }

    fn views() -> Views {
        let augmentation = Augmentation { crop_padding: 1, horizontal_flip: true };
        Views::new(augmentation, black(&[0.5, 0.25], &[0.25, 0.125]))
    }

    #[test]
    fn the_middle_of_the_padded_image_is_the_image() {
        let (rows, columns) = ([1, 2, 3, 1, 2, 3], [1, 2, 3, 4, 4, 3, 2, 1]);
        let cut = views().cut(&images(), &rows, &columns, 1);
        assert!(cut.get(0).equal(&images().get(0)));
        assert!(cut.get(1).equal(&images().get(1).flip([2])), "the second one is mirrored");
    }

    #[test]
    fn what_lies_outside_is_black() {
        let (rows, columns) = ([0, 1, 2, 2, 3, 4], [0, 1, 2, 3, 2, 3, 4, 5]);
        let cut = views().cut(&images(), &rows, &columns, 1);
        let pixel = |image, channel, row, column| cut.double_value(&[image, channel, row, column]);
        // −mean/std is −2 in both channels.
        assert!((0..4).all(|column| (pixel(0, 0, 0, column) + 2.0).abs() < 1e-6), "the row above");
        assert!((0..3).all(|row| (pixel(1, 1, row, 3) + 2.0).abs() < 1e-6), "the column on the right");
        let shifted = images().get(0).narrow(1, 0, 2).narrow(2, 0, 3);
        assert!(cut.get(0).narrow(1, 1, 2).narrow(2, 1, 3).equal(&shifted));
    }
}
