//! The idx format: two zero bytes, type code, rank, one big-endian u32 per dimension, data in C order.

use ndarray::{Array1, Array4};

use super::{exactly, refuse_outside, transpose_planes};
use crate::Error;
use crate::dataset::catalogue::Spec;
use crate::dataset::fetch::Raw;
use crate::dataset::labels::{Half, count_from_zero};
use crate::dataset::{Arrays, Config, Decoded};

/// What all files of this kind are.
const HINT: &str =
    "give IDX files of unsigned bytes: images of rank 3, labels of rank 1, one label per image";

/// Type code of unsigned bytes, the only type that image and label files have.
const UNSIGNED_BYTE: u8 = 8;

/// Training images, training labels, test images, test labels.
pub(crate) fn halves(spec: &Spec, _: &Config, files: Vec<Raw>) -> Result<Decoded, Error> {
    Ok(Decoded::Images(four(files, 0, spec.classes.len())?.0))
}

/// As [`halves`], with images that are stored column by column.
pub(crate) fn transposed_halves(spec: &Spec, _: &Config, files: Vec<Raw>) -> Result<Decoded, Error> {
    upright(files, 0, spec.classes.len())
}

/// As [`transposed_halves`], with labels that start at 1.
pub(crate) fn transposed_halves_from_one(spec: &Spec, _: &Config, files: Vec<Raw>) -> Result<Decoded, Error> {
    upright(files, 1, spec.classes.len())
}

/// As [`halves`], with labels as the user says.
pub(crate) fn own_halves(_: &Spec, config: &Config, files: Vec<Raw>) -> Result<Decoded, Error> {
    let (mut arrays, [_, train_labels, _, test_labels]) = four(files, 0, 0)?;
    let train = Half { file: &train_labels, labels: &mut arrays.train_labels };
    let test = Half { file: &test_labels, labels: &mut arrays.test_labels };
    count_from_zero([train, test], config.labels_start_at)?;
    Ok(Decoded::Images(arrays))
}

/// The four decoded arrays, once their sizes and labels agree, and where they come from.
fn four(
    files: Vec<Raw>,
    first: u8,
    classes: usize,
) -> Result<(Arrays<u8, ndarray::Ix4>, [String; 4]), Error> {
    let files: [Raw; 4] = exactly(files);
    let places = files.each_ref().map(|file| file.place.clone());
    let [train_images, train_labels, test_images, test_labels] = files;
    let train_inputs = images(train_images)?;
    let train_labels = labels(train_labels, train_inputs.dim().0, first, classes)?;
    let test_inputs = images(test_images)?;
    let test_labels = labels(test_labels, test_inputs.dim().0, first, classes)?;
    let (train_shape, test_shape) = (&train_inputs.shape()[1..], &test_inputs.shape()[1..]);
    if train_shape != test_shape {
        let expected = format!("images of shape {train_shape:?}, as in `{}`", places[0]);
        return Err(unusable(&places[2], expected, format!("{test_shape:?}")));
    }
    // Networks see pixels divided by their standard deviation.
    let pixel = train_inputs[[0, 0, 0, 0]];
    if train_inputs.iter().all(|&other| other == pixel) {
        let found = format!("{pixel} in every pixel of all of them");
        return Err(unusable(&places[0], "images that differ", found));
    }
    Ok((Arrays { train_inputs, train_labels, test_inputs, test_labels }, places))
}

fn upright(files: Vec<Raw>, first: u8, classes: usize) -> Result<Decoded, Error> {
    let (mut arrays, [place, ..]) = four(files, first, classes)?;
    let (_, _, height, width) = arrays.train_inputs.dim();
    if height != width {
        return Err(unusable(&place, "square images", format!("{height} × {width} pixels")));
    }
    for images in [&mut arrays.train_inputs, &mut arrays.test_inputs] {
        transpose_planes(images.as_slice_mut().expect("decoded in standard layout"), height);
    }
    Ok(Decoded::Images(arrays))
}

fn unusable(file: &str, expected: impl Into<String>, found: String) -> Error {
    Error::Unusable { file: file.to_owned(), expected: expected.into(), found, hint: HINT }
}

/// Grey images, [N, 1, height, width].
pub(crate) fn images(raw: Raw) -> Result<Array4<u8>, Error> {
    let file = raw.place.clone();
    let ([count, height, width], pixels) = decode(raw)?;
    if count * height * width == 0 {
        let found = format!("{count} of {height} × {width} pixels");
        return Err(unusable(&file, "at least one image", found));
    }
    Ok(Array4::from_shape_vec((count, 1, height, width), pixels)
        .expect("decode has compared shape and length"))
}

/// The labels of `images` images, which count from `first` and are then those of `classes` (0: any) classes.
pub(crate) fn labels(raw: Raw, images: usize, first: u8, classes: usize) -> Result<Array1<i64>, Error> {
    let file = raw.place.clone();
    let ([count], labels) = decode(raw)?;
    if count != images {
        let expected = format!("one label for each of {images} images");
        return Err(unusable(&file, expected, format!("{count} labels")));
    }
    let labels: Vec<i64> = labels.into_iter().map(i64::from).collect();
    let first = i64::from(first);
    if classes > 0 {
        refuse_outside(&file, &labels, &(first..=first + classes as i64 - 1), HINT)?;
    }
    Ok(labels.into_iter().map(|label| label - first).collect())
}

