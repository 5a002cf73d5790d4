//! Data sets from the user's files, and generated ones.

use bal_artifact::{DatasetDetails, DatasetKind, Manifest, read_array};
use bal_testkit::{Digits, write_idx_dataset};
use ndarray::{Ix2, Ix4};

use crate::support::{Place, assert_same_artifact, stderr};

fn idx_place() -> Place {
    let place = Place::new();
    write_idx_dataset(&place.at("files"), 60, 20, 0);
    place
}

fn prepare_idx(place: &Place, out: &str) -> String {
    stderr(place.prepare(&["dataset", "--dataset", "idx", "--source", "files", "--out", out]), 0)
}

#[test]
fn idx_files_become_arrays() {
    let place = idx_place();
    prepare_idx(&place, "data");
    let expected = Digits::new(60, 0, 0);
    let images = read_array::<u8, Ix4>("images", &place.at("data/train_inputs.npy")).unwrap();
    assert!(images == expected.images);
    assert_eq!(place.ids("data/train_labels.npy"), expected.labels.to_vec());
    assert_eq!(place.ids("data/test_labels.npy").len(), 20);
    let details = DatasetDetails::read(&place.at("data")).unwrap();
    assert_eq!((details.kind, details.input_shape), (DatasetKind::Images, vec![1, 28, 28]));
    assert_eq!(details.classes, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    let scaled = expected.images.mapv(|pixel| f64::from(pixel) / 255.0);
    assert!((details.mean[0] - scaled.mean().unwrap()).abs() < 1e-12);
    assert!((details.std[0] - scaled.std(0.0)).abs() < 1e-12);
}

#[test]
fn two_runs_write_the_same_bytes() {
    let place = idx_place();
    for dataset in ["idx", "two_moons"] {
        for out in ["first", "second"] {
            let out = format!("{dataset}/{out}");
            place
                .prepare(&["dataset", "--dataset", dataset, "--source", "files", "--out", &out])
                .assert()
                .success();
        }
        assert_same_artifact(&place.at(dataset).join("first"), &place.at(dataset).join("second"), "dataset");
    }
}

#[test]
fn an_up_to_date_data_set_is_left_alone() {
    let place = idx_place();
    assert!(prepare_idx(&place, "data").contains("prepared in `data`"));
    let before = Manifest::read(&place.at("data"), "dataset").unwrap();
    assert!(prepare_idx(&place, "data").contains("is up to date"));
    assert_eq!(Manifest::read(&place.at("data"), "dataset").unwrap(), before);
}

#[test]
fn a_damaged_data_set_is_made_again() {
    let place = idx_place();
    prepare_idx(&place, "data");
    prepare_idx(&place, "undamaged");
    let labels = place.at("data/test_labels.npy");
    let mut bytes = fs_err::read(&labels).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs_err::write(&labels, bytes).unwrap();
    assert!(prepare_idx(&place, "data").contains("prepared in `data`"));
    assert_same_artifact(&place.at("data"), &place.at("undamaged"), "dataset");
}

#[test]
fn other_source_files_make_it_again() {
    let place = idx_place();
    prepare_idx(&place, "data");
    write_idx_dataset(&place.at("files"), 60, 20, 1);
    assert!(prepare_idx(&place, "data").contains("prepared in `data`"));
    assert_eq!(place.ids("data/train_labels.npy"), Digits::new(60, 1, 0).labels.to_vec());
}

#[test]
fn idx_needs_a_source_from_the_option_or_the_environment() {
    let place = idx_place();
    let text = stderr(place.prepare(&["dataset", "--dataset", "idx", "--out", "data"]), 7);
    assert!(text.contains("error: data set `idx` needs a source\n\nhint: "), "{text}");
    let mut command = place.prepare(&["dataset", "--dataset", "idx", "--out", "data"]);
    command.env("BAL_DATA_SOURCE", "files");
    command.assert().success();
    assert!(place.at("data/dataset.json").is_file());
    let text = stderr(place.prepare(&["dataset", "--dataset", "idx", "--out", "data"]), 0);
    assert!(text.contains("is up to date"), "{text}");
}

#[test]
fn a_truncated_idx_file_is_an_input_error() {
    let place = idx_place();
    fs_err::write(place.at("files/t10k-images-idx3-ubyte.gz"), bal_testkit::gzip(&[0, 0, 8, 3, 0, 0]))
        .unwrap();
    let text =
        stderr(place.prepare(&["dataset", "--dataset", "idx", "--source", "files", "--out", "data"]), 4);
    let expected = "error: `files/t10k-images-idx3-ubyte.gz` is not usable: expected an idx header of 16 bytes, found 6 bytes\n\nhint: ";
    assert!(text.contains(expected), "{text}");
    assert!(!place.at("data").exists());
}

#[test]
fn two_moons_are_points() {
    let place = Place::new();
    place.prepare(&["dataset", "--dataset", "two_moons", "--out", "data"]).assert().success();
    let details = DatasetDetails::read(&place.at("data")).unwrap();
    assert_eq!((details.kind, details.input_shape), (DatasetKind::Points, vec![2]));
    let points = read_array::<f32, Ix2>("points", &place.at("data/train_inputs.npy")).unwrap();
    assert_eq!(points.dim(), (800, 2));
    assert_eq!(place.ids("data/test_labels.npy").len(), 200);
}

#[test]
fn an_unknown_data_set_is_a_usage_error() {
    let place = Place::new();
    let text = stderr(place.prepare(&["dataset", "--dataset", "mnsit", "--out", "data"]), 3);
    assert!(
        text.contains(
            "unknown data set `mnsit`; known are mnist, fashion_mnist, kmnist, kmnist_test, emnist_"
        ),
        "{text}"
    );
    assert!(text.contains("\n\nhint: did you mean `mnist`?"), "{text}");
}
