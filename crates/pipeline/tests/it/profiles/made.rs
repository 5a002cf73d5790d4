//! The data sets of a pipeline, made: raw files in the official format, and what `prepare` makes of them.

use std::collections::BTreeMap;
use std::path::Path;

use bal_artifact::{OUTSIDE, file, read_labels};
use bal_prepare::dataset;
use bal_settings::{Checked, parse_value};
use bal_testkit::{made_labels, write_official};
use serde_json::Value;

use super::experiment::{Experiment, Run};

/// Training and test points of a made data set.
const SIZES: [usize; 2] = [600, 100];

/// Makes every data set that the profile `ci` of a pipeline uses, below `folder/data`.
pub(crate) fn make_data_sets(pipeline: &Path, folder: &Path) {
    let tree = parse_value(&fs_err::read_to_string(pipeline).unwrap()).unwrap();
    for config in data_sets(&tree) {
        let raw = folder.join("raw").join(&config.dataset);
        write_official(&config.dataset, &raw, SIZES[0], SIZES[1], 0);
        let (out, config) = (folder.join("data").join(config.name()), Checked::new(config).unwrap());
        dataset::prepare_made(&config, &raw, &out).unwrap();
    }
}

/// Data sets that are named for all cells or for one, in the profile or for all.
fn data_sets(tree: &Value) -> Vec<dataset::Config> {
    const KEY: &str = "prepare.dataset";
    let profile = &tree["profiles"]["ci"];
    let cells = [profile, tree].into_iter().find_map(|section| section.get("cells"));
    let cells = cells.and_then(Value::as_object).into_iter().flatten().map(|(_, cell)| cell);
    let of_all = profile.get(KEY).or_else(|| tree.pointer("/prepare/dataset"));
    let all = of_all.into_iter().chain(cells.filter_map(|cell| cell.get(KEY)));
    let named: BTreeMap<String, dataset::Config> =
        all.map(config).map(|config| (config.name(), config)).collect();
    named.into_values().collect()
}

/// A data set as a pipeline names it: a name, or a section with `name`.
fn config(value: &Value) -> dataset::Config {
    let section = match value {
        Value::String(name) => serde_json::json!({ "dataset": name }),
        section => {
            let mut section = section.as_object().unwrap().clone();
            let name = section.remove("name").unwrap();
            section.insert("dataset".to_owned(), name);
            section.into()
        }
    };
    serde_json::from_value(section).unwrap()
}

/// The prepared data sets hold what was written into the raw files; copies share labels, other classes are left
/// out; and the splits are what their settings say.
pub(crate) fn check(experiment: &Experiment) {
    for run in &experiment.runs {
        let config: dataset::Config =
            serde_json::from_value(bal_artifact::Manifest::read(&run.data, "dataset").unwrap().config)
                .unwrap();
        let labels = read_labels(&run.data, file::TRAIN_LABELS, run.details.classes.len()).unwrap();
        check_labels(&config, run, &labels);
        check_split(run, &labels);
    }
}

fn check_labels(config: &dataset::Config, run: &Run, labels: &[i64]) {
    if config.dataset == "two_moons" {
        assert_eq!(labels.len(), 800);
        return;
    }
    let whole = run.data.parent().unwrap().join(&config.dataset);
    let classes = bal_artifact::DatasetDetails::read(&whole).unwrap().classes.len();
    let stored = read_labels(&whole, file::TRAIN_LABELS, classes).unwrap();
    // Of these two the official files are put in another order, or hold coarser classes.
    if !["kmnist_test", "cifar100_coarse"].contains(&config.dataset.as_str()) {
        assert_eq!(stored, made_labels(SIZES[0], classes, 0, 0), "`{}` is decoded", config.dataset);
    }
    assert_eq!(labels.len(), stored.len() * config.repeat);
    let known = |label: &&i64| **label != OUTSIDE;
    if let Some(points) = config.distinct {
        assert_eq!(labels[..stored.len()].iter().filter(known).count(), points);
    }
    for (id, &label) in labels.iter().enumerate() {
        let of_point = stored[id % stored.len()];
        let place = config.classes.iter().position(|&class| class as i64 == of_point).map(|at| at as i64);
        let expected = if config.classes.is_empty() { Some(of_point) } else { place };
        let left_out = config.distinct.is_some() && label == OUTSIDE;
        assert!(left_out || label == expected.unwrap_or(OUTSIDE), "label {label} of point {id}");
        assert_eq!(label, labels[id % stored.len()], "copies share labels");
    }
}

fn check_split(run: &Run, labels: &[i64]) {
    let config = run.config("split");
    let of_class =
        |ids: &[i64], class: usize| ids.iter().filter(|&&id| labels[id as usize] == class as i64).count();
    let parts: [&[i64]; 3] = [&run.initial, &run.validation, &run.pool];
    let all: std::collections::BTreeSet<i64> = parts.concat().into_iter().collect();
    assert_eq!(all.len(), parts.iter().map(|part| part.len()).sum::<usize>(), "each point is in one part");
    assert!(all.iter().all(|&id| labels[id as usize] >= 0), "points that are left out are in no part");
    assert_eq!(run.validation.len() as u64, config["validation"].as_u64().unwrap());
    match (config["initial_per_class"].as_u64(), config["initial"].as_u64()) {
        (Some(each), _) => {
            let balanced = |class| of_class(&run.initial, class) as u64 == each;
            assert!((0..run.details.classes.len()).all(balanced), "the initial set is balanced");
        }
        (None, total) => assert_eq!(Some(run.initial.len() as u64), total),
    }
    if let Some(pool) = config["pool_size"].as_u64() {
        assert_eq!(run.pool.len() as u64, pool);
        return;
    }
    let fractions = config["keep_fraction"].as_object().unwrap();
    for (class, name) in run.details.classes.iter().enumerate() {
        let fraction = fractions.get(name).map_or(1.0, |fraction| fraction.as_f64().unwrap());
        let taken = of_class(&run.initial, class) + of_class(&run.validation, class);
        let left = labels.iter().filter(|&&label| label == class as i64).count() - taken;
        let kept = (fraction * left as f64).round() as usize;
        assert_eq!(of_class(&run.pool, class), kept, "pool points of class `{name}`");
    }
}
