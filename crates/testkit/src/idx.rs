//! A data set in MNIST's file format, names and compression included.

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Digits;

/// Writes the four `…-ubyte.gz` files of a synthetic MNIST into `folder`: `bal-prepare dataset --dataset idx
/// --source <folder>` takes them.
///
/// # Panics
/// If the folder cannot be written.
pub fn write_idx_dataset(folder: &Path, train: usize, test: usize, seed: u64) {
    for (part, name, n) in [(0, "train", train), (1, "t10k", test)] {
        let digits = Digits::new(n, seed, part);
        let shape = [n, crate::SIDE, crate::SIDE];
        let pixels: Vec<u8> = digits.images.iter().copied().collect();
        let labels: Vec<u8> = digits.labels.iter().map(|&label| label as u8).collect();
        write_half(folder, name, &shape, &pixels, &labels);
    }
}

/// The two files of a half: images u8 of this shape, and their labels.
pub(crate) fn write_half(folder: &Path, name: &str, shape: &[usize; 3], pixels: &[u8], labels: &[u8]) {
    write(folder, &format!("{name}-images-idx3-ubyte.gz"), shape, pixels);
    write(folder, &format!("{name}-labels-idx1-ubyte.gz"), &shape[..1], labels);
}

fn write(folder: &Path, name: &str, shape: &[usize], data: &[u8]) {
    let mut raw = vec![0, 0, 8, shape.len() as u8];
    raw.extend(shape.iter().flat_map(|&n| (n as u32).to_be_bytes()));
    raw.extend(data);
    bal_artifact::write_file(&folder.join(name), &gzip(&raw)).expect("the test's folder can be written");
}

/// `bytes` as a gzip file without name and time.
///
/// # Panics
/// Never: nothing can fail in memory.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a vector takes all bytes");
    encoder.finish().expect("a vector takes all bytes")
}
