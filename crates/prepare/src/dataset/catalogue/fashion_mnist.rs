//! Fashion-MNIST.

use bal_artifact::DatasetKind;

use super::mnist::files;
use super::spec::{Place, Published, Spec};
use crate::dataset::format::idx;

pub(super) const FASHION_MNIST: Spec = Spec {
    name: "fashion_mnist",
    kind: DatasetKind::Images,
    points: Some((60_000, 10_000)),
    classes: &[
        "T-shirt/top",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    ],
    folders: &["fashion_mnist"],
    files: &files([
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ]),
    archive: None,
    places: &[
        Place::Web("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
        Place::Debian { name: "dataset-fashion-mnist", folder: "usr/share/datasets/fashion-mnist" },
    ],
    decode: idx::halves,
    licence: "MIT",
    origin: "Fashion-MNIST, Zalando SE, http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    published: Some(Published { mean: &[0.286_041], std: &[0.353_024], within: 1e-6 }),
    seen: true,
};
