//! The real files, where they are: in `../shared/data` beside the project, or where an earlier download left
//! them in the user's cache. What is not there is skipped, and says so.

use std::path::{Path, PathBuf};

use bal_artifact::{DatasetDetails, Manifest, read_array};
use ndarray::{Axis, Ix2, Ix4};

use crate::support::Place;

/// Folders that may hold a data set.
fn places() -> Vec<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    cache.map(|cache| cache.join("bal/downloads")).into_iter().chain([shared]).collect()
}

/// The data set, prepared in `data` from the first place that has its raw files.
fn prepared(name: &str) -> Option<Place> {
    for source in places().iter().filter(|source| source.is_dir()) {
        let place = Place::new();
        let source = source.display().to_string();
        let mut command =
            place.prepare(&["dataset", "--dataset", name, "--source", &source, "--out", "data"]);
        let output = command.output().unwrap();
        if output.status.success() {
            return Some(place);
        }
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains("no file `") || text.contains("no such folder"), "{name}: {text}");
    }
    println!("skipped: {name} not here");
    None
}

/// What is published of a data set.
struct Facts {
    sizes: [usize; 2],
    first_train: &'static [i64],
    first_test: &'static [i64],
    /// Counts of classes, where not all have as many.
    counts: Option<[&'static [usize]; 2]>,
}

fn counts(labels: &[i64], classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    for &label in labels {
        counts[label as usize] += 1;
    }
    counts
}

fn check(place: &Place, facts: &Facts) {
    let labels = ["train", "test"].map(|half| place.ids(&format!("data/{half}_labels.npy")));
    let classes = DatasetDetails::read(&place.at("data")).unwrap().classes.len();
    assert_eq!(labels.each_ref().map(Vec::len), facts.sizes);
    assert_eq!(labels[0][..facts.first_train.len()], *facts.first_train);
    assert_eq!(labels[1][..facts.first_test.len()], *facts.first_test);
    for (half, labels) in labels.iter().enumerate() {
        let expected = match facts.counts {
            Some(counts) => counts[half].to_vec(),
            None => vec![facts.sizes[half] / classes; classes],
        };
        assert_eq!(counts(labels, classes), expected);
    }
}

/// Mean and standard deviation of each channel of the test images; the program itself compares those of the
/// training images.
fn check_test_images(place: &Place, published: &[(f64, Option<f64>)]) {
    let images = read_array::<u8, Ix4>("images", &place.at("data/test_inputs.npy")).unwrap();
    for (channel, &(mean, std)) in images.axis_iter(Axis(1)).zip(published) {
        let scaled = channel.mapv(|pixel| f64::from(pixel) / 255.0);
        assert!((scaled.mean().unwrap() - mean).abs() < 1e-6);
        assert!(std.is_none_or(|std| (scaled.std(0.0) - std).abs() < 1e-6));
    }
    assert_eq!(images.dim().1, published.len());
}

const TEN_THOUSAND: [usize; 2] = [60_000, 10_000];
const FIFTY_THOUSAND: [usize; 2] = [50_000, 10_000];

#[test]
fn mnist() {
    let Some(place) = prepared("mnist") else { return };
    let facts = Facts {
        sizes: TEN_THOUSAND,
        first_train: &[5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
        first_test: &[7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
        counts: Some([
            &[5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
            &[980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
        ]),
    };
    check(&place, &facts);
    check_test_images(&place, &[(0.132_515, Some(0.310_480))]);
}

#[test]
fn fashion_mnist() {
    let Some(place) = prepared("fashion_mnist") else { return };
    let facts = Facts {
        sizes: TEN_THOUSAND,
        first_train: &[9, 0, 0, 3, 0, 2, 7, 2, 5, 5],
        first_test: &[9, 2, 1, 1, 6, 1, 4, 6, 5, 7],
        counts: None,
    };
    check(&place, &facts);
    check_test_images(&place, &[(0.286_849, Some(0.352_444))]);
}

#[test]
fn cifar10() {
    let Some(place) = prepared("cifar10") else { return };
    let facts = Facts {
        sizes: FIFTY_THOUSAND,
        first_train: &[6, 9, 9, 4, 1, 1, 2, 7, 8, 3],
        first_test: &[3, 8, 8, 0, 6, 6, 1, 6, 3, 1],
        counts: None,
    };
    check(&place, &facts);
    check_test_images(&place, &[(0.494_214, None), (0.485_131, None), (0.450_409, None)]);
    // Batches are not balanced, and so their order shows.
    let labels = place.ids("data/train_labels.npy");
    let first_batch = [1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981];
    assert_eq!(counts(&labels[..10_000], 10), first_batch);
}

#[test]
fn cifar100() {
    let labels: [(&str, &[i64], &[i64]); 2] = [
        ("cifar100", &[19, 29, 0, 11, 1], &[49, 33, 72, 51, 71]),
        ("cifar100_coarse", &[11, 15, 4, 14, 1], &[10, 10, 0, 4, 10]),
    ];
    for (name, first_train, first_test) in labels {
        let Some(place) = prepared(name) else { return };
        check(&place, &Facts { sizes: FIFTY_THOUSAND, first_train, first_test, counts: None });
        check_test_images(&place, &[(0.508_796, None), (0.487_393, None), (0.441_942, None)]);
    }
}

/// The official order cannot be seen any more, but what all images together are.
#[test]
fn kmnist_test() {
    let Some(place) = prepared("kmnist_test") else { return };
    let labels = ["train", "test"].map(|half| place.ids(&format!("data/{half}_labels.npy")));
    assert_eq!(labels.each_ref().map(Vec::len), [8_000, 2_000]);
    assert_eq!(counts(&labels.concat(), 10), [1_000; 10]);
    let half = |half| read_array::<u8, Ix4>("images", &place.at(&format!("data/{half}_inputs.npy"))).unwrap();
    let pixels = half("train").into_iter().chain(half("test")).map(|pixel| f64::from(pixel) / 255.0);
    let pixels: Vec<f64> = pixels.collect();
    let mean = pixels.iter().sum::<f64>() / pixels.len() as f64;
    let variance = pixels.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / pixels.len() as f64;
    assert!((mean - 0.184_557).abs() < 1e-6 && (variance.sqrt() - 0.341_612).abs() < 1e-6);
    assert_eq!(Manifest::read(&place.at("data"), "dataset").unwrap().inputs.len(), 2);
}

/// Words by number, to read texts again.
fn vocabulary(place: &Place) -> Vec<String> {
    serde_json::from_slice(&fs_err::read(place.at("data/vocabulary.json")).unwrap()).unwrap()
}

fn first_text(place: &Place) -> String {
    let texts = read_array::<i64, Ix2>("texts", &place.at("data/train_inputs.npy")).unwrap();
    let vocabulary = vocabulary(place);
    let words =
        texts.row(0).into_iter().filter(|&&word| word > 0).map(|&word| vocabulary[word as usize].as_str());
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn ag_news_subset() {
    let Some(place) = prepared("ag_news_subset") else { return };
    let counts: [&[usize]; 2] = [&[2514, 2504, 2518, 2457], &[1900; 4]];
    let facts =
        Facts { sizes: [9_993, 7_600], first_train: &[2, 2], first_test: &[2, 3], counts: Some(counts) };
    check(&place, &facts);
    let details = DatasetDetails::read(&place.at("data")).unwrap();
    assert_eq!((details.input_shape, details.words), (vec![64], Some(20_002)));
    let expected = "update 1 vivendi messier are fined 1.35 million vivendi universal and its former chief";
    assert!(first_text(&place).starts_with(expected), "{}", first_text(&place));
}

#[test]
fn reuters_r8() {
    let Some(place) = prepared("reuters_r8") else { return };
    let counts: [&[usize]; 2] =
        [&[1596, 253, 2840, 41, 190, 206, 108, 251], &[696, 121, 1083, 10, 81, 87, 36, 75]];
    check(&place, &Facts { sizes: [5_485, 2_189], first_train: &[2], first_test: &[], counts: Some(counts) });
    assert!(first_text(&place).starts_with("champion products ch approves stock split"));
}
