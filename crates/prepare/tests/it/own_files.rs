//! A user's own idx files: names, labels, damage, and what is said about each.

use bal_artifact::{DatasetDetails, Manifest};
use bal_testkit::{gzip, write_idx_dataset};

use crate::support::{Place, assert_same_artifact, stderr};

/// Four images of 1 × 2 pixels and their labels in each half, under their official names in `files`.
fn tiny(place: &Place, train: [u8; 4], test: [u8; 4]) {
    let mut images = vec![0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2];
    images.extend(1..=8);
    for (name, labels) in [("train", train), ("t10k", test)] {
        let labels = [vec![0, 0, 8, 1, 0, 0, 0, 4], labels.to_vec()].concat();
        put(place, &format!("files/{name}-images-idx3-ubyte"), &images);
        put(place, &format!("files/{name}-labels-idx1-ubyte"), &labels);
    }
}

fn put(place: &Place, name: &str, bytes: &[u8]) {
    bal_artifact::write_file(&place.at(name), bytes).unwrap();
}

/// `bal-prepare dataset --dataset idx --source files` with further arguments.
fn prepare(place: &Place, arguments: &[&str], code: i32) -> String {
    let base = ["dataset", "--dataset", "idx", "--source", "files", "--out", "data"];
    stderr(place.prepare(&[&base, arguments].concat()), code)
}

#[test]
fn names_with_a_dot_are_found() {
    let place = Place::new();
    write_idx_dataset(&place.at("files"), 60, 20, 0);
    place
        .prepare(&["dataset", "--dataset", "idx", "--source", "files", "--out", "official"])
        .assert()
        .success();
    for entry in fs_err::read_dir(place.at("files")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().replace("-idx", ".idx");
        fs_err::rename(&path, path.with_file_name(name)).unwrap();
    }
    prepare(&place, &[], 0);
    assert_same_artifact(&place.at("data"), &place.at("official"), "dataset");
}

#[test]
fn labels_from_one_are_refused_and_taken_when_they_are_meant() {
    let place = Place::new();
    tiny(&place, [1, 26, 3, 1], [2, 2, 26, 5]);
    let text = prepare(&place, &[], 4);
    let expected = "error: labels in `files/train-labels-idx1-ubyte` start at 1: expected labels from 0, found 1 to 26 \
                    in both halves\n\nhint: give `--labels-start-at 1` if 1 is the first class; ";
    assert!(text.contains(expected), "{text}");
    assert!(!place.at("data").exists());

    prepare(&place, &["--labels-start-at", "1"], 0);
    assert_eq!(place.ids("data/train_labels.npy"), [0, 25, 2, 0]);
    assert_eq!(place.ids("data/test_labels.npy"), [1, 1, 25, 4]);
    let classes = DatasetDetails::read(&place.at("data")).unwrap().classes;
    assert_eq!((classes.len(), classes[0].as_str(), classes[25].as_str()), (26, "1", "26"));
    let config = Manifest::read(&place.at("data"), "dataset").unwrap().config;
    assert_eq!(config, serde_json::json!({"dataset": "idx", "labels_start_at": 1}));
    assert!(prepare(&place, &["--labels-start-at", "1"], 0).contains("is up to date"));
}

#[test]
fn a_first_label_that_is_not_read_or_not_true_is_refused() {
    let place = Place::new();
    tiny(&place, [0, 1, 2, 1], [2, 2, 0, 1]);
    let text = prepare(&place, &["--labels-start-at", "1"], 4);
    let expected =
        "label 0 in `files/train-labels-idx1-ubyte` is below the first label, `--labels-start-at 1`";
    assert!(text.contains(expected), "{text}");
    let arguments = ["dataset", "--dataset", "two_moons", "--labels-start-at", "1", "--out", "moons"];
    let text = stderr(place.prepare(&arguments), 3);
    assert!(
        text.contains("`--labels-start-at`: data set `two_moons` does not read it\n\nhint: leave"),
        "{text}"
    );
    // The manifest of a data set that was made without the flag has no such key.
    prepare(&place, &[], 0);
    let config = Manifest::read(&place.at("data"), "dataset").unwrap().config;
    assert_eq!(config, serde_json::json!({"dataset": "idx"}));
}

