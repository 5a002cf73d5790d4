//! AG News: what is known of one half only, and what is only a part.

use bal_testkit::gzip;

use crate::support::{Place, stderr};

/// `train.csv` with this content, and a test file that is not the official one.
fn prepare(train: &[u8], code: i32) -> String {
    let place = Place::new();
    bal_artifact::write_file(&place.at("files/ag_news/train.csv"), train).unwrap();
    bal_artifact::write_file(&place.at("files/ag_news/test.csv.gz"), &gzip(b"\"1\",\"a\",\"b\"\n")).unwrap();
    let text = stderr(
        place.prepare(&["dataset", "--dataset", "ag_news", "--source", "files", "--out", "data"]),
        code,
    );
    assert!(!place.at("data").exists() && !place.at("cache").exists());
    text
}

#[test]
fn the_known_half_is_checked() {
    let text = prepare(b"\"1\",\"a\",\"b\"\n", 7);
    assert!(
        text.contains("`files/ag_news/test.csv.gz` is not the file that belongs to data set `ag_news`"),
        "{text}"
    );
}

#[test]
fn a_set_of_parts_has_no_other_name() {
    let place = Place::new();
    let text = stderr(place.prepare(&["dataset", "--dataset", "ag_news_subset", "--out", "data"]), 7);
    assert!(text.contains("data set `ag_news_subset` needs a source"), "{text}");
    // One of all places that are looked in, not the one that this call asks for: it cannot be had either.
    let mut command = place.prepare(&["dataset", "--dataset", "ag_news_subset", "--out", "data"]);
    command.env("BAL_DATA_SOURCE", "elsewhere");
    let text = stderr(command, 7);
    assert!(text.contains("from folder `elsewhere`: there is no such folder"), "{text}");
}
