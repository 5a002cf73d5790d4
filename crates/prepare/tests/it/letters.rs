//! EMNIST out of its archive: made by Python (`tests/data/make.py`), and damaged here.

use std::path::{Path, PathBuf};

use bal_artifact::{DatasetDetails, read_array};
use ndarray::Ix4;

use crate::support::{Place, stderr};

fn made(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The archive, changed, in the folder `files` of a place.
fn changed(change: impl FnOnce(&mut Vec<u8>)) -> Place {
    let place = Place::new();
    let mut bytes = fs_err::read(made("emnist/gzip.zip")).unwrap();
    change(&mut bytes);
    bal_artifact::write_file(&place.at("files/gzip.zip"), &bytes).unwrap();
    place
}

fn prepare(place: &Place, source: &str, code: i32) -> String {
    let arguments = ["dataset", "--dataset", "emnist_letters", "--source", source, "--out", "data"];
    stderr(place.prepare(&arguments), code)
}

fn refusal(change: impl FnOnce(&mut Vec<u8>)) -> String {
    let place = changed(change);
    let text = prepare(&place, "files", 4);
    assert!(!place.at("data").exists() && !place.at("cache").exists(), "nothing is written");
    text
}

/// Where a member's entry in the directory begins; the member's name stands 46 bytes further.
fn entry(bytes: &[u8], name: &str) -> usize {
    let name = name.as_bytes();
    let last = bytes.windows(name.len()).rposition(|window| window == name).unwrap();
    last - 46
}

const LABELS: &str = "gzip/emnist-letters-train-labels-idx1-ubyte.gz";

#[test]
fn letters_stand_upright_and_count_from_zero() {
    let place = Place::new();
    prepare(&place, &made("emnist").display().to_string(), 0);
    assert_eq!(place.ids("data/train_labels.npy"), [0, 25, 11, 5, 0, 25]);
    assert_eq!(place.ids("data/test_labels.npy"), [11, 5, 25]);
    let images = read_array::<u8, Ix4>("images", &place.at("data/test_inputs.npy")).unwrap();
    // The L of the test half: its stem on the left, its bar at the bottom.
    for (row, column, expected) in [(2, 5, 255), (26, 5, 255), (26, 22, 255), (2, 22, 0), (14, 22, 0)] {
        assert_eq!(images[[0, 0, row, column]], expected, "row {row}, column {column}");
    }
    let details = DatasetDetails::read(&place.at("data")).unwrap();
    assert_eq!((details.classes.len(), details.classes[11].as_str()), (26, "Ll"));
    assert!(!place.at("cache").exists(), "files without known digests must not be cached");
    // It is known by name: without a source it is not fetched again.
    let arguments = ["dataset", "--dataset", "emnist_letters", "--out", "data"];
    assert!(stderr(place.prepare(&arguments), 0).contains("is up to date"));
}

#[test]
fn labels_out_of_range_are_refused() {
    let place = Place::new();
    let text = prepare(&place, &made("emnist-zero").display().to_string(), 4);
    let expected =
        "train-labels-idx1-ubyte.gz` is not usable: expected labels 1 to 26, found label 0 at position 2";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn an_archive_without_the_members_is_refused() {
    let place = Place::new();
    let source = made("emnist").display().to_string();
    let arguments = ["dataset", "--dataset", "emnist_digits", "--source", &source, "--out", "data"];
    let text = stderr(place.prepare(&arguments), 4);
    assert!(text.contains("no file `gzip/emnist-digits-train-images-idx3-ubyte` in it"), "{text}");
}

#[test]
fn a_lying_size_is_refused() {
    // Uncompressed size: smaller than what comes out, larger, and beyond the bound.
    for (size, expected) in [
        (3_u32, "expected 3 bytes, as the archive says, got more"),
        (99, "expected 99 bytes, as the archive says, got "),
        (u32::MAX, "expected at most 1066596 bytes, got 4294967295"),
    ] {
        let text = refusal(|bytes| {
            let at = entry(bytes, LABELS);
            bytes[at + 24..at + 28].copy_from_slice(&size.to_le_bytes());
        });
        let expected = expected.replace(", got", ", found");
        assert!(text.contains(&expected) && text.contains(&format!("gzip.zip:{LABELS}`")), "{text}");
    }
}

#[test]
fn other_damage_is_named() {
    let text = refusal(|bytes| {
        let at = entry(bytes, LABELS);
        bytes[at + 16] ^= 1;
    });
    assert!(text.contains("expected CRC "), "{text}");
    let text = refusal(|bytes| {
        let at = entry(bytes, LABELS);
        bytes[at + 10] = 12;
    });
    assert!(text.contains("expected method 0 (stored) or 8 (deflated), found method 12"), "{text}");
    let text = refusal(|bytes| bytes.truncate(bytes.len() - 30));
    assert!(
        text.contains("`files/gzip.zip` is not usable: expected a zip archive, found no end record"),
        "{text}"
    );
    let text = refusal(|bytes| {
        let end = bytes.len() - 22;
        bytes[end + 16..end + 20].copy_from_slice(&[0xff; 4]);
    });
    assert!(text.contains("expected a zip archive, found a directory of "), "{text}");
    assert!(
        refusal(|bytes| bytes.splice(..2, *b"7z").for_each(drop))
            .contains("expected a zip or tar.gz archive")
    );
}

/// A member is asked for by its whole name, so that one that points elsewhere is none of the data set.
#[test]
fn an_entry_outside_of_its_folder_is_not_taken() {
    let text = refusal(|bytes| {
        let at = entry(bytes, LABELS) + 46;
        bytes[at..at + 5].copy_from_slice(b"../..");
    });
    assert!(text.contains("no file `gzip/emnist-letters-train-labels-idx1-ubyte` in it"), "{text}");
}
