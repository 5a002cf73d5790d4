//! A pipeline of the repository, run in its profile `ci` on made data, and everything that it has left.

use std::path::{Path, PathBuf};
use std::process::Command;

use bal_artifact::tables::{Metrics, Scores, Selected};
use bal_artifact::{
    DatasetDetails, FoundRun, Manifest, RoundLabels, RunFolder, file, find_runs, read_array, read_ids,
};
use bal_settings::parse_value;
use ndarray::{Array3, Ix3};
use serde_json::Value;
use tempfile::TempDir;

use super::made::make_data_sets;

/// An experiment that has run to its end.
pub(crate) struct Experiment {
    folder: TempDir,
    /// The pipeline as it was run, profile and all.
    pub(crate) pipeline: Value,
    /// Names of the runs that it asks for, `<cell>/seed-<s>`.
    pub(crate) asked: Vec<String>,
    pub(crate) runs: Vec<Run>,
}

/// One run.
pub(crate) struct Run {
    pub(crate) cell: String,
    pub(crate) seed: u64,
    pub(crate) folder: RunFolder,
    /// Its data set.
    pub(crate) data: PathBuf,
    pub(crate) details: DatasetDetails,
    pub(crate) initial: Vec<i64>,
    pub(crate) validation: Vec<i64>,
    pub(crate) pool: Vec<i64>,
    pub(crate) rounds: Vec<Round>,
}

/// What one round has left.
pub(crate) struct Round {
    pub(crate) labels: RoundLabels,
    pub(crate) metrics: Metrics,
    /// Nothing in the last round.
    pub(crate) acquisition: Option<Acquisition>,
}

/// Scores, what they were made of, and the batch.
pub(crate) struct Acquisition {
    pub(crate) scores: Scores,
    /// f32 [N, K, C] as f64 probabilities, where the cell has a posterior.
    pub(crate) probs: Option<Array3<f64>>,
    pub(crate) selected: Selected,
}

/// The folder of the repository's pipelines.
pub(crate) fn pipelines() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines").canonicalize().unwrap()
}

impl Experiment {
    /// Makes the data sets of a pipeline as its profile `ci` asks for, and runs it. Predictions are kept in every
    /// cell, so that scores can be computed again.
    pub(crate) fn run(name: &str) -> Self {
        let file = pipelines().join(name).with_extension("yaml");
        let folder = tempfile::tempdir().unwrap();
        make_data_sets(&file, folder.path());
        let mut words = vec!["run", file.to_str().unwrap(), "--profile", "ci", "--jobs", "2"];
        let kept = keep_predictions(&parse_value(&fs_err::read_to_string(&file).unwrap()).unwrap());
        for change in ["keep.predictions=all", "keep.scores=all", &kept] {
            words.extend(["--set", change]);
        }
        bal(folder.path(), &words);
        let roots = fs_err::read_dir(folder.path().join("artifacts")).unwrap();
        let [root] = roots.map(|entry| entry.unwrap().path()).collect::<Vec<_>>().try_into().unwrap();
        bal(folder.path(), &["verify", root.to_str().unwrap()]);
        let text = fs_err::read_to_string(root.join(file::PIPELINE)).unwrap();
        let asked = bal_pipeline::resolve(&root.join(file::PIPELINE), &text).unwrap().runs;
        let mut runs: Vec<Run> =
            find_runs(&root).unwrap().into_iter().map(|found| Run::read(&root, found)).collect();
        runs.sort_by_key(|run| asked.iter().position(|name| *name == run.name()));
        Self { folder, pipeline: parse_value(&text).unwrap(), asked, runs }
    }

    /// Acquisitions that a cell asks for.
    pub(crate) fn rounds(&self, cell: &str) -> u64 {
        let of_cell = &self.pipeline["cells"][cell]["rounds"];
        of_cell.as_u64().or_else(|| self.pipeline["rounds"].as_u64()).unwrap()
    }

    /// A path in the folder where `bal` was started.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The folder of the report.
    pub(crate) fn report(&self) -> PathBuf {
        let run = &self.runs[0];
        run.folder.path().ancestors().nth(2).unwrap().join("report")
    }
}

