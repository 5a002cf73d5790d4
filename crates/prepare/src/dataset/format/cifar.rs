//! The binary files of CIFAR: records of one or two labels and an image, without a header.

use ndarray::{Array1, Array4};

use super::{exactly, refuse_outside};
use crate::Error;
use crate::dataset::catalogue::Spec;
use crate::dataset::fetch::Raw;
use crate::dataset::{Arrays, Config, Decoded};

/// Width and height of an image.
pub(super) const SIDE: usize = 32;
/// Bytes of an image: a red, a green and a blue plane, each row by row.
pub(super) const IMAGE: usize = 3 * SIDE * SIDE;

const HINT: &str = "give the official binary files, whole: records of labels and 3 × 32 × 32 pixels";

/// The labels that stand before each image, and which of them is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels {
    /// How many classes each label byte knows.
    classes: &'static [usize],
    taken: usize,
}

/// CIFAR-10: five training batches and the test batch.
pub(crate) fn ten(_: &Spec, _: &Config, files: Vec<Raw>) -> Result<Decoded, Error> {
    let [train @ .., test]: [Raw; 6] = exactly(files);
    halves(Vec::from(train), test, Labels { classes: &[10], taken: 0 })
}

/// CIFAR-100 with the second label, that of 100 classes.
pub(crate) fn hundred_fine(_: &Spec, _: &Config, files: Vec<Raw>) -> Result<Decoded, Error> {
    let [train, test] = exactly(files);
    halves(vec![train], test, Labels { classes: &[20, 100], taken: 1 })
}

/// CIFAR-100 with the first label, that of 20 classes.
pub(crate) fn hundred_coarse(_: &Spec, _: &Config, files: Vec<Raw>) -> Result<Decoded, Error> {
    let [train, test] = exactly(files);
    halves(vec![train], test, Labels { classes: &[20, 100], taken: 0 })
}

fn halves(train: Vec<Raw>, test: Raw, labels: Labels) -> Result<Decoded, Error> {
    let (train_inputs, train_labels) = images(train, labels)?;
    let (test_inputs, test_labels) = images(vec![test], labels)?;
    Ok(Decoded::Images(Arrays { train_inputs, train_labels, test_inputs, test_labels }))
}

/// The images [N, 3, 32, 32] of these files, one after the other, and their labels.
pub(super) fn images(files: Vec<Raw>, labels: Labels) -> Result<(Array4<u8>, Array1<i64>), Error> {
    let (mut pixels, mut taken) = (Vec::new(), Vec::new());
    for file in files {
        taken.extend(read(&file, labels, &mut pixels)?);
    }
    let images = Array4::from_shape_vec((taken.len(), 3, SIDE, SIDE), pixels);
    Ok((images.expect("each record has one image"), Array1::from(taken)))
}

/// Adds the pixels of a file, and gives its labels.
fn read(file: &Raw, labels: Labels, pixels: &mut Vec<u8>) -> Result<Vec<i64>, Error> {
    let (count, record) = (labels.classes.len(), labels.classes.len() + IMAGE);
    let unusable = |expected: String, found: String| Error::Unusable {
        file: file.place.clone(),
        expected,
        found,
        hint: HINT,
    };
    let (records, rest) = (file.bytes.len() / record, file.bytes.len() % record);
    if records == 0 || rest > 0 {
        let found = format!("{} bytes: {records} records and {rest} bytes more", file.bytes.len());
        return Err(unusable(format!("whole records of {record} bytes"), found));
    }
    pixels.reserve_exact(records * IMAGE);
    let mut all = vec![Vec::with_capacity(records); count];
    for record in file.bytes.chunks_exact(record) {
        let (head, image) = record.split_at(count);
        head.iter().zip(&mut all).for_each(|(&label, all)| all.push(i64::from(label)));
        pixels.extend_from_slice(image);
    }
    // The label that is not taken is looked at too: a wrong one shows that records are read as others.
    for (all, &classes) in all.iter().zip(labels.classes) {
        refuse_outside(&file.place, all, &(0..=classes as i64 - 1), HINT)?;
    }
    Ok(all.swap_remove(labels.taken))
}

/// As the fuzz target reads it.
pub(crate) fn read_any(bytes: Vec<u8>) -> Result<(), Error> {
    let two = bytes.len().is_multiple_of(IMAGE + 2);
    let labels =
        if two { Labels { classes: &[20, 100], taken: 1 } } else { Labels { classes: &[10], taken: 0 } };
    images(vec![Raw::new("file", bytes)], labels).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(labels: &[u8], first: u8) -> Vec<u8> {
        let pixels =
            (0..IMAGE).map(|at| first.wrapping_add((at / (SIDE * SIDE)) as u8 * 50 + (at % SIDE) as u8));
        labels.iter().copied().chain(pixels).collect()
    }

    fn file(records: &[Vec<u8>]) -> Raw {
        Raw::new("f", records.concat())
    }

    const FINE: Labels = Labels { classes: &[20, 100], taken: 1 };

    #[test]
    fn planes_and_labels_are_told_apart() {
        let files = vec![file(&[record(&[11, 19], 0), record(&[15, 29], 1)]), file(&[record(&[4, 0], 2)])];
        let (images, labels) = images(files, FINE).unwrap();
        assert_eq!((images.dim(), labels.to_vec()), ((3, 3, 32, 32), vec![19, 29, 0]));
        assert_eq!((images[[0, 0, 0, 5]], images[[1, 1, 3, 0]], images[[2, 2, 31, 31]]), (5, 51, 133));
        let (_, coarse) =
            super::images(vec![file(&[record(&[11, 19], 0)])], Labels { taken: 0, ..FINE }).unwrap();
        assert_eq!(coarse.to_vec(), [11]);
    }

    #[test]
    fn damage_is_named_with_its_place() {
        let message = |raw: Raw| images(vec![raw], FINE).unwrap_err().to_string();
        let mut raw = file(&[record(&[11, 19], 0), record(&[15, 29], 1)]);
        raw.bytes.pop();
        let text = message(raw);
        assert!(text.contains("whole records of 3074 bytes, found 6147 bytes: 1 records and 3073"), "{text}");
        assert!(message(file(&[])).contains("found 0 bytes"));
        let text = message(file(&[record(&[11, 19], 0), record(&[20, 29], 1)]));
        assert!(text.contains("expected labels below 20, found label 20 at position 1"), "{text}");
        assert!(message(file(&[record(&[1, 100], 0)])).contains("labels below 100, found label 100"));
    }
}
