//! Thousands of damaged files for every reader of a foreign format: each ends in a result, none in a panic.
//! (`fuzz/` does the same for longer, guided by coverage.)

use std::io::{Read as _, Write as _};
use std::path::Path;

use bal_prepare::dataset::read_foreign;
use bal_testkit::gzip;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::ZlibEncoder;

/// Damaged copies of each seed.
const COPIES: u64 = 1000;

/// A small generator, so that a failure repeats.
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// A copy with a few bytes changed, taken out, doubled, or cut off; mostly near the beginning, where headers are.
fn damaged(seed: &[u8], draws: &mut Draws) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=draws.below(4) {
        let near = if draws.below(2) == 0 { bytes.len().min(300) } else { bytes.len() };
        let at = draws.below(near);
        match draws.below(5) {
            _ if bytes.is_empty() => return bytes,
            0 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][draws.below(5)],
            1 => bytes[at] ^= 1 << draws.below(8),
            2 => bytes.truncate(at),
            3 => bytes.drain(at..(at + 1 + draws.below(8)).min(bytes.len())).for_each(drop),
            _ => bytes.insert(at, draws.below(256) as u8),
        }
    }
    bytes
}

fn made(name: &str) -> Vec<u8> {
    fs_err::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

/// Without compression, which would refuse most damage before the reader sees it.
fn bare_mat() -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(made("svhn-u8.mat.gz").as_slice()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn zlib_bomb() -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&[14, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]).unwrap();
    encoder.write_all(&vec![0; 1 << 22]).unwrap();
    let stream = encoder.finish().unwrap();
    let mut bytes = [vec![b' '; 124], vec![0, 1, b'I', b'M', 15, 0, 0, 0]].concat();
    bytes.extend((stream.len() as u32).to_le_bytes());
    bytes.extend(stream);
    bytes
}

fn mutate(format: &str, seeds: &[Vec<u8>]) {
    for (index, seed) in seeds.iter().enumerate() {
        let mut draws = Draws(index as u64 + 1);
        for _ in 0..COPIES {
            let bytes = damaged(seed, &mut draws);
            if let Err(error) = read_foreign(format, &bytes) {
                assert!(error.to_string().contains("expected"), "{format}: {error}");
            }
        }
    }
}

#[test]
fn cifar() {
    let pixels: Vec<u8> = (0..3072).map(|at| (at % 256) as u8).collect();
    mutate("cifar", &[[vec![9], pixels.clone()].concat(), [vec![19, 99], pixels].concat()]);
}

#[test]
fn csv() {
    let rows = b"\"3\",\"A \"\"b\"\"\",\"c,\nd #39;s &lt;b&gt; \\$1\"\n\"1\",\"e\",\"f\"\r\n".to_vec();
    mutate("csv", &[rows, b"1,a,b\n4,c,d\n".to_vec()]);
}

#[test]
fn mat() {
    mutate("mat", &[bare_mat(), made("svhn-double-compressed.mat"), zlib_bomb()]);
}

#[test]
fn archive() {
    let xz = include_bytes!("../../src/dataset/fetch/zeros.xz").to_vec();
    mutate("archive", &[made("emnist/gzip.zip"), member(b"abc"), gzip(&[7; 500]), xz]);
}

/// A tar.gz archive with the member `a`.
fn member(content: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_cksum();
    archive.append_data(&mut header, "a", content).unwrap();
    gzip(&archive.into_inner().unwrap())
}

#[test]
fn idx() {
    mutate("idx", &[[vec![0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2], vec![1, 2, 3, 4]].concat()]);
}
