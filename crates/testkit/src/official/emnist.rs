//! EMNIST: IDX files of images that are stored column by column.

use std::path::Path;

use bal_stream::Stream;

use crate::SIDE;
use crate::blobs::{blob, made_labels};
use crate::idx::write_half;

/// Divisions with their numbers of classes and the first label.
const DIVISIONS: [(&str, usize, i64); 5] =
    [("balanced", 47, 0), ("letters", 26, 1), ("digits", 10, 0), ("byclass", 62, 0), ("bymerge", 47, 0)];

/// Writes the four files of a division.
pub(super) fn write(folder: &Path, division: &str, train: usize, test: usize, seed: u64) {
    let known = DIVISIONS.into_iter().find(|(name, ..)| *name == division);
    let (_, classes, first) = known.unwrap_or_else(|| panic!("EMNIST has no division `{division}`"));
    for (part, half, n) in [(0, "train", train), (1, "test", test)] {
        let labels = made_labels(n, classes, seed, part);
        let mut draws = Stream::of_test("testkit_pixels", seed, part);
        let pixels: Vec<u8> = labels
            .iter()
            .flat_map(|&label| transposed(&blob(label as usize, classes, SIDE, &mut draws)))
            .collect();
        let stored: Vec<u8> = labels.iter().map(|label| (label + first) as u8).collect();
        write_half(folder, &format!("emnist-{division}-{half}"), &[n, SIDE, SIDE], &pixels, &stored);
    }
}

fn transposed(image: &[u8]) -> Vec<u8> {
    (0..SIDE * SIDE).map(|at| image[at % SIDE * SIDE + at / SIDE]).collect()
}
