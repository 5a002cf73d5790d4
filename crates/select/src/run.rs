//! The stage: from scores, predictions or features to an acquisition batch.

use std::path::Path;

use bal_artifact::tables::Selected;
use bal_artifact::{Clock, Draft, Stage};
use bal_settings::Checked;
use ndarray::Array1;

use crate::batch::Batch;
use crate::explain::{explain, saturation_warning};
use crate::pick::pick;
use crate::{Basis, By, ByFeatures, Config, Error, Execution, Files, Labelled, Method};

/// This stage and the version of its outputs; raise it when the same inputs give other bytes.
pub const STAGE: Stage = Stage { name: "select", version: 4 };

/// Picks the batch and publishes `selected.npy`, `selected.parquet` and, where a file of labelled ids is
/// given, `labelled.npy`.
///
/// # Errors
/// [`Error::Basis`], [`Error::NotRead`], [`Error::Column`], [`Error::Pick`] (b > N, NaN …), or
/// [`Error::Artifact`].
pub fn run(config: &Checked<Config>, files: &Files, execution: Execution) -> Result<(), Error> {
    check_read(config.resolved(), files)?;
    let threads = execution.threads;
    let labelled = files.labelled.as_ref();
    let reads: Vec<&Path> = files.basis.files().into_iter().chain(labelled.map(Labelled::path)).collect();
    let mut draft = Draft::begin(STAGE, &files.place, &reads, Clock::start("cpu", threads))?;
    let labelled = labelled.map(|labelled| labelled.read(&mut draft.inputs)).transpose()?.unwrap_or_default();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|source| Error::Threads { threads, source })?;
    let batch = pool.install(|| pick(config, files, execution, &labelled, &mut draft.inputs))?;
    bal_cli::check_interrupt()?;
    if let Some(warning) = saturation_warning(&batch) {
        tracing::warn!("{warning}");
    }
    if execution.explain {
        for line in explain(&batch) {
            bal_cli::say(&line);
        }
    }

    draft.output.array("selected", &Array1::from(batch.ids.clone()))?;
    selected(&batch).write(&mut draft.output)?;
    if let Some(Labelled::Ids(path)) = &files.labelled {
        draft.output.array("labelled", &extend(labelled, &batch.ids, path)?)?;
    }
    if let Some(joint) = &batch.joint_mi {
        draft.details = serde_json::json!({
            "unit": "nats",
            "joint_mi": joint.joint_mi.last(),
            "log_k": joint.log_k,
            "saturated_at": joint.saturated_at,
        });
    }
    draft.clock.lap("select");
    Ok(draft.publish(config)?)
}

/// Refuses files that the method does not read.
fn check_read(method: &Method, files: &Files) -> Result<(), Error> {
    let refuse = |what, path: &Path| {
        Err(Error::NotRead { method: method.kind.name(), what, path: path.to_path_buf() })
    };
    if let (Some(Labelled::Folder(folder)), By::Scores(_) | By::Predictions(_)) =
        (&files.labelled, &method.by)
    {
        return refuse("labels", folder);
    }
    let (Basis::Features { predictions, labels, .. }, By::Features(by)) = (&files.basis, &method.by) else {
        return Ok(());
    };
    let (reads_predictions, reads_labels) = match by {
        ByFeatures::CoreSet => (false, false),
        ByFeatures::Badge => (true, false),
        ByFeatures::MinimumBayesRisk { .. } => (false, true),
    };
    match (predictions, labels) {
        (Some(predictions), _) if !reads_predictions => refuse("predictions", &predictions.path),
        (_, Some(labels)) if !reads_labels => refuse("labels", labels),
        _ => Ok(()),
    }
}

fn selected(batch: &Batch) -> Selected {
    let joint_mi = batch.joint_mi.as_ref().map(|joint| joint.joint_mi.clone());
    Selected { ids: batch.ids.clone(), gains: batch.gains.clone(), joint_mi }
}

/// The labelled ids so far, then the new ones in pick order.
fn extend(labelled: Vec<i64>, selected: &[i64], path: &Path) -> Result<Array1<i64>, Error> {
    if let Some(id) = selected.iter().find(|id| labelled.contains(id)) {
        let (expected, found) = ("ids that were not scored".to_owned(), format!("picked id {id}"));
        return Err(bal_artifact::Error::Value { path: path.to_path_buf(), expected, found }.into());
    }
    Ok(labelled.into_iter().chain(selected.iter().copied()).collect())
}
