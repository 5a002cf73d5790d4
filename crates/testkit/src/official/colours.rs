//! Images in colour: the binary files of CIFAR, the MATLAB files of SVHN.

use bal_stream::Stream;

use crate::blobs::{blob, made_labels};
use crate::mat::{UINT8, array, compressed, file, tagged};

/// Width and height of an image.
const SIDE: usize = 32;
/// Colours of an image.
const CHANNELS: usize = 3;
/// Training files of CIFAR-10.
const BATCHES: usize = 5;
/// Fine classes of CIFAR-100 in each coarse one.
const FINE_IN_COARSE: i64 = 5;

/// An image, plane by plane and row by row, and its class.
struct Image {
    pixels: Vec<u8>,
    label: i64,
}

/// Images of `classes` classes; in each plane the blob shows another class, always the same one for a class.
fn images(n: usize, classes: usize, seed: u64, part: u64) -> Vec<Image> {
    let mut draws = Stream::of_test("testkit_pixels", seed, part);
    let image = |label: i64| {
        let plane = |channel| blob(label as usize * (channel + 1) % classes, classes, SIDE, &mut draws);
        Image { pixels: (0..CHANNELS).flat_map(plane).collect(), label }
    };
    made_labels(n, classes, seed, part).into_iter().map(image).collect()
}

/// Records of what stands before an image, and the image.
fn records(images: &[Image], head: impl Fn(i64) -> Vec<u8>) -> Vec<u8> {
    images.iter().flat_map(|image| [head(image.label), image.pixels.clone()].concat()).collect()
}

pub(super) fn cifar10(train: usize, test: usize, seed: u64) -> Vec<(String, Vec<u8>)> {
    let of_ten = |images: &[Image]| records(images, |label| vec![label as u8]);
    let training = images(train, 10, seed, 0);
    let batches = training.chunks(train.div_ceil(BATCHES)).map(of_ten).enumerate();
    let mut files: Vec<_> =
        batches.map(|(at, bytes)| (format!("data_batch_{}.bin", at + 1), bytes)).collect();
    files.push(("test_batch.bin".to_owned(), of_ten(&images(test, 10, seed, 1))));
    files
}

pub(super) fn cifar100(train: usize, test: usize, seed: u64) -> Vec<(String, Vec<u8>)> {
    let half = |n, part| {
        records(&images(n, 100, seed, part), |label| vec![(label / FINE_IN_COARSE) as u8, label as u8])
    };
    vec![("train.bin".to_owned(), half(train, 0)), ("test.bin".to_owned(), half(test, 1))]
}

pub(super) fn svhn(train: usize, test: usize, seed: u64) -> Vec<(String, Vec<u8>)> {
    let half = |n, part| matlab(&images(n, 10, seed, part));
    vec![("train_32x32.mat".to_owned(), half(train, 0)), ("test_32x32.mat".to_owned(), half(test, 1))]
}

/// `X` [32, 32, 3, N] with the row fastest, and `y` [N, 1], where 10 is the digit 0.
fn matlab(images: &[Image]) -> Vec<u8> {
    let column_by_column =
        |plane: &[u8]| (0..SIDE * SIDE).map(|at| plane[at % SIDE * SIDE + at / SIDE]).collect::<Vec<u8>>();
    let planes = images.iter().flat_map(|image| image.pixels.chunks(SIDE * SIDE));
    let pixels: Vec<u8> = planes.flat_map(column_by_column).collect();
    let digits: Vec<u8> =
        images.iter().map(|image| if image.label == 0 { 10 } else { image.label as u8 }).collect();
    let (n, side) = (images.len() as i32, SIDE as i32);
    let x = array(9, &[side, side, CHANNELS as i32, n], "X", tagged(UINT8, &pixels));
    let y = array(9, &[n, 1], "y", tagged(UINT8, &digits));
    file(&[compressed(&x), compressed(&y)])
}
