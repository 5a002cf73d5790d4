//! Training on a small data set: same bytes again, weight decay carried on, errors that name what is wrong.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod field;
mod group;
mod learning;
mod linking;

use std::path::{Path, PathBuf};

use bal_artifact::tables::Metrics;
use bal_artifact::{Manifest, Place, RoundLabels, Staging, read_array, read_table};
use bal_model::{Architecture, Precision};
use bal_settings::Checked;
use bal_train::{ClassWeights, Compute, Config, Evaluate, Files, Optimizer, WeightDecay, run};
use ndarray::{Array1, Ix1};

fn config(weight_decay: WeightDecay) -> Config {
    Config {
        network: Architecture::GalCnn,
        sigma: None,
        members: 1,
        epochs: 12,
        draws_per_epoch: None,
        batch_size: 16,
        optimizer: Optimizer::Adam { learning_rate: 1e-3 },
        weight_decay,
        early_stopping: None,
        augmentation: None,
        class_weights: ClassWeights::None,
        evaluate: Evaluate { posterior: None, samples: 5 },
        precision: Precision::F32,
    }
}

/// Data set, ids 0..40 labelled and 40..80 for validation.
fn prepare(folder: &Path) {
    bal_testkit::prepared_dataset(&folder.join("data"), 120, 60, 0);
    ids(&folder.join("validation"), "validation", 40..80);
    label(folder, "label", 0..40);
}

/// Labels of these points and of the validation points 40..80, as `bal-label` leaves them.
fn label(folder: &Path, out: &str, labelled: std::ops::Range<i64>) {
    let [labelled, validation] = [labelled, 40..80].map(Iterator::collect::<Vec<_>>);
    bal_testkit::round_labels(&folder.join(out), &folder.join("data"), &labelled, &validation);
}

fn ids(out: &Path, name: &str, ids: std::ops::Range<i64>) {
    let mut staging = Staging::new(out, "split", &[]).unwrap();
    staging.array(name, &ids.collect::<Array1<i64>>()).unwrap();
    staging
        .publish(Manifest::new("split", 1, serde_json::json!({}), bal_artifact::Inputs::new(out)))
        .unwrap();
}

fn task(folder: &Path, out: &str) -> Files {
    Files {
        data: folder.join("data"),
        label: folder.join("label"),
        validation: folder.join("validation/validation.npy"),
        first_round: None,
        pool: None,
        place: Place::new(folder.join(out), Some(folder.to_path_buf()), 3, 0),
    }
}

fn checked(config: &Config) -> Checked<Config> {
    Checked::new(config.clone()).unwrap()
}

fn train(config: &Config, task: &Files) -> Result<(), bal_train::Error> {
    run(&checked(config), std::slice::from_ref(task), &Compute { device: "cpu".to_owned(), threads: 1 })
}

fn metrics(out: &Path) -> Metrics {
    Metrics::read(&out.join("metrics.parquet")).unwrap()
}

#[test]
fn two_fits_are_equal_and_learn() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let config = config(WeightDecay::Fixed(1e-4));
    for out in ["a", "b"] {
        train(&config, &task(folder.path(), out)).unwrap();
    }
    for file in ["model.safetensors", "metrics.parquet", "calibration.parquet", "epochs.parquet"] {
        let read = |out: &str| fs_err::read(folder.path().join(out).join(file)).unwrap();
        assert!(read("a") == read("b"), "{file} differs");
    }
    let manifest = |out: &str| {
        let mut manifest = Manifest::read(&folder.path().join(out), "train").unwrap();
        manifest.run = bal_artifact::RunInfo::default();
        manifest
    };
    assert_eq!(manifest("a"), manifest("b"));
    assert_eq!(manifest("a").threads, Some(1), "not among the facts of the run: weights depend on it");
    let accuracy = metrics(&folder.path().join("a")).test.accuracy;
    assert!(accuracy > 0.6, "test accuracy {accuracy}, chance is 0.1");
    let mut other_seed = task(folder.path(), "c");
    other_seed.place.seed = 4;
    train(&config, &other_seed).unwrap();
    let weights = |out: &str| fs_err::read(folder.path().join(out).join("model.safetensors")).unwrap();
    assert!(weights("a") != weights("c"), "another seed gives other weights");
}