impl Run {
    fn read(root: &Path, found: FoundRun) -> Self {
        let FoundRun { cell, seed, folder } = found;
        let split = folder.artifact("split", 0);
        let inputs = Manifest::read(&split, "split").unwrap().inputs;
        let data = root.join(&inputs["dataset"].path).parent().unwrap().to_path_buf();
        let [initial, validation, pool] = ["initial", "validation", "pool"]
            .map(|part| read_ids(part, &split.join(part).with_extension("npy")).unwrap());
        let rounds = folder.trained_rounds().unwrap().into_iter().map(|round| Round::read(&folder, round));
        let (details, rounds) = (DatasetDetails::read(&data).unwrap(), rounds.collect());
        Self { cell, seed, folder, data, details, initial, validation, pool, rounds }
    }

    /// `<cell>/seed-<s>`.
    pub(crate) fn name(&self) -> String {
        format!("{}/seed-{}", self.cell, self.seed)
    }

    /// The settings of a stage, as they stand in its manifest.
    pub(crate) fn config(&self, stage: &str) -> Value {
        Manifest::read(&self.folder.artifact(stage, 0), stage).unwrap().config
    }

    /// Rounds that acquire.
    pub(crate) fn acquisitions(&self) -> impl Iterator<Item = (&Round, &Acquisition)> {
        self.rounds.iter().filter_map(|round| Some((round, round.acquisition.as_ref()?)))
    }

    /// The function that is picked by, where a column of scores is.
    pub(crate) fn picked_by(&self) -> Option<String> {
        let select = self.config("select");
        if !["top_k", "power", "softmax", "softrank"].contains(&select["method"].as_str().unwrap()) {
            return None;
        }
        let scored = self.config("score")["acquisition"].as_str().unwrap().to_owned();
        Some(select["column"].as_str().unwrap_or_else(|| scored.split(',').next().unwrap()).to_owned())
    }
}

impl Round {
    fn read(run: &RunFolder, round: u64) -> Self {
        let folder = |stage| run.artifact(stage, round);
        let acquisition = || Acquisition {
            scores: Scores::read(&folder("score").join(file::SCORES)).unwrap(),
            probs: probs(&folder("score").join(file::LOG_PROBS)),
            selected: Selected::read(&folder("select").join(file::SELECTED_TABLE)).unwrap(),
        };
        Self {
            labels: RoundLabels::read(&folder("label")).unwrap(),
            metrics: Metrics::read(&folder("train").join(file::METRICS)).unwrap(),
            acquisition: run.has("score", round).then(acquisition),
        }
    }
}

/// The change that has predictions written in all cells that have a network.
fn keep_predictions(tree: &Value) -> String {
    const KEY: &str = "score.write_log_probs";
    let mut cells = tree["profiles"]["ci"]["cells"].clone();
    let is_field = |cell: &Value| cell["train.network"] == "gaussian_field";
    let of_cells = cells.as_object_mut().into_iter().flatten();
    let (fields, networks): (Vec<_>, Vec<_>) = of_cells.partition(|(_, cell)| is_field(cell));
    if fields.is_empty() {
        return format!("{KEY}=true");
    }
    for (_, cell) in networks {
        cell[KEY] = true.into();
    }
    format!("cells={cells}")
}

/// Probabilities of kept predictions.
pub(crate) fn probs(log_probs: &Path) -> Option<Array3<f64>> {
    let kept = log_probs.is_file().then(|| read_array::<f32, Ix3>("log_probs", log_probs).unwrap())?;
    let mut probs = kept.mapv(|log| f64::from(log).exp());
    for mut row in probs.lanes_mut(ndarray::Axis(2)) {
        let sum = row.sum();
        row /= sum;
    }
    Some(probs)
}

/// `bal` with these arguments in a folder, which has to end well.
pub(crate) fn bal(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bal"));
    let output = command.current_dir(folder).env_remove("RUST_LOG").args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "bal {}:\n{said}", arguments.join(" "));
}
