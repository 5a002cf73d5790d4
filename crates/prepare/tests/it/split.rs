//! Splits: sizes, balance, disjointness, seeds, settings that no data set satisfies.

use std::collections::BTreeSet;

use bal_artifact::Manifest;

use crate::support::{Place, assert_same_artifact, stderr};

const BALANCED: [&str; 4] = ["--initial-per-class", "2", "--validation", "30"];

fn parts(place: &Place, out: &str) -> [Vec<i64>; 3] {
    ["initial", "validation", "pool"].map(|part| place.ids(&format!("{out}/{part}.npy")))
}

fn counts(place: &Place, out: &str, part: &str) -> Vec<u64> {
    let details = Manifest::read(&place.at(out), "split").unwrap().details;
    details[part].as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).collect()
}

#[test]
fn parts_are_balanced_disjoint_and_complete() {
    let place = Place::with_data(200);
    place.split("split", 0, &BALANCED).assert().success();
    let [initial, validation, pool] = parts(&place, "split");
    assert_eq!((initial.len(), validation.len(), pool.len()), (20, 30, 150));
    let all: BTreeSet<i64> = [initial.as_slice(), &validation, &pool].concat().into_iter().collect();
    assert_eq!(all, (0..200).collect());
    let labels = place.ids("data/train_labels.npy");
    for class in 0..10 {
        assert_eq!(initial.iter().filter(|&&id| labels[id as usize] == class).count(), 2, "class {class}");
    }
    assert!(!pool.is_sorted());
    assert_eq!(counts(&place, "split", "initial"), [2; 10]);
    let of_pool = (0..10).map(|class| pool.iter().filter(|&&id| labels[id as usize] == class).count() as u64);
    assert_eq!(counts(&place, "split", "pool"), of_pool.collect::<Vec<_>>());
}

#[test]
fn two_runs_write_the_same_bytes_and_two_seeds_do_not() {
    let place = Place::with_data(200);
    for (out, seed) in [("a", 0), ("b", 0), ("c", 1)] {
        place.split(out, seed, &BALANCED).assert().success();
    }
    assert_same_artifact(&place.at("a"), &place.at("b"), "split");
    for (one, other) in parts(&place, "a").iter().zip(parts(&place, "c")) {
        assert_ne!(*one, other);
    }
}

#[test]
fn the_manifest_names_its_input_from_the_root() {
    let place = Place::with_data(50);
    place.split("runs/seed-3", 3, &["--initial", "10", "--validation", "5"]).assert().success();
    let manifest = Manifest::read(&place.at("runs/seed-3"), "split").unwrap();
    assert_eq!(manifest.inputs["train_labels"].path, "data/train_labels.npy");
    assert_eq!(manifest.seed, 3);
    assert_eq!(manifest.config["initial"], 10);
}

#[test]
fn one_decision_does_not_disturb_the_others() {
    let place = Place::with_data(200);
    place.split("base", 0, &BALANCED).assert().success();
    place.split("more", 0, &["--initial-per-class", "2", "--validation", "60"]).assert().success();
    place.split("small", 0, &[BALANCED.as_slice(), &["--pool-size", "40"]].concat()).assert().success();
    let [initial, validation, pool] = parts(&place, "base");
    let [same_initial, more_validation, _] = parts(&place, "more");
    assert_eq!(initial, same_initial);
    assert_eq!(validation, more_validation[..30]);
    let [_, same_validation, small_pool] = parts(&place, "small");
    assert_eq!(validation, same_validation);
    assert_eq!(pool[..40], small_pool);
}

#[test]
fn a_random_initial_set_has_the_size_asked_for() {
    let place = Place::with_data(100);
    place.split("split", 0, &["--initial", "17", "--validation", "0"]).assert().success();
    let [initial, validation, pool] = parts(&place, "split");
    assert_eq!((initial.len(), validation.len(), pool.len()), (17, 0, 83));
}

