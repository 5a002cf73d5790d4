//! The stage: from scores, predictions or features to an acquisition batch.

use std::path::{Path, PathBuf};

use bal_artifact::tables::Selected;
use bal_artifact::{Clock, Draft, Inputs, Place, Stage, read_ids, read_labelled};
use ndarray::Array1;

use crate::explain::{explain, saturation_warning};
use crate::pick::{Batch, pick};
use crate::{Config, Error, Source};

/// This stage and the version of its outputs; raise it when the same inputs give other bytes.
pub const STAGE: Stage = Stage { name: "select", version: 4 };

/// One pool to pick from.
#[derive(Clone, Debug)]
pub struct Run {
    /// What is picked from.
    pub source: Source,
    /// Which points are labelled, where it matters.
    pub labelled: Option<Labelled>,
    /// Where the artifact goes.
    pub place: Place,
    /// Threads of the joint methods and of those on features.
    pub threads: usize,
    /// Prints a line per pick that says why it was picked.
    pub explain: bool,
}

/// Which points are labelled so far.
#[derive(Clone, Debug)]
pub enum Labelled {
    /// A file of their ids: this stage writes the new one, `labelled.npy`.
    Ids(PathBuf),
    /// An artifact of `bal-label`, which keeps the list itself, with their labels.
    Folder(PathBuf),
}

impl Labelled {
    /// The file or folder.
    pub(crate) fn path(&self) -> &Path {
        let (Self::Ids(path) | Self::Folder(path)) = self;
        path
    }

    fn read(&self, inputs: &mut Inputs) -> Result<Vec<i64>, Error> {
        Ok(match self {
            Self::Folder(folder) => read_labelled(folder, inputs)?,
            Self::Ids(path) => {
                inputs.add("labelled", path)?;
                read_ids("labelled", path)?
            }
        })
    }
}

/// Picks the batch and publishes `selected.npy`, `selected.parquet` and, where a file of labelled ids is given, `labelled.npy`.
///
/// # Errors
/// [`Error::Config`], [`Error::Source`], [`Error::Column`], [`Error::Pick`] (b > N, NaN …), or [`Error::Artifact`].
pub fn run(config: &Config, run: &Run) -> Result<(), Error> {
    config.check()?;
    let reads: Vec<&Path> =
        run.source.files().into_iter().chain(run.labelled.as_ref().map(Labelled::path)).collect();
    let mut draft = Draft::begin(STAGE, &run.place, &reads, Clock::start("cpu", run.threads))?;
    let labelled = run.labelled.as_ref().map(|labelled| labelled.read(&mut draft.inputs)).transpose()?;
    let labelled = labelled.unwrap_or_default();
    let threads = rayon::ThreadPoolBuilder::new().num_threads(run.threads).build();
    let threads = threads.map_err(|source| Error::Threads { threads: run.threads, source })?;
    let batch = threads.install(|| pick(config, run, &labelled, &mut draft.inputs))?;
    bal_cli::check_interrupt()?;
    if let Some(warning) = saturation_warning(&batch) {
        tracing::warn!("{warning}");
    }
    if run.explain {
        for line in explain(&batch) {
            bal_cli::say(&line);
        }
    }

    draft.output.array("selected", &Array1::from(batch.ids.clone()))?;
    selected(&batch).write(&mut draft.output)?;
    if let Some(Labelled::Ids(path)) = &run.labelled {
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
