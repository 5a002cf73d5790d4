//! Files of the user's own in MNIST's format, of which nothing is known beforehand.

use bal_artifact::DatasetKind;

use super::spec::{RawFile, Spec};
use crate::dataset::format::idx;

/// The most that is read of one file.
const MOST: u64 = 1 << 30;

pub(super) const IDX: Spec = Spec {
    name: "idx",
    kind: DatasetKind::Images,
    points: None,
    classes: &[],
    folders: &["idx"],
    files: &[
        RawFile::unknown("train_images", "train-images-idx3-ubyte", MOST),
        RawFile::unknown("train_labels", "train-labels-idx1-ubyte", MOST),
        RawFile::unknown("test_images", "t10k-images-idx3-ubyte", MOST),
        RawFile::unknown("test_labels", "t10k-labels-idx1-ubyte", MOST),
    ],
    archive: None,
    places: &[],
    decode: idx::own_halves,
    licence: "as its owner says",
    origin: "IDX files given by the user",
    published: None,
    seen: true,
};
