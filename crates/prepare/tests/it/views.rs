//! Data sets that are views of others: their labels, what they share, and who is refused.

use std::os::unix::fs::MetadataExt as _;

use bal_artifact::{DatasetDetails, Manifest, OUTSIDE, View, read_array};
use bal_testkit::write_idx_dataset;
use ndarray::Ix4;

use crate::support::{Place, stderr};

fn moons(place: &Place, arguments: &[&str]) -> String {
    let base = ["dataset", "--dataset", "two_moons", "--out", "data/seen"];
    stderr(place.prepare(&[base.as_slice(), arguments].concat()), 0)
}

fn inode(place: &Place, path: &str) -> u64 {
    fs_err::metadata(place.at(path)).unwrap().ino()
}

#[test]
fn copies_share_their_bytes_and_have_ids_of_their_own() {
    let place = Place::new();
    let said = moons(&place, &["--repeat", "3", "--noise", "0.1"]);
    assert!(
        said.contains("`two_moons-repeat-3-noise-0.1` prepared in `data/seen`: 2400 training points"),
        "{said}"
    );
    let (stored, seen) =
        (place.ids("data/two_moons/train_labels.npy"), place.ids("data/seen/train_labels.npy"));
    assert_eq!(seen, stored.repeat(3));
    for file in ["train_inputs.npy", "test_inputs.npy", "test_labels.npy"] {
        let of = |folder: &str| inode(&place, &format!("data/{folder}/{file}"));
        assert_eq!(of("seen"), of("two_moons"), "{file} was copied");
    }
    let details = DatasetDetails::read(&place.at("data/seen")).unwrap();
    let view = View { repeat: 3, noise: 0.1, of: "two_moons".to_owned() };
    assert_eq!((details.view, details.name.as_str()), (Some(view), "two_moons-repeat-3-noise-0.1"));
    assert!(moons(&place, &["--repeat", "3", "--noise", "0.1"]).contains("is up to date"));
    // A split has ids of all copies.
    stderr(
        place.prepare(&[
            "split",
            "--data",
            "data/seen",
            "--initial",
            "10",
            "--validation",
            "50",
            "--out",
            "split",
        ]),
        0,
    );
    let pool = place.ids("split/pool.npy");
    assert_eq!(pool.len(), 2340);
    assert!(pool.iter().any(|&id| id >= 1600));
}

#[test]
fn chosen_classes_count_in_the_order_given() {
    let place = Place::new();
    write_idx_dataset(&place.at("files"), 200, 60, 0);
    let arguments =
        ["dataset", "--dataset", "idx", "--source", "files", "--classes", "8,3", "--out", "data/seen"];
    stderr(place.prepare(&arguments), 0);
    let (stored, seen) = (place.ids("data/idx/train_labels.npy"), place.ids("data/seen/train_labels.npy"));
    let expected = |&label: &i64| match label {
        8 => 0,
        3 => 1,
        _ => OUTSIDE,
    };
    assert_eq!(seen, stored.iter().map(expected).collect::<Vec<_>>());
    let details = DatasetDetails::read(&place.at("data/seen")).unwrap();
    assert_eq!((details.classes, details.view), (vec!["8".to_owned(), "3".to_owned()], None));
    // The test half has the chosen classes only, with their own images.
    let images = |folder: &str| {
        read_array::<u8, Ix4>("images", &place.at(&format!("data/{folder}/test_inputs.npy"))).unwrap()
    };
    let (all, chosen) = (images("idx"), images("seen"));
    let labels = place.ids("data/idx/test_labels.npy");
    let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == 8 || labels[row] == 3).collect();
    assert_eq!(chosen, all.select(ndarray::Axis(0), &rows));
    // Ids stay row numbers of the whole training half; those outside are in no part of a split.
    stderr(
        place.prepare(&[
            "split",
            "--data",
            "data/seen",
            "--initial-per-class",
            "2",
            "--validation",
            "4",
            "--out",
            "split",
        ]),
        0,
    );
    let parts = ["initial", "validation", "pool"].map(|part| place.ids(&format!("split/{part}.npy")));
    let inside = seen.iter().filter(|&&label| label != OUTSIDE).count();
    assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), inside);
    assert!(parts.concat().iter().all(|&id| seen[id as usize] != OUTSIDE));
}

#[test]
fn distinct_points_are_the_same_ones_in_every_copy() {
    let place = Place::new();
    moons(&place, &["--distinct", "100", "--repeat", "2"]);
    let labels = place.ids("data/seen/train_labels.npy");
    let inside = |copy: usize| (0..800).filter(|id| labels[copy * 800 + id] != OUTSIDE).collect::<Vec<_>>();
    assert_eq!(inside(0).len(), 100);
    assert_eq!(inside(0), inside(1));
    assert!(inside(0).windows(2).any(|pair| pair[1] - pair[0] > 8), "not the first ones");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let place = Place::new();
    for (arguments, code, text) in [
        (["--out", "data/two_moons", "--repeat", "2"], 3, "the place of the data set itself"),
        (["--out", "data/a", "--classes", "1"], 3, "classes`: expected two or more to tell apart, found 1"),
        (["--out", "data/a", "--classes", "0,7"], 3, "classes`: expected classes below 2, found 7"),
        (["--out", "data/a", "--distinct", "801"], 3, "distinct`: expected at most 800"),
        (["--out", "data/a", "--noise", "-1"], 2, "0 to 1000"),
    ] {
        let said = stderr(
            place.prepare(&[&["dataset", "--dataset", "two_moons"], arguments.as_slice()].concat()),
            code,
        );
        assert!(said.contains(text), "{said}");
        assert!(!place.at("data/a").exists());
    }
    moons(&place, &["--repeat", "2"]);
    let said = stderr(place.prepare(&["dataset", "--dataset", "two_moons", "--out", "data/seen"]), 4);
    assert!(said.contains("it holds a view of the data set `two_moons`"), "{said}");
    assert!(Manifest::find(&place.at("data/seen"), "dataset").unwrap().is_some());
}
