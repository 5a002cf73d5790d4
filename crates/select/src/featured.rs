//! The methods on features, and what they need besides.

use std::collections::BTreeMap;
use std::path::Path;

use bal_acquisition as acquisition;
use bal_acquisition::{BatchMethod, Draw, FIELD_MEMORY, GaussianField, Pick, Watch};
use bal_artifact::{Inputs, MappedFloats, read_array, read_labels_of};
use ndarray::{Array2, ArrayView2, ArrayView3, Axis, Ix1, s};

use crate::basis::{Predictions, map_features, map_predictions, read_indices};
use crate::batch::{Batch, refused, tile};
use crate::waiting::{Waiting, effort_of_features};
use crate::{Basis, ByFeatures, Config, Error, Execution, Files, Labelled};

/// Classes that `minimum_bayes_risk` knows.
const CLASSES: usize = 2;

/// Points whose mean predictions are made at once.
const POINTS_AT_ONCE: usize = 1024;

/// What a method picks from besides features.
enum Beside {
    /// Rows of the labelled points, for `core_set`.
    Labelled(Vec<usize>),
    /// p̄ [N, C] of the first rows, for `badge`.
    Mean(Array2<f64>),
    /// Rows and labels of the labelled points and the width of the kernel, for `minimum_bayes_risk`.
    Labels { rows: Vec<usize>, labels: Vec<i64>, sigma: Option<f64> },
}

pub(crate) fn from_features(
    config: &Config,
    by: ByFeatures,
    files: &Files,
    execution: Execution,
    labelled: &[i64],
    inputs: &mut Inputs,
) -> Result<Batch, Error> {
    let Basis::Features { features: path, indices, predictions, labels } = &files.basis else {
        unreachable!("only called for features")
    };
    let mapped = map_features(path, inputs)?;
    let ids = read_indices(indices.as_deref(), mapped.points(), inputs)?;
    let waiting = Waiting::new(config.batch);
    let beside = match by {
        ByFeatures::CoreSet => Beside::Labelled(rows_of(labelled, &ids, path)?),
        ByFeatures::Badge => {
            Beside::Mean(mean_predictions(predictions.as_ref(), &ids, labelled, inputs, &waiting)?)
        }
        ByFeatures::MinimumBayesRisk { sigma } => Beside::Labels {
            rows: rows_of(labelled, &ids, path)?,
            labels: labels_of(labelled, labels.as_deref(), files.labelled.as_ref(), inputs)?,
            sigma,
        },
    };
    if let [points, dimensions] = mapped.shape()[..] {
        effort_of_features(by, [points, dimensions], labelled.len(), config.batch)
            .announce(&config.method, execution.threads);
    }
    let picks = match &mapped {
        MappedFloats::F32(mapped) => {
            pick_from(&mapped.view(), &beside, config.batch, files.place.draw(), &waiting)
        }
        MappedFloats::F64(mapped) => {
            pick_from(&mapped.view(), &beside, config.batch, files.place.draw(), &waiting)
        }
    };
    Ok(Batch::new(&picks.map_err(refused(path))?, &ids))
}

fn pick_from<A: Copy + Into<f64> + Sync>(
    features_N_D: &ArrayView2<'_, A>,
    beside: &Beside,
    b: usize,
    draw: Draw,
    watch: &dyn Watch,
) -> acquisition::Result<Vec<Pick>> {
    match beside {
        Beside::Labelled(rows) => acquisition::core_set(*features_N_D, rows, b, watch),
        Beside::Mean(mean_N_C) => {
            let pool = mean_N_C.nrows().min(features_N_D.nrows());
            let pool_N_D = features_N_D.slice(s![..pool, ..]);
            acquisition::badge(mean_N_C.view(), pool_N_D, b, draw, watch)
        }
        Beside::Labels { rows, labels, sigma } => {
            GaussianField::new(*features_N_D, rows, labels, *sigma, FIELD_MEMORY, watch)?
                .minimum_bayes_risk(b, watch)
        }
    }
}

