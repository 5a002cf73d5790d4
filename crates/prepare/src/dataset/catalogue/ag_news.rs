//! AG News: titles and first sentences of news, four subjects.

use bal_artifact::DatasetKind;

use super::spec::{Place, RawFile, Spec};
use crate::dataset::format::news;

/// Official training rows take 29 MB; no digest of the file as it is was at hand.
const TRAIN: RawFile =
    RawFile::unknown("train", "train.csv", 64 << 20).packed("b1a00f826fdfbd249f79597b59e1dc12");
const TEST: RawFile = RawFile::known(
    "test",
    "test.csv",
    1_857_427,
    "521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699",
);
const SUBSET: RawFile = RawFile::known(
    "train",
    "train-subset.csv",
    2_473_407,
    "bc21cf101c4814f0100f53bd0eaeac6c8120622d4dd99f115e01eff3be409b58",
);

pub(super) const AG_NEWS: Spec = Spec {
    name: "ag_news",
    kind: DatasetKind::Texts,
    points: Some((120_000, 7_600)),
    classes: &["World", "Sports", "Business", "Sci/Tech"],
    folders: &["ag_news", "ag-news", "ag_news_csv"],
    files: &[TRAIN, TEST],
    archive: None,
    places: &[Place::Web(
        "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/",
    )],
    decode: news::halves,
    licence: "research and other non-commercial use",
    origin: "AG News, A. Gulli; X. Zhang, J. Zhao, Y. LeCun 2015; title and description, the first 64 words",
    published: None,
    seen: false,
};

/// 9,993 of the 120,000 training rows and the official test set: never to be called AG News.
pub(super) const AG_NEWS_SUBSET: Spec = Spec {
    name: "ag_news_subset",
    points: Some((9_993, 7_600)),
    files: &[SUBSET, TEST],
    places: &[],
    origin: "9,993 of the 120,000 training rows of AG News, and its test rows; A. Gulli; X. Zhang, J. Zhao, \
             Y. LeCun 2015; title and description, the first 64 words",
    seen: true,
    ..AG_NEWS
};
