//! Street View House Numbers, cropped digits.

use bal_artifact::DatasetKind;

use super::spec::{Place, Published, RawFile, Spec};
use crate::dataset::format::svhn;

const TRAIN: RawFile = RawFile::known(
    "train",
    "train_32x32.mat",
    182_040_794,
    "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
);
const TEST: RawFile = RawFile::known(
    "test",
    "test_32x32.mat",
    64_275_384,
    "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
);
/// Its size was not published with its digest: this is a bound.
const EXTRA: RawFile = RawFile::known(
    "extra",
    "extra_32x32.mat",
    2 << 30,
    "a133a4beb38a00fcdda90c9489e0c04f900b660ce8a316a5e854838379a71eb3",
);

pub(super) const SVHN: Spec = Spec {
    name: "svhn",
    kind: DatasetKind::Images,
    points: Some((73_257, 26_032)),
    classes: super::mnist::DIGITS,
    folders: &["svhn"],
    files: &[TRAIN, TEST],
    archive: None,
    places: &[Place::Web("http://ufldl.stanford.edu/housenumbers/")],
    decode: svhn::halves,
    licence: "non-commercial use only",
    origin: "SVHN, Y. Netzer et al. 2011, http://ufldl.stanford.edu/housenumbers/",
    published: Some(Published {
        mean: &[0.4377, 0.4438, 0.4728],
        std: &[0.1980, 0.2010, 0.1970],
        within: 5e-5,
    }),
    seen: false,
};

/// The further training images too.
pub(super) const SVHN_EXTRA: Spec = Spec {
    name: "svhn_extra",
    points: Some((604_388, 26_032)),
    files: &[TRAIN, EXTRA, TEST],
    published: None,
    ..SVHN
};
