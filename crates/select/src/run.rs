//! The stage: from scores, predictions or features to an acquisition batch.

use std::path::{Path, PathBuf};

use bal_artifact::{Clock, Inputs, Manifest, Staging, read_ids};
use ndarray::Array1;
use polars::prelude::{Column, DataFrame, df};

use crate::explain::{explain, saturation_warning};
use crate::pick::{Batch, pick};
use crate::{Config, Error, Source};

/// Version of this stage's outputs; raise it when the same inputs give other bytes.
pub const STAGE_VERSION: u32 = 3;

/// One pool to pick from.
#[derive(Clone, Debug)]
pub struct Run {
    /// What is picked from.
    pub source: Source,
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
    /// Threads of the joint methods and of those on features.
    pub threads: usize,
    /// Prints a line per pick that says why it was picked.
    pub explain: bool,
}

/// Picks the batch and publishes `selected.npy`, `selected.parquet` and, where labelled ids are given, `labelled.npy`.
///
/// # Errors
/// [`Error::Config`], [`Error::Source`], [`Error::Column`], [`Error::Pick`] (b > N, NaN …), or [`Error::Artifact`].
pub fn run(config: &Config, run: &Run) -> Result<(), Error> {
    config.check()?;
    let mut clock = Clock::start("cpu", run.threads);
    let read = run.source.files().into_iter().chain(run.labelled.as_deref());
    let mut staging = Staging::new(&run.out, "select", &read.collect::<Vec<_>>())?;
    let mut inputs = Inputs::new(&run.root);
    let labelled = match &run.labelled {
        Some(path) => {
            inputs.add("labelled", path)?;
            read_ids("labelled", path)?
        }
        None => Vec::new(),
    };
    let threads = rayon::ThreadPoolBuilder::new().num_threads(run.threads).build();
    let threads = threads.map_err(|source| Error::Threads { threads: run.threads, source })?;
    let batch = threads.install(|| pick(config, run, &labelled, &mut inputs))?;
    bal_cli::check_interrupt()?;
    if let Some(warning) = saturation_warning(&batch) {
        tracing::warn!("{warning}");
    }
    if run.explain {
        for line in explain(&batch) {
            bal_cli::say(&line);
        }
    }

    staging.array("selected", &Array1::from(batch.ids.clone()))?;
    staging.table("selected", &mut selected_table(&batch))?;
    if let Some(path) = &run.labelled {
        staging.array("labelled", &extend(labelled, &batch.ids, path)?)?;
    }
    let config = serde_json::to_value(config).expect("a configuration holds only names and finite numbers");
    let mut manifest = Manifest::new("select", STAGE_VERSION, config, inputs);
    (manifest.seed, manifest.round) = (run.seed, run.round);
    if let Some(joint) = &batch.joint_mi {
        manifest.details = serde_json::json!({
            "unit": "nats",
            "joint_mi": joint.joint_mi.last(),
            "log_k": joint.log_k,
            "saturated_at": joint.saturated_at,
        });
    }
    clock.lap("select");
    manifest.run = clock.stop();
    Ok(staging.publish(manifest)?)
}

fn selected_table(batch: &Batch) -> DataFrame {
    let mut table = df!(
        "rank" => (0..batch.ids.len() as i64).collect::<Vec<_>>(),
        "index" => batch.ids.as_slice(),
        "gain" => batch.gains.as_slice(),
    )
    .expect("columns of equal length");
    if let Some(joint) = &batch.joint_mi {
        let column = Column::new("joint_mi".into(), joint.joint_mi.as_slice());
        table.with_column(column).expect("a value per pick");
    }
    table
}

/// The labelled ids so far, then the new ones in pick order.
fn extend(labelled: Vec<i64>, selected: &[i64], path: &Path) -> Result<Array1<i64>, Error> {
    if let Some(id) = selected.iter().find(|id| labelled.contains(id)) {
        let (expected, found) = ("ids that were not scored".to_owned(), format!("picked id {id}"));
        return Err(bal_artifact::Error::Value { path: path.to_path_buf(), expected, found }.into());
    }
    Ok(labelled.into_iter().chain(selected.iter().copied()).collect())
}