/// Rows of the labelled points.
fn rows_of(labelled: &[i64], ids: &[i64], path: &Path) -> Result<Vec<usize>, Error> {
    let row_of: BTreeMap<i64, usize> = ids.iter().enumerate().map(|(row, &id)| (id, row)).collect();
    let row = |id| row_of.get(id).copied().ok_or_else(|| lacks(*id, "a row of features", path));
    labelled.iter().map(row).collect()
}

/// Labels of the labelled points: from the same artifact of `bal-label` as their ids, or from a file of
/// labels by id.
fn labels_of(
    labelled: &[i64],
    by_id: Option<&Path>,
    from: Option<&Labelled>,
    inputs: &mut Inputs,
) -> Result<Vec<i64>, Error> {
    let path = match (by_id, from) {
        (Some(path), _) => path,
        (None, Some(Labelled::Folder(folder))) => {
            return Ok(read_labels_of("labels", folder, labelled.len(), CLASSES, inputs)?);
        }
        (None, _) => {
            return Err(Error::Basis {
                method: BatchMethod::MinimumBayesRisk.name(),
                needs: "features and labels",
                found: "no labels",
            });
        }
    };
    inputs.add("labels", path)?;
    let all = read_array::<i64, Ix1>("labels", path)?;
    let label = |&id: &i64| usize::try_from(id).ok().and_then(|id| all.get(id).copied());
    labelled.iter().map(|id| label(id).ok_or_else(|| lacks(*id, "a label", path))).collect()
}

fn lacks(id: i64, what: &str, path: &Path) -> Error {
    let (expected, found) = (format!("{what} for every labelled point"), format!("none for id {id}"));
    Error::Artifact(bal_artifact::Error::Value { path: path.to_path_buf(), expected, found })
}

/// p̄ [N, C] of the predictions that `badge` needs: of the first rows of the features, behind which only
/// labelled points may follow.
fn mean_predictions(
    predictions: Option<&Predictions>,
    ids: &[i64],
    labelled: &[i64],
    inputs: &mut Inputs,
    watch: &dyn Watch,
) -> Result<Array2<f64>, Error> {
    let Some(predictions) = predictions else {
        return Err(Error::Basis {
            method: BatchMethod::Badge.name(),
            needs: "features and predictions",
            found: "no predictions",
        });
    };
    let mean_N_C = match map_predictions(&predictions.path, inputs)? {
        MappedFloats::F32(mapped) => means(predictions, &mapped.view(), watch)?,
        MappedFloats::F64(mapped) => means(predictions, &mapped.view(), watch)?,
    };
    let pool = mean_N_C.nrows().min(ids.len());
    match ids[pool..].iter().find(|id| !labelled.contains(id)) {
        None => Ok(mean_N_C),
        Some(id) => {
            let (expected, found) = (format!("{} rows, as features", ids.len()), format!("none for id {id}"));
            Err(bal_artifact::Error::Value { path: predictions.path.clone(), expected, found }.into())
        }
    }
}

fn means<A: Copy + Into<f64> + Sync>(
    Predictions { path, form, .. }: &Predictions,
    values_N_K_C: &ArrayView3<'_, A>,
    watch: &dyn Watch,
) -> Result<Array2<f64>, Error> {
    let refused = refused(path);
    // An empty array has no tiles, but its shape is wrong all the same.
    tile(*form, values_N_K_C, watch).map_err(&refused)?;
    let (points, _, classes) = values_N_K_C.dim();
    let mut mean_N_C = Array2::zeros((points, classes));
    let tiles = values_N_K_C.axis_chunks_iter(Axis(0), POINTS_AT_ONCE);
    let means = mean_N_C.axis_chunks_iter_mut(Axis(0), POINTS_AT_ONCE);
    for ((values_n_K_C, mut mean_n_C), first) in tiles.zip(means).zip((0..).step_by(POINTS_AT_ONCE)) {
        let tile = tile(*form, &values_n_K_C, watch).map_err(&refused)?.starting_at(first);
        mean_n_C.assign(&tile.normalise().map_err(&refused)?.mean_N_C());
    }
    Ok(mean_N_C)
}