#[test]
fn bfloat16_gives_other_weights_and_learns_as_well() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    for (network, out) in [(Architecture::GalCnn, "gal"), (Architecture::BatchbaldCnn, "batchbald")] {
        let config = |precision| Config { network, precision, ..config(WeightDecay::Fixed(1e-4)) };
        let (f32, bf16) = (format!("{out}-f32"), format!("{out}-bf16"));
        train(&config(Precision::F32), &task(folder.path(), &f32)).unwrap();
        train(&config(Precision::Bf16), &task(folder.path(), &bf16)).unwrap();
        let loss = |out: &str| metrics(&folder.path().join(out)).train_loss.unwrap();
        assert!((loss(&f32) - loss(&bf16)).abs() > 1e-9, "{out}: not computed in bfloat16");
        let accuracy = |out: &str| metrics(&folder.path().join(out)).test.accuracy;
        let (wide, narrow) = (accuracy(&f32), accuracy(&bf16));
        // 60 test points: 0.1 is six of them.
        assert!(wide > 0.5 && (wide - narrow).abs() <= 0.1, "{out}: {wide} in f32, {narrow} in bf16");
    }
}

#[test]
fn the_validated_weight_decay_falls_with_the_labels() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let config = config(WeightDecay::Validated(vec![1e-3, 5.0]));
    train(&config, &task(folder.path(), "first")).unwrap();
    let first = folder.path().join("first");
    let lambda = metrics(&first).weight_decay;
    assert!((lambda - 1e-3).abs() < 1e-12, "weight decay 5 drives every weight to 0, found {lambda}");
    // The search leaves no trace in the winner: it is the fit that this weight decay gives alone.
    train(
        &Config { weight_decay: WeightDecay::Fixed(1e-3), ..config.clone() },
        &task(folder.path(), "alone"),
    )
    .unwrap();
    let weights = |out: &str| fs_err::read(folder.path().join(out).join("model.safetensors")).unwrap();
    assert!(weights("first") == weights("alone"));

    label(folder.path(), "more", 0..80);
    let mut later =
        Files { label: folder.path().join("more"), first_round: Some(first), ..task(folder.path(), "later") };
    later.place.round = 1;
    train(&config, &later).unwrap();
    let later_lambda = metrics(&folder.path().join("later")).weight_decay;
    assert!((later_lambda - lambda * 40.0 / 80.0).abs() < 1e-15, "λ₀·N₀/N: {later_lambda}");
    let orphan = Files { first_round: None, ..later };
    let error = train(&config, &orphan).unwrap_err();
    assert!(error.to_string().contains("round 1 needs the weight decay"), "{error}");
}

#[test]
fn without_a_validation_set_its_quality_is_null_and_nothing_else_changes() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    ids(&folder.path().join("none"), "validation", 0..0);
    let config = Config { epochs: 2, ..config(WeightDecay::Fixed(1e-4)) };
    let with = task(folder.path(), "with");
    let (validation, label) = (folder.path().join("none/validation.npy"), folder.path().join("unvalidated"));
    let labelled: Vec<i64> = (0..40).collect();
    bal_testkit::round_labels(&label, &folder.path().join("data"), &labelled, &[]);
    let without = Files { validation, label, ..task(folder.path(), "without") };
    for task in [&with, &without] {
        train(&config, task).unwrap();
    }
    let (measured, unmeasured) = (metrics(&with.place.out), metrics(&without.place.out));
    assert!(measured.validation.unwrap().nll > 0.0);
    assert_eq!(unmeasured, Metrics { validation: None, ..measured });
    let names = ["validation_accuracy", "validation_nll", "validation_brier", "validation_ece"];
    let table = read_table("metrics", &without.place.out.join("metrics.parquet"), &names).unwrap();
    assert!(table.columns().iter().all(|column| column.null_count() == 1), "{table}");
}

#[test]
fn wrong_inputs_are_named() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let config = config(WeightDecay::Fixed(0.0));
    let refused = |task: Files| train(&config, &task).unwrap_err().to_string();
    let task = || task(folder.path(), "out");

    label(folder.path(), "outside", 100..120);
    bal_testkit::prepared_dataset(&folder.path().join("smaller"), 110, 60, 0);
    let text = refused(Files {
        label: folder.path().join("outside"),
        data: folder.path().join("smaller"),
        ..task()
    });
    assert!(text.contains("id 110 at position 10") && text.contains("expected 0 to 109"), "{text}");
    let text = refused(Files { label: PathBuf::from("none"), ..task() });
    assert!(text.contains("labelled `none/labelled.npy` is missing"), "{text}");
    let text = refused(Files { data: folder.path().join("label"), ..task() });
    assert!(text.contains("data set") && text.contains("is missing"), "{text}");
    let mlp = Config { network: Architecture::Mlp, ..config.clone() };
    let text = train(&mlp, &task()).unwrap_err().to_string();
    assert!(text.contains("`mlp` cannot take inputs of shape [1, 28, 28]"), "{text}");
    let no_gpu =
        run(&checked(&config), &[task()], &Compute { device: "cuda:99".to_owned(), threads: 1 }).unwrap_err();
    assert!(no_gpu.to_string().contains("device `cuda:99` is not available"), "{no_gpu}");
    assert!(!folder.path().join("out").exists(), "nothing was published");
}

