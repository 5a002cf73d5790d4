//! What a batch is picked from: scores, predictions or features, and the ids of their rows.

use std::path::{Path, PathBuf};

use bal_acquisition::Form;
use bal_artifact::{Inputs, MappedFloats, Table, read_ids_of_rows};
use ndarray::{Ix2, Ix3};

use crate::Error;

/// Files to pick from.
#[derive(Clone, Debug)]
pub enum Basis {
    /// `scores.parquet` of `bal-score`, for `top_k`, `power`, `softmax`, `softrank`.
    Scores(PathBuf),
    /// Predictions [N, K, C], for `batch_bald`, `k_bald`, `large_batch_bald`, `power_large_batch_bald`.
    Predictions(Predictions),
    /// Features [N, D], for `core_set`, `badge`, `minimum_bayes_risk`.
    Features {
        /// f32 or f64 array: pool points, and labelled points where the method looks at them.
        features: PathBuf,
        /// Ids of its rows: `.npy`, or a table with a column `index`; row numbers where there are none.
        indices: Option<PathBuf>,
        /// Predictions of its first rows, for `badge`.
        predictions: Option<Predictions>,
        /// Labels by id, i64, for `minimum_bayes_risk`, of which only those of labelled points are read;
        /// not needed with an artifact of `bal-label`.
        labels: Option<PathBuf>,
    },
}

impl Basis {
    /// What it holds, in words.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Self::Scores(_) => "scores",
            Self::Predictions(_) => "predictions",
            Self::Features { .. } => "features",
        }
    }

    /// All files that are read.
    pub(crate) fn files(&self) -> Vec<&Path> {
        match self {
            Self::Scores(scores) => vec![scores],
            Self::Predictions(predictions) => predictions.files().collect(),
            Self::Features { features, indices, predictions, labels } => {
                let others = [indices, labels].into_iter().flatten().map(PathBuf::as_path);
                let predictions = predictions.iter().flat_map(Predictions::files);
                std::iter::once(features.as_path()).chain(others).chain(predictions).collect()
            }
        }
    }
}

/// Predictions in a file.
#[derive(Clone, Debug)]
pub struct Predictions {
    /// f32 or f64 array [N, K, C].
    pub path: PathBuf,
    /// Probabilities or their logarithms.
    pub form: Form,
    /// Ids of its rows, as for features.
    pub indices: Option<PathBuf>,
}

impl Predictions {
    fn files(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.path.as_path()).chain(self.indices.as_deref())
    }
}

/// Predictions [N, K, C], recorded as an input.
pub(crate) fn map_predictions(path: &Path, inputs: &mut Inputs) -> Result<MappedFloats<Ix3>, Error> {
    inputs.add("predictions", path)?;
    let mapped = MappedFloats::open("predictions", path)?;
    if let [points, samples, classes] = mapped.shape()[..] {
        tracing::info!("predictions: {points} points, {samples} samples, {classes} classes");
    }
    Ok(mapped)
}

/// Features [N, D], recorded as an input.
pub(crate) fn map_features(path: &Path, inputs: &mut Inputs) -> Result<MappedFloats<Ix2>, Error> {
    inputs.add("features", path)?;
    let mapped = MappedFloats::open("features", path)?;
    if let [points, dimensions] = mapped.shape()[..] {
        tracing::info!("features: {points} points, {dimensions} dimensions");
    }
    Ok(mapped)
}

/// Ids and scores of a table: those of `column`, or of the only column of scores there is where it is empty.
pub(crate) fn read_scores(
    path: &Path,
    column: &str,
    inputs: &mut Inputs,
) -> Result<(Vec<i64>, Vec<f64>), Error> {
    inputs.add("scores", path)?;
    let table = Table::open("scores", path)?;
    let found = table.score_columns();
    let name = match (column, found.as_slice()) {
        ("", [only]) => only,
        (name, _) if table.has(name) => name,
        (name, _) => {
            return Err(Error::Column { path: path.to_path_buf(), column: name.to_owned(), found });
        }
    };
    let ids = table.ids()?;
    let scores = table.scores(name, &ids)?;
    tracing::info!("scores `{name}`: {} points", scores.len());
    Ok((ids, scores))
}

/// Ids of `points` rows: from `.npy` or a table; row numbers where there is no file.
pub(crate) fn read_indices(
    path: Option<&Path>,
    points: usize,
    inputs: &mut Inputs,
) -> Result<Vec<i64>, Error> {
    let Some(path) = path else { return Ok((0..points as i64).collect()) };
    inputs.add("indices", path)?;
    Ok(read_ids_of_rows("indices", path, points)?)
}
