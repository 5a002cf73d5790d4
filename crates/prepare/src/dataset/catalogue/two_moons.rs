//! Two moons, which are generated.

use bal_artifact::DatasetKind;

use super::spec::Spec;
use crate::dataset::{Decoded, two_moons};

pub(super) const TWO_MOONS: Spec = Spec {
    name: "two_moons",
    kind: DatasetKind::Points,
    points: Some((800, 200)),
    classes: &["upper", "lower"],
    folders: &["two_moons"],
    files: &[],
    archive: None,
    places: &[],
    decode: |_, _, _| Ok(Decoded::Points(two_moons::generate())),
    licence: "none needed: generated",
    origin: two_moons::ORIGIN,
    published: None,
    seen: true,
};
