//! Writes the stages of one run in their real formats.

use std::path::{Path, PathBuf};

use bal_artifact::tables::{CalibrationBin, Metrics, Quality, Scores, Selected};
use bal_artifact::{Inputs, Manifest, RoundLabels, RunInfo, Staging};
use ndarray::{Array1, Array3};
use serde_json::{Value, json};

use crate::fixture::{POINTS, Setup, Tree};

/// Points of an acquisition batch.
const BATCH: usize = 10;
/// Posterior samples.
const SAMPLES: usize = 20;

pub(crate) struct Writer<'a> {
    pub(crate) folder: PathBuf,
    pub(crate) tree: &'a Tree,
    pub(crate) setup: &'a Setup,
    pub(crate) cell: &'a str,
    pub(crate) picks_by: &'a str,
    pub(crate) seed: u64,
}

impl Writer<'_> {
    pub(crate) fn write_split(&self) {
        let mut staging = Staging::new(&self.folder.join("split"), "split", &[]).unwrap();
        staging.array("initial", &Array1::from_iter(0..20_i64)).unwrap();
        staging.array("pool", &Array1::from_iter(20..POINTS as i64)).unwrap();
        let mut inputs = Inputs::new(&self.tree.runs());
        for name in ["train_inputs", "train_labels"] {
            inputs.add(name, &self.tree.data().join(name).with_extension("npy")).unwrap();
        }
        self.publish(staging, "split", inputs, json!({"pool": vec![POINTS / 10 - 2; 10]}), 0);
    }

    pub(crate) fn write_round(&self, round: usize) {
        let accuracy = (self.setup.accuracy)(self.cell, self.seed, round);
        let folder = self.folder.join(format!("round-{round:03}"));
        let labelled = self.write_labels(round);
        let mut staging = Staging::new(&folder.join("train"), "train", &[]).unwrap();
        let metrics = metrics(round, accuracy);
        let validated = self.setup.validated.iter().any(|cell| cell == self.cell);
        Metrics { validation: validated.then_some(metrics.test), ..metrics }.write(&mut staging).unwrap();
        CalibrationBin::write_all(&bins(accuracy), &mut staging).unwrap();
        let train_inputs = self.tree.data().join("train_inputs.npy");
        let inputs = self.inputs(&[("labelled", &labelled), ("train_inputs", &train_inputs)]);
        self.publish(staging, "train", inputs, Value::Null, round);
        if round + 1 < self.setup.rounds {
            let known = bal_artifact::read_ids("ids", &labelled).unwrap();
            // What was not taken before, always with points of all classes in front.
            let free = (20 * (round as i64 + 1)..POINTS as i64).filter(|id| !known.contains(id));
            let pool: Vec<i64> = free.take(200).collect();
            self.write_scores(&folder, &pool, &labelled, round);
            self.write_picks(&folder, &pool, round);
        }
    }

    fn write_scores(&self, folder: &Path, pool: &[i64], labelled: &Path, round: usize) {
        let mut staging = Staging::new(&folder.join("score"), "score", &[]).unwrap();
        let score = |id: &i64| (*id % 10) as f64 / (10.0 + round as f64);
        let columns = vec![(self.function().to_owned(), pool.iter().map(score).collect())];
        Scores { ids: pool.to_vec(), columns }.write(&mut staging).unwrap();
        let mut details = Value::Null;
        if self.setup.with_predictions {
            // Sample k is sure of class (id + k) % 10, so that neighbours of one residue share all.
            let log_probs = Array3::from_shape_fn((pool.len(), SAMPLES, 10), |(n, k, c)| {
                if (pool[n] as usize + k) % 10 == c { 0.91_f32.ln() } else { 0.01_f32.ln() }
            });
            staging.array("log_probs", &log_probs).unwrap();
        }
        if self.setup.with_maps {
            let (grid, layers) = (
                24,
                ["mean_prob_0", "mean_prob_1", "bald", "max_entropy", "expected_entropy", "logit_variance"],
            );
            let map = Array3::from_shape_fn((layers.len(), grid, grid), |(layer, y, x)| {
                let right = x as f64 / (grid - 1) as f64;
                let up = y as f64 / (grid - 1) as f64;
                match layer {
                    0 => 1.0 - right,
                    1 => right,
                    2 => 0.3 * right * up,
                    3 => 0.6 * up,
                    4 => 0.6 * up - 0.3 * right * up,
                    _ => 2.0 * up,
                }
            });
            staging.array("map", &map).unwrap();
            details = json!({"map": {"extent": [-1.2, 1.2, -1.2, 1.2], "grid": grid, "layers": layers}});
        }
        self.publish(staging, "score", self.inputs(&[("exclude", labelled)]), details, round);
    }

    fn write_picks(&self, folder: &Path, pool: &[i64], round: usize) {
        let mut staging = Staging::new(&folder.join("select"), "select", &[]).unwrap();
        // Only classes below 5.
        let ids: Vec<i64> = pool.iter().copied().filter(|id| id % 10 < 5).take(BATCH).collect();
        staging.array("selected", &Array1::from(ids.clone())).unwrap();
        let joint_mi: Option<Vec<f64>> =
            self.is_joint().then(|| (1..=ids.len()).map(|n| 3.0 * (1.0 - (-0.3 * n as f64).exp())).collect());
        let details = match &joint_mi {
            Some(joint) => json!({"unit": "nats", "joint_mi": joint.last(), "log_k": (SAMPLES as f64).ln(),
                                  "saturated_at": null}),
            None => Value::Null,
        };
        let gains = (0..ids.len()).map(|rank| 1.0 / (rank + 1) as f64).collect();
        Selected { ids, gains, joint_mi }.write(&mut staging).unwrap();
        let scores = folder.join("score/scores.parquet");
        self.publish(staging, "select", self.inputs(&[("scores", &scores)]), details, round);
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
        self.publish(staging, "label", inputs, Value::Null, round);
        out.join("labelled.npy")
    }

    fn inputs(&self, files: &[(&'static str, &Path)]) -> Inputs {
        let mut inputs = Inputs::new(&self.tree.runs());
        for (role, path) in files {
            inputs.add(role, path).unwrap();
        }
        inputs
    }

    fn is_joint(&self) -> bool {
        self.picks_by == "batch_bald"
    }

    fn function(&self) -> &str {
        if self.is_joint() { "bald" } else { self.picks_by }
    }

    fn publish(&self, staging: Staging, stage: &str, inputs: Inputs, details: Value, round: usize) {
        let config = match stage {
            "score" => json!({"acquisition": self.function()}),
            "select" => json!({"method": if self.is_joint() { "batch_bald" } else { "top_k" }}),
            _ => json!({}),
        };
        let mut manifest = Manifest::new(stage, 1, config, inputs);
        (manifest.seed, manifest.round, manifest.details) = (self.seed, round as u64, details);
        manifest.run = RunInfo {
            started: format!("2026-11-27T08:{round:02}:00Z"),
            seconds: self.setup.seconds,
            host: "workstation".to_owned(),
            processor: Some("a processor".to_owned()),
            device: "cpu".to_owned(),
            threads: 1,
            ..RunInfo::default()
        };
        staging.publish(manifest).unwrap();
    }
}

/// Of 15 bins the lowest is empty, five have few points, and the highest has most.
fn bins(accuracy: f64) -> [CalibrationBin; 15] {
    let bin = |bin: u64| CalibrationBin {
        points: [0, 3, 20, 500][usize::from(bin > 0) + usize::from(bin > 5) + usize::from(bin == 14)],
        confidence: (bin as f64 + 0.5) / 15.0,
        accuracy: accuracy * (bin as f64 + 0.5) / 15.0,
    };
    std::array::from_fn(|number| match bin(number as u64) {
        CalibrationBin { points: 0, .. } => CalibrationBin::default(),
        bin => bin,
    })
}

/// As without a validation set.
fn metrics(round: usize, accuracy: f64) -> Metrics {
    let rest = 1.0 - accuracy;
    Metrics {
        round: round as u64,
        labels: (20 + BATCH * round) as u64,
        weight_decay: 1e-3 / (round + 1) as f64,
        epochs: 50,
        train_loss: Some(rest),
        validation: None,
        test: Quality { accuracy, nll: rest, brier: rest, ece: rest },
    }
}
