//! A tree of runs as a pipeline leaves it: 2 cells × 2 seeds × 4 rounds with known accuracies.

use std::path::{Path, PathBuf};

use bal_artifact::tables::{Metrics, Quality};
use bal_artifact::{DatasetDetails, DatasetKind, Inputs, Manifest, Place, RoundLabels, RunInfo, Staging};
use bal_report::{Config, Error, Files};
use bal_settings::Checked;
use ndarray::{Array, Array1, Array2, Array4};
use serde_json::json;
use tempfile::TempDir;

/// Test accuracy by round of cell and seed; labels are 20, 30, 40, 50.
pub(crate) const ACCURACIES: [(&str, u64, [f64; 4]); 4] = [
    ("bald", 0, [0.70, 0.85, 0.91, 0.96]),
    ("bald", 1, [0.60, 0.80, 0.89, 0.95]),
    ("random", 0, [0.70, 0.75, 0.80, 0.85]),
    ("random", 1, [0.60, 0.70, 0.90, 0.91]),
];

const PIPELINE: &str = "# accuracy < 1 & <script>alert(1)</script>
name: demo
rounds: 3
sweep: {seed: [0, 1], score.acquisition: [bald, random]}
";

/// A temporary folder with `data/tiny` and `artifacts/demo`.
pub(crate) struct Tree {
    pub(crate) folder: TempDir,
}

impl Tree {
    /// The whole tree. `seconds` is what every stage says it took.
    pub(crate) fn new(kind: DatasetKind, seconds: f64) -> Self {
        Self::with_validation(kind, seconds, &[])
    }

    /// The same, where these cells have a validation set.
    pub(crate) fn with_validation(kind: DatasetKind, seconds: f64, validated: &[&str]) -> Self {
        let tree = Self { folder: tempfile::tempdir().unwrap() };
        tree.write_data(kind);
        for (cell, seed, accuracies) in ACCURACIES {
            let run = Writer {
                folder: tree.runs().join(cell).join(format!("seed-{seed}")),
                tree: &tree,
                cell,
                seed,
                seconds,
                validated: validated.contains(&cell),
            };
            run.write_split();
            for (round, accuracy) in accuracies.into_iter().enumerate() {
                run.write_round(round, accuracy, round + 1 < accuracies.len());
            }
        }
        tree.plan(PIPELINE);
        tree
    }

    pub(crate) fn runs(&self) -> PathBuf {
        self.folder.path().join("artifacts/demo")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data/tiny")
    }

    /// Makes the report `artifacts/demo/report` with default settings.
    pub(crate) fn report(&self) -> Result<PathBuf, Error> {
        self.report_with(&Config::default())
    }

    pub(crate) fn report_with(&self, config: &Config) -> Result<PathBuf, Error> {
        let out = self.runs().join("report");
        let place = Place::new(out.clone(), Some(self.runs()), 0, 0);
        let config = Checked::new(config.clone()).unwrap();
        bal_report::run(&config, &Files { runs: vec![self.runs()], data: Vec::new(), place })?;
        Ok(out)
    }

    /// Replaces the resolved pipeline.
    pub(crate) fn plan(&self, pipeline: &str) {
        bal_artifact::write_file(&self.runs().join("pipeline.yaml"), pipeline.as_bytes()).unwrap();
    }

    fn write_data(&self, kind: DatasetKind) {
        let mut staging = Staging::new(&self.data(), "dataset", &[]).unwrap();
        let labels = Array1::from_iter((0..200_i64).map(|id| id % 10));
        let input_shape =
            match kind {
                DatasetKind::Images => {
                    // Each class is a bar at its own height.
                    let bar = |id: usize, y: usize| if y / 2 == id % 10 + 2 { 255u8 } else { 20 };
                    let images = Array4::from_shape_fn((200, 1, 28, 28), |(id, _, y, x)| {
                        bar(id, y).saturating_sub(x as u8)
                    });
                    staging.array("train_inputs", &images).unwrap();
                    vec![1, 28, 28]
                }
                DatasetKind::Points => {
                    let angle = |id: usize| id as f32 * 0.1;
                    let points = Array2::from_shape_fn((200, 2), |(id, d)| {
                        if d == 0 { angle(id).cos() } else { angle(id).sin() }
                    });
                    staging.array("train_inputs", &points).unwrap();
                    vec![2]
                }
                DatasetKind::Texts => unreachable!("nothing is drawn of texts"),
            };
        staging.array("train_labels", &labels).unwrap();
        let details = DatasetDetails {
            name: "tiny".to_owned(),
            kind,
            classes: (0..10).map(|class| format!("kind {class}")).collect(),
            input_shape,
            words: None,
            view: None,
            mean: vec![0.5],
            std: vec![0.2],
            licence: "none".to_owned(),
            source: "made for a test".to_owned(),
        };
        let mut manifest = Manifest::new("dataset", 1, json!({"dataset": "tiny"}), Inputs::new(&self.data()));
        manifest.details = serde_json::to_value(details).unwrap();
        staging.publish(manifest).unwrap();
    }
}