#[test]
fn one_class_only_is_refused() {
    let place = Place::new();
    tiny(&place, [0; 4], [0, 1, 0, 0]);
    let text = prepare(&place, &[], 4);
    let expected = "error: all training labels in `files/train-labels-idx1-ubyte` are 0: expected at least two \
                    classes\n\nhint: check that these are the labels of the training images, and add";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn images_of_one_grey_are_refused() {
    let place = Place::new();
    tiny(&place, [0, 1, 0, 1], [0, 1, 0, 1]);
    let image = [vec![0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2], vec![7; 8]].concat();
    put(&place, "files/train-images-idx3-ubyte", &image);
    let text = prepare(&place, &[], 4);
    assert!(text.contains("expected images that differ, found 7 in every pixel of all of them"), "{text}");
}

#[test]
fn swapped_files_are_named() {
    let place = Place::new();
    tiny(&place, [0, 1, 0, 1], [0, 1, 0, 1]);
    let (images, labels) = ("files/t10k-images-idx3-ubyte", "files/t10k-labels-idx1-ubyte");
    let bytes = fs_err::read(place.at(labels)).unwrap();
    fs_err::rename(place.at(images), place.at(labels)).unwrap();
    put(&place, images, &bytes);
    let text = prepare(&place, &[], 4);
    let expected = "error: `files/t10k-images-idx3-ubyte` is not usable: expected an idx file of images (first bytes \
                    [0, 0, 8, 3]), found one of labels: are the names of images and labels swapped?";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn a_truncated_gzip_file_is_an_input_error() {
    let place = Place::new();
    write_idx_dataset(&place.at("files"), 60, 20, 0);
    let path = place.at("files/train-labels-idx1-ubyte.gz");
    let bytes = fs_err::read(&path).unwrap();
    fs_err::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    let text = prepare(&place, &[], 4);
    assert!(
        text.contains("`files/train-labels-idx1-ubyte.gz` is not usable: expected gzip data, found"),
        "{text}"
    );
}

#[test]
fn copies_that_differ_are_refused() {
    let place = Place::new();
    tiny(&place, [0, 1, 0, 1], [0, 1, 0, 1]);
    let labels = fs_err::read(place.at("files/train-labels-idx1-ubyte")).unwrap();
    put(&place, "files/train-labels-idx1-ubyte.gz", &gzip(&labels));
    prepare(&place, &[], 0);
    let other = [&labels[..11], &[7]].concat();
    put(&place, "files/train-labels-idx1-ubyte.gz", &gzip(&other));
    let text = prepare(&place, &[], 4);
    let expected = "`files/train-labels-idx1-ubyte` is not usable: expected the same data as in \
                    `files/train-labels-idx1-ubyte.gz` beside it (remove the wrong one), found other data";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn a_set_is_not_put_together_out_of_two_folders() {
    let place = Place::new();
    tiny(&place, [0, 1, 0, 1], [0, 1, 0, 1]);
    let labels = fs_err::read(place.at("files/train-labels-idx1-ubyte")).unwrap();
    put(&place, "files/idx/train-labels-idx1-ubyte", &labels);
    let text = prepare(&place, &[], 4);
    let expected = "error: failed to read data set `idx` from folder `files`: no file `train-images-idx3-ubyte`, \
                    `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte` (with `-` or `.` before `idx`, with or without \
                    `.gz` or `.xz`); found file `files/idx/train-labels-idx1-ubyte`\n\nhint: put the four files into that folder";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn what_is_no_folder_of_files_is_named() {
    let place = Place::new();
    assert!(prepare(&place, &[], 4).contains("from folder `files`: there is no such folder\n"));
    put(&place, "files", b"a file");
    assert!(prepare(&place, &[], 4).contains("from folder `files`: it is a file\n"));
    fs_err::remove_file(place.at("files")).unwrap();
    fs_err::create_dir_all(place.at("files/train-images-idx3-ubyte")).unwrap();
    let text = prepare(&place, &[], 4);
    assert!(text.contains("; found folder `files/train-images-idx3-ubyte`\n\nhint: "), "{text}");
}

#[test]
fn paths_may_have_spaces_and_other_letters() {
    let place = Place::new();
    write_idx_dataset(&place.at("meine Bilder/größe"), 60, 20, 0);
    let arguments =
        ["dataset", "--dataset", "idx", "--source", "meine Bilder/größe", "--out", "fertige Daten/Größe 28"];
    place.prepare(&arguments).assert().success().stdout("fertige Daten/Größe 28\n");
    assert_eq!(place.ids("fertige Daten/Größe 28/test_labels.npy").len(), 20);
}
