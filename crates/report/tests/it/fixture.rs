//! Trees of runs as a pipeline leaves them, with known accuracies.

use std::path::{Path, PathBuf};

use bal_artifact::{DatasetDetails, DatasetKind, Inputs, Manifest, Place, Staging};
use bal_report::{Config, Error, Files};
use bal_settings::Checked;
use ndarray::{Array1, Array2, Array4};
use serde_json::json;
use tempfile::TempDir;

use crate::writer::Writer;

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

/// What a tree is like.
pub(crate) struct Setup {
    pub(crate) kind: DatasetKind,
    /// What every stage says it took.
    pub(crate) seconds: f64,
    /// Cells with a validation set.
    pub(crate) validated: Vec<String>,
    /// Names of the ten classes.
    pub(crate) classes: Vec<String>,
    /// Words of a data set of texts behind those for nothing and for unknown words.
    pub(crate) words: Vec<String>,
    /// Folder of a cell, and what it picks by: a function, or `batch_bald`.
    pub(crate) cells: Vec<(String, String)>,
    pub(crate) seeds: u64,
    /// Trainings of a run.
    pub(crate) rounds: usize,
    /// Whether `score` writes maps (of points) and predictions.
    pub(crate) with_maps: bool,
    pub(crate) with_predictions: bool,
    /// Test accuracy of a cell with a seed in a round.
    pub(crate) accuracy: fn(&str, u64, usize) -> f64,
}

impl Setup {
    /// The tree of [`ACCURACIES`].
    pub(crate) fn new(kind: DatasetKind) -> Self {
        let own = |name: &str| (name.to_owned(), name.to_owned());
        Self {
            kind,
            seconds: 1.0,
            validated: Vec::new(),
            classes: (0..10).map(|class| format!("kind {class}")).collect(),
            words: vec!["oil".to_owned(), "<b>gas</b>".to_owned()],
            cells: vec![own("bald"), own("random")],
            seeds: 2,
            rounds: 4,
            with_maps: false,
            with_predictions: false,
            accuracy: |cell, seed, round| {
                let row = ACCURACIES.iter().find(|(name, of, _)| (*name, *of) == (cell, seed)).unwrap();
                row.2[round]
            },
        }
    }

    /// Many runs, whose curves rise and differ a little.
    pub(crate) fn large(cells: usize, seeds: u64, rounds: usize) -> Self {
        let functions =
            ["bald", "random", "max_entropy", "mean_std", "variation_ratios", "batch_bald", "margin"];
        let name = |i: usize| match functions.get(i) {
            Some(function) => ((*function).to_owned(), (*function).to_owned()),
            None => (format!("bald_batch-{i}"), "bald".to_owned()),
        };
        let accuracy = |cell: &str, seed: u64, round: usize| {
            let of_cell = cell.bytes().map(usize::from).sum::<usize>() % 17;
            let wave = ((seed as usize * 31 + round * 7 + of_cell) % 13) as f64 / 13.0 - 0.5;
            1.0 - 0.6 * (-(round as f64 + 2.0) / (12.0 + of_cell as f64)).exp() - 0.03 + 0.02 * wave
        };
        let cells = (0..cells).map(name).collect();
        Self { cells, seeds, rounds, accuracy, ..Self::new(DatasetKind::Images) }
    }
}

/// A temporary folder with `data/tiny` and `artifacts/demo`.
pub(crate) struct Tree {
    pub(crate) folder: TempDir,
}

impl Tree {
    /// The tree of [`ACCURACIES`]. `seconds` is what every stage says it took.
    pub(crate) fn new(kind: DatasetKind, seconds: f64) -> Self {
        Self::with_validation(kind, seconds, &[])
    }

    /// The same, where these cells have a validation set.
    pub(crate) fn with_validation(kind: DatasetKind, seconds: f64, validated: &[&str]) -> Self {
        let validated = validated.iter().map(|&cell| cell.to_owned()).collect();
        let tree = Self::of(&Setup { seconds, validated, ..Setup::new(kind) });
        tree.plan(PIPELINE);
        tree
    }

    /// Without a pipeline.
    pub(crate) fn of(setup: &Setup) -> Self {
        let tree = Self { folder: tempfile::tempdir().unwrap() };
        tree.write_data(setup);
        for (cell, picks_by) in &setup.cells {
            for seed in 0..setup.seeds {
                let folder = tree.runs().join(cell).join(format!("seed-{seed}"));
                let run = Writer { folder, tree: &tree, setup, cell, picks_by, seed };
                run.write_split();
                for round in 0..setup.rounds {
                    run.write_round(round);
                }
            }
        }
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

    fn write_data(&self, setup: &Setup) {
        let mut staging = Staging::new(&self.data(), "dataset", &[]).unwrap();
        let labels = Array1::from_iter((0..POINTS as i64).map(|id| id % 10));
        let (input_shape, words) = match setup.kind {
            DatasetKind::Images => {
                // Each class is a bar at its own height.
                let bar = |id: usize, y: usize| if y / 2 == id % 10 + 2 { 255u8 } else { 20 };
                let images = Array4::from_shape_fn((POINTS, 1, 28, 28), |(id, _, y, x)| {
                    bar(id, y).saturating_sub(x as u8)
                });
                staging.array("train_inputs", &images).unwrap();
                (vec![1, 28, 28], None)
            }
            DatasetKind::Points => {
                let angle = |id: usize| id as f32 * 0.1;
                let points = Array2::from_shape_fn((POINTS, 2), |(id, d)| {
                    if d == 0 { angle(id).cos() } else { angle(id).sin() }
                });
                staging.array("train_inputs", &points).unwrap();
                (vec![2], None)
            }
            DatasetKind::Texts => {
                let words: Vec<&str> =
                    ["", "?"].into_iter().chain(setup.words.iter().map(String::as_str)).collect();
                let last = words.len() as i64 - 1;
                let texts =
                    Array2::from_shape_fn((POINTS, 4), |(id, place)| (id as i64 + place as i64) % (last + 1));
                staging.array("train_inputs", &texts).unwrap();
                staging.file("vocabulary.json", json!(words).to_string().as_bytes()).unwrap();
                (vec![4], Some(words.len()))
            }
        };
        staging.array("train_labels", &labels).unwrap();
        let (mean, std) = match setup.kind {
            DatasetKind::Texts => (Vec::new(), Vec::new()),
            DatasetKind::Images => (vec![0.5], vec![0.2]),
            DatasetKind::Points => (vec![0.0; 2], vec![1.0; 2]),
        };
        let details = DatasetDetails {
            name: "tiny".to_owned(),
            kind: setup.kind,
            classes: setup.classes.clone(),
            input_shape,
            words,
            view: None,
            mean,
            std,
            licence: "none".to_owned(),
            source: "made for a test".to_owned(),
        };
        let mut manifest = Manifest::new("dataset", 1, json!({"dataset": "tiny"}), Inputs::new(&self.data()));
        manifest.details = serde_json::to_value(details).unwrap();
        staging.publish(manifest).unwrap();
    }
}

/// Training points of the data set.
pub(crate) const POINTS: usize = 2400;

/// The text of a file.
pub(crate) fn text(folder: &Path, name: &str) -> String {
    fs_err::read_to_string(folder.join(name)).unwrap()
}

/// A section of a page.
pub(crate) fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("<section id=\"{id}\">")).unwrap();
    rest.split_once("</section>").unwrap().0
}

/// What is read of a piece of HTML, one space between words.
pub(crate) fn words(html: &str) -> String {
    let texts = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    let text: String = texts.flat_map(|text| [text, " "]).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace(" .", ".").replace(" ,", ",")
}