#[test]
fn ids_that_stand_twice_are_refused_with_both_rows() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let twice = [5, 6, 7, 6];
    bal_testkit::round_labels(&folder.path().join("twice"), &folder.path().join("data"), &twice, &twice);
    let config = config(WeightDecay::Fixed(1e-4));
    let task = task(folder.path(), "a");
    let labelled = Files { label: folder.path().join("twice"), ..task.clone() };
    let validation = Files { validation: folder.path().join("twice/labelled.npy"), ..task };
    for task in [labelled, validation] {
        let error = train(&config, &task).unwrap_err();
        let text = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        assert!(text.contains("id 6 twice, in rows 1 and 3, in `"), "{error}: {text}");
        assert!(!task.place.out.exists());
    }
}

/// Labels come from the artifact of `bal-label` and from nowhere else.
#[test]
fn labels_of_the_data_set_are_not_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let config = config(WeightDecay::Fixed(1e-4));
    train(&config, &task(folder.path(), "a")).unwrap();
    let path = folder.path().join("data/train_labels.npy");
    let labels = read_array::<i64, Ix1>("labels", &path).unwrap().mapv(|label| 9 - label);
    let manifest = Manifest::read(&folder.path().join("data"), "dataset").unwrap();
    let mut staging = Staging::new(&folder.path().join("other"), "dataset", &[]).unwrap();
    for name in ["train_inputs.npy", "test_inputs.npy", "test_labels.npy"] {
        staging.file(name, &fs_err::read(folder.path().join("data").join(name)).unwrap()).unwrap();
    }
    staging.array("train_labels", &labels).unwrap();
    staging.publish(manifest).unwrap();
    train(&config, &Files { data: folder.path().join("other"), ..task(folder.path(), "b") }).unwrap();
    let weights = |out: &str| fs_err::read(folder.path().join(out).join("model.safetensors")).unwrap();
    assert!(weights("a") == weights("b"));
}

#[test]
fn labels_that_do_not_belong_to_the_points_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let refused = |labels: &RoundLabels| {
        let out = folder.path().join("wrong");
        let mut staging = Staging::new(&out, "label", &[]).unwrap();
        labels.write(&mut staging).unwrap();
        let inputs = bal_artifact::Inputs::new(&out);
        staging.publish(Manifest::new("label", 1, serde_json::json!({}), inputs)).unwrap();
        let run = Files { label: out, ..task(folder.path(), "out") };
        train(&config(WeightDecay::Fixed(0.0)), &run).unwrap_err().to_string()
    };
    let right = RoundLabels { labelled: vec![1, 2, 3], labels: vec![0, 1, 2], validation: vec![0; 40] };
    let text = refused(&RoundLabels { labels: vec![0, 1], ..right.clone() });
    assert!(text.contains("2 labels for 3 points"), "{text}");
    let text = refused(&RoundLabels { labels: vec![0, 10, 1], ..right.clone() });
    assert!(text.contains("label 10 in row 1") && text.contains("0 to 9"), "{text}");
    let text = refused(&RoundLabels { validation: vec![0; 39], ..right });
    assert!(text.contains("39 labels for 40 points"), "{text}");
}

#[test]
fn labels_of_other_points_or_another_data_set_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let published = |out: &str, role: &'static str, path: &Path| {
        let read = RoundLabels::read(&folder.path().join("label")).unwrap();
        let mut inputs = bal_artifact::Inputs::new(folder.path());
        inputs.add(role, path).unwrap();
        let mut staging = Staging::new(&folder.path().join(out), "label", &[]).unwrap();
        read.write(&mut staging).unwrap();
        staging.publish(Manifest::new("label", 1, serde_json::json!({}), inputs)).unwrap();
        Files { label: folder.path().join(out), ..task(folder.path(), "out") }
    };
    ids(&folder.path().join("others"), "validation", 50..90);
    let config = config(WeightDecay::Fixed(0.0));
    let refused = |run: &Files| train(&config, run).unwrap_err().to_string();
    let text = refused(&published("a", "validation", &folder.path().join("others/validation.npy")));
    let expected = "expected labels for the `validation` that is given, `validation/validation.npy`, found labels for another one, \
                    `others/validation.npy`";
    assert!(text.contains(expected), "{text}");
    let text = refused(&published("b", "dataset", &folder.path().join("data/train_inputs.npy")));
    assert!(text.contains("labels for the `dataset` that is given"), "{text}");
    assert!(!folder.path().join("out").exists());
}