/// Writes the stages of one run.
struct Writer<'a> {
    folder: PathBuf,
    tree: &'a Tree,
    cell: &'a str,
    seed: u64,
    seconds: f64,
    validated: bool,
}

impl Writer<'_> {
    fn write_split(&self) {
        let mut staging = Staging::new(&self.folder.join("split"), "split", &[]).unwrap();
        staging.array("initial", &Array1::from_iter(0..20_i64)).unwrap();
        staging.array("pool", &Array1::from_iter(20..200_i64)).unwrap();
        let mut inputs = Inputs::new(&self.tree.runs());
        for name in ["train_inputs", "train_labels"] {
            inputs.add(name, &self.tree.data().join(name).with_extension("npy")).unwrap();
        }
        self.publish(staging, "split", inputs, json!({"pool": vec![18; 10]}), 0);
    }

    fn write_round(&self, round: usize, accuracy: f64, acquires: bool) {
        let folder = self.folder.join(format!("round-{round:03}"));
        let labelled = self.write_labels(round);
        let mut staging = Staging::new(&folder.join("train"), "train", &[]).unwrap();
        let metrics = metrics(round, accuracy);
        let validation = self.validated.then_some(metrics.test);
        Metrics { validation, ..metrics }.write(&mut staging).unwrap();
        let train_inputs = self.tree.data().join("train_inputs.npy");
        let inputs = self.inputs(&[("labelled", &labelled), ("train_inputs", &train_inputs)]);
        self.publish(staging, "train", inputs, json!(null), round);
        if acquires {
            let mut staging = Staging::new(&folder.join("score"), "score", &[]).unwrap();
            staging.file("scores.parquet", format!("not read by a report: {round}").as_bytes()).unwrap();
            self.publish(staging, "score", self.inputs(&[("exclude", &labelled)]), json!(null), round);
            let mut staging = Staging::new(&folder.join("select"), "select", &[]).unwrap();
            // Round r acquires only classes below 5, ten points.
            let first = 20 + 40 * round as i64;
            let ids = Array::from_iter((0..10).map(|i| first + i % 5 + 10 * (i / 5)));
            staging.array("selected", &ids).unwrap();
            let scores = folder.join("score/scores.parquet");
            self.publish(staging, "select", self.inputs(&[("scores", &scores)]), json!(null), round);
        }
    }

    /// The labels that the round knows; returns the file of their ids.
    fn write_labels(&self, round: usize) -> PathBuf {
        let out = self.folder.join(format!("round-{round:03}/label"));
        let read = |path: &Path| bal_artifact::read_ids("ids", path).unwrap();
        let (labelled, inputs) = match round.checked_sub(1) {
            None => {
                let initial = self.folder.join("split/initial.npy");
                (read(&initial), self.inputs(&[("initial", &initial)]))
            }
            Some(before) => {
                let before = self.folder.join(format!("round-{before:03}"));
                let files = [before.join("label/labelled.npy"), before.join("select/selected.npy")];
                let ids = files.each_ref().map(|path| read(path)).concat();
                (ids, self.inputs(&[("labelled", &files[0]), ("selected", &files[1])]))
            }
        };
        let labels = labelled.iter().map(|id| id % 10).collect();
        let mut staging = Staging::new(&out, "label", &[]).unwrap();
        RoundLabels { labelled, labels, validation: Vec::new() }.write(&mut staging).unwrap();
        self.publish(staging, "label", inputs, json!(null), round);
        out.join("labelled.npy")
    }

    fn inputs(&self, files: &[(&'static str, &Path)]) -> Inputs {
        let mut inputs = Inputs::new(&self.tree.runs());
        for (role, path) in files {
            inputs.add(role, path).unwrap();
        }
        inputs
    }

    fn publish(
        &self,
        staging: Staging,
        stage: &str,
        inputs: Inputs,
        details: serde_json::Value,
        round: usize,
    ) {
        let config = match stage {
            "score" => json!({"acquisition": self.cell}),
            "select" => json!({"method": "top_k"}),
            _ => json!({}),
        };
        let mut manifest = Manifest::new(stage, 1, config, inputs);
        (manifest.seed, manifest.round, manifest.details) = (self.seed, round as u64, details);
        let (host, device) = ("workstation".to_owned(), "cpu".to_owned());
        manifest.run = RunInfo { seconds: self.seconds, host, device, threads: 1, ..RunInfo::default() };
        staging.publish(manifest).unwrap();
    }
}

/// As without a validation set.
fn metrics(round: usize, accuracy: f64) -> Metrics {
    let rest = 1.0 - accuracy;
    Metrics {
        round: round as u64,
        labels: 20 + 10 * round as u64,
        weight_decay: 1e-3 / (round + 1) as f64,
        epochs: 50,
        train_loss: Some(rest),
        validation: None,
        test: Quality { accuracy, nll: rest, brier: rest, ece: rest },
    }
}

/// The text of a file.
pub(crate) fn text(folder: &Path, name: &str) -> String {
    fs_err::read_to_string(folder.join(name)).unwrap()
}