#[test]
fn keep_fraction_thins_a_class_of_the_pool_only() {
    let place = Place::with_data(200);
    place.split("base", 0, &BALANCED).assert().success();
    let thinned = ["--keep-fraction", "3=0.25", "--keep-fraction", "7=0"];
    place.split("thin", 0, &[BALANCED.as_slice(), &thinned].concat()).assert().success();
    let [initial, validation, pool] = parts(&place, "base");
    let [thin_initial, thin_validation, thin_pool] = parts(&place, "thin");
    assert_eq!((&initial, &validation), (&thin_initial, &thin_validation));
    let (before, after) = (counts(&place, "base", "pool"), counts(&place, "thin", "pool"));
    for class in 0..10 {
        let expected = match class {
            3 => (0.25 * before[3] as f64).round() as u64,
            7 => 0,
            _ => before[class],
        };
        assert_eq!(after[class], expected, "class {class}");
    }
    let kept: BTreeSet<i64> = thin_pool.iter().copied().collect();
    let order: Vec<i64> = pool.into_iter().filter(|id| kept.contains(id)).collect();
    assert_eq!(order, thin_pool, "what stays keeps its order");
}

#[test]
fn too_many_points_are_refused_with_the_number_there_is() {
    let place = Place::with_data(100);
    let cases: [(&[&str], &str); 4] = [
        (
            &["--initial-per-class", "11", "--validation", "0"],
            "`initial_per_class` of class `0` asks for 11 points, but only 10 are there",
        ),
        (&["--initial", "101", "--validation", "0"], "`initial` asks for 101 points, but only 100 are there"),
        (
            &["--initial", "40", "--validation", "61"],
            "`validation` asks for 61 points, but only 60 are there",
        ),
        (
            &["--initial", "40", "--validation", "50", "--pool-size", "11"],
            "`pool_size` asks for 11 points, but only 10 are there",
        ),
    ];
    for (arguments, expected) in cases {
        let text = stderr(place.split("split", 0, arguments), 3);
        assert!(text.contains(expected), "{text}");
        assert!(!place.at("split").exists());
    }
}

#[test]
fn impossible_settings_are_refused() {
    let place = Place::with_data(100);
    let base = ["--initial", "10", "--validation", "10"];
    let with = |more: &'static str| [base.as_slice(), &["--keep-fraction", more]].concat();
    let text = stderr(place.split("split", 0, &with("3=1.5")), 2);
    assert!(text.contains("expected 0 to 1, found 1.5"), "{text}");
    let text = stderr(place.split("split", 0, &with("seven=0.5")), 3);
    assert!(text.contains("`keep_fraction` names class `seven`, which the data set does not have"), "{text}");
    assert!(text.contains("hint: give one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 or an index below 10"), "{text}");
    let text = stderr(place.split("split", 0, &["--initial", "0", "--validation", "10"]), 2);
    assert!(text.contains("expected at least 1, found 0"), "{text}");
    let text = stderr(place.split("split", 0, &["--validation", "10"]), 3);
    assert!(text.contains("expected one of `initial_per_class` and `initial`, found neither"), "{text}");
}

#[test]
fn a_split_without_a_pool_is_refused() {
    let place = Place::with_data(100);
    let text = stderr(place.split("split", 0, &["--initial", "10", "--validation", "90"]), 3);
    assert!(
        text.contains("no pool is left of 100 training points: 10 are initial, 90 for validation"),
        "{text}"
    );
}

#[test]
fn a_missing_or_changed_data_set_is_an_input_error() {
    let place = Place::with_data(100);
    let missing = place.prepare(&[
        "split",
        "--data",
        "nowhere",
        "--out",
        "split",
        "--initial",
        "5",
        "--validation",
        "5",
    ]);
    let text = stderr(missing, 4);
    assert!(text.contains("error: data set `nowhere/dataset.json` is missing\n\nhint: "), "{text}");
    let labels = place.at("data/train_labels.npy");
    let mut bytes = fs_err::read(&labels).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs_err::write(&labels, bytes).unwrap();
    let text = stderr(place.split("split", 0, &BALANCED), 4);
    assert!(text.contains("train_labels.npy` is corrupt: expected "), "{text}");
    assert!(!place.at("split").exists());
}
