//! The stage: from scores to an acquisition batch.

use std::path::{Path, PathBuf};

use bal_acquisition::{Pick, all_equal, top_k};
use bal_artifact::{Clock, Inputs, Manifest, Staging, read_array, read_table};
use ndarray::{Array1, Ix1};
use polars::prelude::{DataFrame, DataType, df};

use crate::{Config, Error, Method};

/// Version of this stage's outputs; raise it when the same inputs give other bytes.
pub const STAGE_VERSION: u32 = 1;

/// One pool to pick from.
#[derive(Clone, Debug)]
pub struct Run {
    /// `scores.parquet` of `bal-score`.
    pub scores: PathBuf,
    /// Ids labelled so far; with them the new `labelled.npy` is written.
    pub labelled: Option<PathBuf>,
    /// Output folder.
    pub out: PathBuf,
    /// Folder that paths in the manifest are relative to.
    pub root: PathBuf,
    /// Seed of the run.
    pub seed: u64,
    /// Acquisition round.
    pub round: u64,
}

/// Picks the batch and publishes `selected.npy`, `selected.parquet` and, where labelled ids are given, `labelled.npy`.
///
/// # Errors
/// [`Error::Column`], [`Error::Pick`] (b > N, NaN), or [`Error::Artifact`].
pub fn run(config: &Config, run: &Run) -> Result<(), Error> {
    config.check()?;
    let mut clock = Clock::start("cpu", 1);
    let mut inputs = Inputs::new(&run.root);
    inputs.add("scores", &run.scores)?;
    let table = read_table("scores", &run.scores, &["index"])?;
    let (ids, scores) = (ids_of(&table, &run.scores)?, scores_of(&table, &config.column, &run.scores)?);
    let refused = |source| Error::Pick { path: run.scores.clone(), source };
    let picks = match config.method {
        Method::TopK => top_k(&scores, config.batch).map_err(refused)?,
    };
    if all_equal(&scores) {
        tracing::warn!(
            "all {} scores are equal: the picks are the first points of the pool's random order",
            scores.len()
        );
    }
    let selected: Array1<i64> = picks.iter().map(|pick| ids[pick.row]).collect();

    let mut staging = Staging::new(&run.out)?;
    staging.array("selected", &selected)?;
    staging.table("selected", &mut selected_table(&picks, &ids))?;
    if let Some(path) = &run.labelled {
        staging.array("labelled", &extend_labelled(path, &selected, &mut inputs)?)?;
    }
    let config = serde_json::to_value(config).expect("a configuration holds only names and numbers");
    let mut manifest = Manifest::new("select", STAGE_VERSION, config, inputs);
    (manifest.seed, manifest.round) = (run.seed, run.round);
    clock.lap("select");
    manifest.run = clock.stop();
    Ok(staging.publish(manifest)?)
}

fn ids_of(table: &DataFrame, path: &Path) -> Result<Vec<i64>, Error> {
    let column = table.column("index").ok().and_then(|column| column.i64().ok());
    let ids = column.filter(|ids| ids.null_count() == 0).map(|ids| ids.into_no_null_iter().collect());
    ids.ok_or_else(|| {
        mismatch(
            path,
            "i64 ids without gaps in `index`",
            table.column("index").map(|c| c.dtype().clone()).ok(),
        )
    })
}

/// The scores in `column`, or in the only column of scores there is.
fn scores_of(table: &DataFrame, column: &str, path: &Path) -> Result<Vec<f64>, Error> {
    let found: Vec<String> =
        table.get_column_names().iter().map(ToString::to_string).filter(|name| name != "index").collect();
    let name = match (column, found.as_slice()) {
        ("", [only]) => only.as_str(),
        ("", _) => "",
        (name, _) => name,
    };
    let no_column =
        || Error::Column { path: path.to_path_buf(), column: name.to_owned(), found: found.clone() };
    let column = if name == "index" || name.is_empty() { None } else { table.column(name).ok() };
    let column = column.ok_or_else(no_column)?;
    let scores = column.f64().ok().filter(|scores| scores.null_count() == 0);
    match scores {
        Some(scores) => Ok(scores.into_no_null_iter().collect()),
        None => Err(mismatch(path, "f64 scores without gaps", Some(column.dtype().clone()))),
    }
}

fn selected_table(picks: &[Pick], ids: &[i64]) -> DataFrame {
    df!(
        "rank" => (0..picks.len() as i64).collect::<Vec<_>>(),
        "index" => picks.iter().map(|pick| ids[pick.row]).collect::<Vec<_>>(),
        "gain" => picks.iter().map(|pick| pick.gain).collect::<Vec<_>>(),
    )
    .expect("columns of equal length")
}

/// The labelled ids so far, then the new ones in pick order.
fn extend_labelled(path: &Path, selected: &Array1<i64>, inputs: &mut Inputs) -> Result<Array1<i64>, Error> {
    inputs.add("labelled", path)?;
    let labelled = read_array::<i64, Ix1>("labelled", path)?;
    if let Some(id) = selected.iter().find(|id| labelled.iter().any(|old| old == *id)) {
        let (expected, found) = ("ids that were not scored".to_owned(), format!("picked id {id}"));
        return Err(bal_artifact::Error::Value { path: path.to_path_buf(), expected, found }.into());
    }
    Ok(labelled.into_iter().chain(selected.iter().copied()).collect())
}

fn mismatch(path: &Path, expected: &str, found: Option<DataType>) -> Error {
    let found = found.map_or_else(|| "none".to_owned(), |found| format!("type {found}, or gaps"));
    bal_artifact::Error::Mismatch { path: path.to_path_buf(), expected: expected.to_owned(), found }.into()
}
