//! EMNIST: handwritten letters and digits, five ways to divide them into classes.

use bal_artifact::DatasetKind;

use super::spec::{Archive, Place, RawFile, Spec};
use crate::dataset::format::idx;

/// Upper case letters and digits, then the lower case letters that do not look like their upper case.
const MERGED: &[&str] = &[
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K",
    "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z", "a", "b", "d", "e", "f", "g",
    "h", "n", "q", "r", "t",
];
const CHARACTERS: &[&str] = &[
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K",
    "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z", "a", "b", "c", "d", "e", "f",
    "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z",
];
const LETTERS_OF_BOTH_CASES: &[&str] = &[
    "Aa", "Bb", "Cc", "Dd", "Ee", "Ff", "Gg", "Hh", "Ii", "Jj", "Kk", "Ll", "Mm", "Nn", "Oo", "Pp", "Qq",
    "Rr", "Ss", "Tt", "Uu", "Vv", "Ww", "Xx", "Yy", "Zz",
];

/// The files of one division; no digest of them could be found out.
macro_rules! files {
    ($split:literal, $most:expr) => {
        &[
            RawFile::unknown("train_images", concat!("emnist-", $split, "-train-images-idx3-ubyte"), $most),
            RawFile::unknown("train_labels", concat!("emnist-", $split, "-train-labels-idx1-ubyte"), MILLION),
            RawFile::unknown("test_images", concat!("emnist-", $split, "-test-images-idx3-ubyte"), $most),
            RawFile::unknown("test_labels", concat!("emnist-", $split, "-test-labels-idx1-ubyte"), MILLION),
        ]
    };
}

/// More bytes than any label file has.
const MILLION: u64 = 1_000_000;
/// Bytes of 320,000 and of 800,000 images: more than the divisions have.
const SMALL: u64 = 320_000 * 784 + 16;
const LARGE: u64 = 800_000 * 784 + 16;

pub(super) const BALANCED: Spec = Spec {
    name: "emnist_balanced",
    kind: DatasetKind::Images,
    points: Some((112_800, 18_800)),
    classes: MERGED,
    folders: &["emnist", "gzip"],
    files: files!("balanced", SMALL),
    archive: Some(Archive {
        name: "gzip.zip",
        folder: "gzip/",
        most: 600 << 20,
        md5: Some("58c8d27c78d21e728a6bc7b3cc06412e"),
    }),
    places: &[Place::Web("https://biometrics.nist.gov/cs_links/EMNIST/")],
    decode: idx::transposed_halves,
    licence: "none stated (NIST); cite Cohen et al. 2017, arXiv 1702.05373",
    origin: "EMNIST, G. Cohen, S. Afshar, J. Tapson, A. van Schaik, \
             https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
    published: None,
    seen: false,
};

pub(super) const LETTERS: Spec = Spec {
    name: "emnist_letters",
    points: Some((124_800, 20_800)),
    classes: LETTERS_OF_BOTH_CASES,
    files: files!("letters", SMALL),
    // Its labels start at 1.
    decode: idx::transposed_halves_from_one,
    ..BALANCED
};

pub(super) const DIGITS: Spec = Spec {
    name: "emnist_digits",
    points: Some((240_000, 40_000)),
    classes: super::mnist::DIGITS,
    files: files!("digits", SMALL),
    ..BALANCED
};

pub(super) const BYCLASS: Spec = Spec {
    name: "emnist_byclass",
    points: Some((697_932, 116_323)),
    classes: CHARACTERS,
    files: files!("byclass", LARGE),
    ..BALANCED
};

pub(super) const BYMERGE: Spec = Spec {
    name: "emnist_bymerge",
    points: Some((697_932, 116_323)),
    files: files!("bymerge", LARGE),
    ..BALANCED
};
