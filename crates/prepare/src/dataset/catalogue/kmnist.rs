//! Kuzushiji-MNIST, and its test half as a set of its own.

use bal_artifact::DatasetKind;
use bal_stream::{Draw, Purpose};
use ndarray::Axis;

use super::spec::{Place, Published, RawFile, Spec};
use crate::Error;
use crate::dataset::fetch::Raw;
use crate::dataset::format::{exactly, idx};
use crate::dataset::{Arrays, Config, Decoded};

const CLASSES: &[&str] = &["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"];
const PLACES: &[Place] = &[Place::Web("http://codh.rois.ac.jp/kmnist/dataset/kmnist/")];
const LICENCE: &str = "CC BY-SA 4.0";

const TEST_IMAGES: RawFile = RawFile::known(
    "test_images",
    "t10k-images-idx3-ubyte",
    7_840_016,
    "76fbd229ce87db80dd281af5e6670de4ad0e42fb30a7bd643972994c47c1f42e",
);
const TEST_LABELS: RawFile = RawFile::known(
    "test_labels",
    "t10k-labels-idx1-ubyte",
    10_008,
    "a11dc742be8e781a40a92f53d6a4957e7b7d36df2faa097659131ebfd8fd60c6",
);

pub(super) const KMNIST: Spec = Spec {
    name: "kmnist",
    kind: DatasetKind::Images,
    points: Some((60_000, 10_000)),
    classes: CLASSES,
    folders: &["kmnist"],
    files: &[
        // No digest of the decoded images could be found out.
        RawFile::unknown("train_images", "train-images-idx3-ubyte", 47_040_016)
            .packed("bdb82020997e1d708af4cf47b453dcf7"),
        RawFile::known(
            "train_labels",
            "train-labels-idx1-ubyte",
            60_008,
            "2a16eeae62da984b8bd24fa32e31d47291f01dac3fe84d5594f304f71e7d374b",
        ),
        TEST_IMAGES,
        TEST_LABELS,
    ],
    archive: None,
    places: PLACES,
    decode: idx::halves,
    licence: LICENCE,
    origin: "KMNIST, ROIS-DS Center for Open Data in the Humanities, http://codh.rois.ac.jp/kmnist/",
    published: Some(Published { mean: &[0.1918], std: &[0.3483], within: 5e-5 }),
    seen: false,
};

/// The real test images, for where the training images cannot be had: never to be called KMNIST.
pub(super) const KMNIST_TEST: Spec = Spec {
    name: "kmnist_test",
    points: Some((8_000, 2_000)),
    files: &[TEST_IMAGES, TEST_LABELS],
    decode: halves_of_one,
    origin: "the 10,000 test images of KMNIST in a fixed random order, 8,000 for training and 2,000 for tests; \
             ROIS-DS Center for Open Data in the Humanities, http://codh.rois.ac.jp/kmnist/",
    published: None,
    seen: true,
    ..KMNIST
};

/// One fixed draw: the set is the same whatever seed a run has.
const DRAW: Draw = Draw::new(0, 0);

/// Four fifths of the images for training and the rest for tests, in a random order.
fn halves_of_one(spec: &Spec, _: &Config, files: Vec<Raw>) -> Result<Decoded, Error> {
    let [images, labels] = exactly(files);
    let images = idx::images(images)?;
    let labels = idx::labels(labels, images.dim().0, 0, spec.classes.len())?;
    let mut order: Vec<usize> = (0..labels.len()).collect();
    DRAW.stream(Purpose::KmnistTestSplit, 0).shuffle(&mut order);
    let (train, test) = order.split_at(labels.len() * 4 / 5);
    Ok(Decoded::Images(Arrays {
        train_inputs: images.select(Axis(0), train),
        train_labels: labels.select(Axis(0), train),
        test_inputs: images.select(Axis(0), test),
        test_labels: labels.select(Axis(0), test),
    }))
}