/// Dimensions and data of a file of rank `RANK`.
fn decode<const RANK: usize>(raw: Raw) -> Result<([usize; RANK], Vec<u8>), Error> {
    let Raw { place: file, bytes: mut raw, .. } = raw;
    let header = 4 + 4 * RANK;
    let magic = [0, 0, UNSIGNED_BYTE, RANK as u8];
    if raw.len() >= magic.len() && raw[..4] != magic {
        let expected = format!("an idx file of {} (first bytes {magic:?})", content(magic[3]));
        return Err(unusable(&file, expected, describe(&raw)));
    }
    if raw.len() < header {
        let expected = format!("an idx header of {header} bytes");
        return Err(unusable(&file, expected, format!("{} bytes", raw.len())));
    }
    let (words, _) = raw[4..header].as_chunks::<4>();
    let dimensions: [usize; RANK] = std::array::from_fn(|axis| u32::from_be_bytes(words[axis]) as usize);
    // In u128, because a damaged header can name more bytes than a usize counts.
    let size = dimensions.iter().map(|&n| n as u128).product::<u128>();
    if size != (raw.len() - header) as u128 {
        let expected = format!("{size} bytes of data for dimensions {dimensions:?}");
        return Err(unusable(&file, expected, format!("{} bytes", raw.len() - header)));
    }
    raw.drain(..header);
    Ok((dimensions, raw))
}

/// What files of unsigned bytes hold by their rank.
fn content(rank: u8) -> String {
    match rank {
        1 => "labels".to_owned(),
        3 => "images".to_owned(),
        rank => format!("arrays of rank {rank}"),
    }
}

/// What a file that is not the expected one seems to be.
fn describe(raw: &[u8]) -> String {
    let first = &raw[..4];
    match *first {
        [0, 0, UNSIGNED_BYTE, rank] => {
            format!("one of {}: are the names of images and labels swapped?", content(rank))
        }
        [0, 0, 9 | 11..=14, _] => format!("one of another type than unsigned bytes ({first:?})"),
        [b'P', b'K', ..] => "a zip archive".to_owned(),
        [0x93, b'N', b'U', b'M'] => "a NumPy file".to_owned(),
        _ if raw.get(257..262) == Some(b"ustar") => "a tar archive".to_owned(),
        _ => format!("{first:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image_file(dimensions: [u32; 3], data: &[u8]) -> Vec<u8> {
        let mut raw = vec![0, 0, 8, 3];
        raw.extend(dimensions.iter().flat_map(|n| n.to_be_bytes()));
        raw.extend(data);
        raw
    }

    fn file(bytes: Vec<u8>) -> Raw {
        Raw::new("f", bytes)
    }

    fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn images_keep_row_major_order() {
        let images = images(file(image_file([2, 1, 3], &[1, 2, 3, 4, 5, 6]))).unwrap();
        assert_eq!(images.shape(), [2, 1, 1, 3]);
        assert_eq!((images[[0, 0, 0, 2]], images[[1, 0, 0, 0]]), (3, 4));
    }

    #[test]
    fn labels_become_integers() {
        let labels = labels(file(vec![0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 255]), 3, 0, 0).unwrap();
        assert_eq!(labels.to_vec(), [7, 0, 255]);
    }

    #[test]
    fn a_wrong_magic_is_named() {
        let mut raw = image_file([1, 1, 1], &[9]);
        raw[2] = 13;
        let text = message(images(file(raw)));
        let expected = "expected an idx file of images (first bytes [0, 0, 8, 3]), found one of another type than \
                        unsigned bytes ([0, 0, 13, 3])";
        assert!(text.contains(expected), "{text}");
        let text = message(images(file(b"\x93NUMPY".to_vec())));
        assert!(text.contains("found a NumPy file"), "{text}");
    }

    #[test]
    fn truncated_and_overlong_files_are_refused() {
        let whole = image_file([2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        let text = message(images(file(whole[..10].to_vec())));
        assert!(text.contains("header of 16 bytes, found 10 bytes"), "{text}");
        let text = message(images(file(whole[..20].to_vec())));
        assert!(text.contains("expected 6 bytes of data for dimensions [2, 1, 3], found 4 bytes"), "{text}");
        let longer = [whole, vec![0]].concat();
        let text = message(images(file(longer)));
        assert!(text.contains("found 7 bytes"), "{text}");
        let text = message(images(file(image_file([u32::MAX; 3], &[1]))));
        assert!(text.contains("found 1 bytes"), "{text}");
    }

    #[test]
    fn counts_and_classes_must_agree() {
        let raw = vec![0, 0, 8, 1, 0, 0, 0, 2, 1, 10];
        assert!(message(labels(file(raw.clone()), 3, 0, 10)).contains("each of 3 images, found 2 labels"));
        let text = message(labels(file(raw), 2, 0, 10));
        assert!(text.contains("labels below 10, found label 10 at position 1"), "{text}");
        assert!(message(images(file(image_file([0, 28, 28], &[])))).contains("at least one image"));
    }

    #[test]
    fn labels_that_start_at_one_are_held_to_their_range() {
        let coded = |values: [u8; 2]| {
            let bytes = [vec![0, 0, 8, 1, 0, 0, 0, 2], values.to_vec()].concat();
            labels(file(bytes), 2, 1, 26)
        };
        assert_eq!(coded([1, 26]).unwrap().to_vec(), [0, 25]);
        assert!(message(coded([1, 0])).contains("expected labels 1 to 26, found label 0 at position 1"));
        assert!(message(coded([27, 1])).contains("expected labels 1 to 26, found label 27 at position 0"));
    }
}
