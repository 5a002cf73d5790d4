//! SVHN: MATLAB files of images that run along their columns, and labels of which 10 is the digit 0.

use ndarray::{Array1, Array4};

use super::mat::{self, unusable};
use super::{refuse_outside, transpose_planes};
use crate::Error;
use crate::dataset::catalogue::Spec;
use crate::dataset::fetch::Raw;
use crate::dataset::{Arrays, Config, Decoded};

/// Width and height of an image.
const SIDE: usize = 32;
const HINT: &str = "give the official file, whose labels are 1 to 9, and 10 for the digit 0";

/// Files of training images and, last, the test images.
pub(crate) fn halves(_: &Spec, _: &Config, mut files: Vec<Raw>) -> Result<Decoded, Error> {
    let test = files.pop().expect("the last file has the test images");
    let (test_inputs, test_labels) = array(vec![test])?;
    let (train_inputs, train_labels) = array(files)?;
    Ok(Decoded::Images(Arrays { train_inputs, train_labels, test_inputs, test_labels }))
}

/// The images [N, 3, 32, 32] of these files, one after the other, and their labels.
fn array(files: Vec<Raw>) -> Result<(Array4<u8>, Array1<i64>), Error> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for file in files {
        let (mut more, of_more) = read(&file)?;
        drop(file);
        // A single file, the usual case, is not copied.
        if pixels.is_empty() {
            pixels = more;
        } else {
            pixels.append(&mut more);
        }
        labels.extend(of_more);
    }
    let images = Array4::from_shape_vec((labels.len(), 3, SIDE, SIDE), pixels);
    Ok((images.expect("there are as many images as labels"), Array1::from(labels)))
}

/// Pixels and labels of one file.
pub(crate) fn read(file: &Raw) -> Result<(Vec<u8>, Vec<i64>), Error> {
    let arrays = mat::read(file)?;
    let (dimensions, mut pixels) = arrays.x.ok_or_else(|| unusable(&file.place, "an array `X`", "none"))?;
    let labels = arrays.y.ok_or_else(|| unusable(&file.place, "an array `y`", "none"))?;
    let images = dimensions.get(3).copied().unwrap_or(1);
    if images == 0 {
        return Err(unusable(&file.place, "at least one image", "none"));
    }
    if labels.len() != images {
        let expected = format!("one label for each of {images} images");
        return Err(unusable(&file.place, expected, format!("{} labels", labels.len())));
    }
    refuse_outside(&file.place, &labels, &(1..=10), HINT)?;
    // Images and channels are the outer dimensions already; only the planes run the other way.
    transpose_planes(&mut pixels, SIDE);
    Ok((pixels, labels.into_iter().map(|label| label % 10).collect()))
}

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;
    use std::io::Read as _;

    use super::*;

    /// Written by SciPy, see `tests/data/make.py`: pixel = row + 3 column + 50 channel + 7 image.
    #[test]
    fn files_of_another_writer_are_read() {
        let mut plain = Vec::new();
        let zipped: &[u8] = include_bytes!("../../../tests/data/svhn-u8.mat.gz");
        GzDecoder::new(zipped).read_to_end(&mut plain).unwrap();
        let files: [&[u8]; 3] = [
            include_bytes!("../../../tests/data/svhn-u8-compressed.mat"),
            include_bytes!("../../../tests/data/svhn-double-compressed.mat"),
            &plain,
        ];
        for bytes in files {
            let file = || Raw::new("f.mat", bytes.to_vec());
            let (images, labels) = array(vec![file(), file()]).unwrap();
            assert_eq!(labels.to_vec(), [1, 9, 0, 5, 1, 9, 0, 5]);
            for ((image, channel, row, column), &found) in images.indexed_iter() {
                assert_eq!(usize::from(found), (row + 3 * column + 50 * channel + 7 * (image % 4)) % 256);
            }
        }
    }
}
