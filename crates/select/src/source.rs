//! What a batch is picked from: scores, predictions or features, and the ids of their rows.

use std::path::{Path, PathBuf};

use bal_acquisition::Form;
use bal_artifact::{Inputs, MappedFloats, check_ids, read_array, read_table};
use ndarray::{Ix1, Ix2, Ix3};
use polars::prelude::{DataFrame, DataType};

use crate::Error;

/// Files to pick from.
#[derive(Clone, Debug)]
pub enum Source {
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
        /// Labels by id, i64, for `minimum_bayes_risk`; only those of labelled points are read.
        labels: Option<PathBuf>,
    },
}

impl Source {
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
    Ok(MappedFloats::open("predictions", path)?)
}

/// Features [N, D], recorded as an input.
pub(crate) fn map_features(path: &Path, inputs: &mut Inputs) -> Result<MappedFloats<Ix2>, Error> {
    inputs.add("features", path)?;
    Ok(MappedFloats::open("features", path)?)
}

/// Ids and scores of a table.
pub(crate) fn read_scores(
    path: &Path,
    column: &str,
    inputs: &mut Inputs,
) -> Result<(Vec<i64>, Vec<f64>), Error> {
    inputs.add("scores", path)?;
    let table = read_table("scores", path, &["index"])?;
    Ok((ids_of(&table, path)?, scores_of(&table, column, path)?))
}

/// Ids of `points` rows: from `.npy` or a table, every id once; row numbers where there is no file.
pub(crate) fn read_indices(
    path: Option<&Path>,
    points: usize,
    inputs: &mut Inputs,
) -> Result<Vec<i64>, Error> {
    let Some(path) = path else { return Ok((0..points as i64).collect()) };
    inputs.add("indices", path)?;
    let ids = if path.extension().is_some_and(|extension| extension == "parquet") {
        ids_of(&read_table("indices", path, &["index"])?, path)?
    } else {
        read_array::<i64, Ix1>("indices", path)?.to_vec()
    };
    check_ids(path, &ids, points)?;
    Ok(ids)
}

fn ids_of(table: &DataFrame, path: &Path) -> Result<Vec<i64>, Error> {
    let column = table.column("index").ok();
    let ids = column.and_then(|column| column.i64().ok()).filter(|ids| ids.null_count() == 0);
    match ids {
        Some(ids) => Ok(ids.into_no_null_iter().collect()),
        None => Err(mismatch(
            path,
            "i64 ids without gaps in `index`",
            column.map(|column| column.dtype().clone()),
        )),
    }
}

/// The scores in `column`, or in the only column of scores there is.
fn scores_of(table: &DataFrame, column: &str, path: &Path) -> Result<Vec<f64>, Error> {
    let names = table.get_column_names().into_iter().map(ToString::to_string);
    let found: Vec<String> = names.filter(|name| name != "index").collect();
    let name = match (column, found.as_slice()) {
        ("", [only]) => only.as_str(),
        (name, _) => name,
    };
    let column = found.iter().find(|column| *column == name).and_then(|name| table.column(name).ok());
    let Some(column) = column else {
        return Err(Error::Column { path: path.to_path_buf(), column: name.to_owned(), found });
    };
    match column.f64().ok().filter(|scores| scores.null_count() == 0) {
        Some(scores) => Ok(scores.into_no_null_iter().collect()),
        None => Err(mismatch(path, "f64 scores without gaps", Some(column.dtype().clone()))),
    }
}

fn mismatch(path: &Path, expected: &str, found: Option<DataType>) -> Error {
    let found = found.map_or_else(|| "none".to_owned(), |found| format!("type {found}, or gaps"));
    bal_artifact::Error::Mismatch { path: path.to_path_buf(), expected: expected.to_owned(), found }.into()
}
