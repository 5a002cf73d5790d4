//! What an element of an array does: a worker without a parent, whose file is its log.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bal_artifact::{Error as ArtifactError, SlurmFolder};
use bal_model::{Compute, device_name};

use super::arrays::Element;
use super::requeue::{self, Clock};
use super::wait::pause;
use crate::executor::worker::{Group, Reports, advance};
use crate::experiment::Experiment;
use crate::{Error, data};

/// Where an element finds what it is to do, and what it knows of its time.
#[derive(Debug)]
pub(crate) struct InJob {
    /// The table of runs, and the element's line in it, from 0.
    pub(crate) table: PathBuf,
    pub(crate) row: usize,
    pub(crate) does: Element,
    pub(crate) clock: Clock,
    /// How long files of other nodes are waited for.
    pub(crate) latency_wait: Duration,
}

/// Does what the element's line of the table asks for. A run that was stopped by its time limit starts
/// itself again.
///
/// # Errors
/// [`Error::Interrupted`] after a stop, also where the element was started again. [`Error::TimeOuts`] for a
/// run that does not get on in its time.
pub(crate) fn advance_element(
    root: &Path,
    data_dir: &Path,
    compute: &Compute,
    job: &InJob,
) -> Result<(), Error> {
    let names = late(job.latency_wait, || Ok(SlurmFolder::read_table(&job.table)?))?;
    let names = names.into_iter().nth(job.row).ok_or_else(|| {
        let expected = format!("a table with a line {}", job.row + 1);
        ArtifactError::mismatch(&job.table, expected, "fewer lines")
    })?;
    let experiment = late(job.latency_wait, || Experiment::of_folder(root, data_dir.to_path_buf()))?;
    let Experiment { origin, layout, runs: all, .. } = experiment;
    let find = |name: &String| {
        let run = all.iter().find(|run| run.name() == *name).cloned();
        run.ok_or_else(|| Error::NotOfPipeline { run: name.clone(), folder: root.to_path_buf() })
    };
    let runs = names.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let device = device_name(bal_model::resolve(&compute.device)?);
    tracing::info!("{}", requeue::greeting(&names));
    requeue::check(&layout, &names)?;
    // Whoever comes first makes the data set, the others wait for it.
    data::prepare(&layout, &data::missing(&layout, &runs, &origin)?)?;
    let only = match job.does {
        Element::Runs => None,
        Element::Stage { round, stage } => Some((round, stage)),
    };
    let group = Group {
        layout,
        runs,
        compute: Compute { device, threads: compute.threads },
        force: None,
        only,
        latency_wait: job.latency_wait,
        reports: Reports::ToLog,
    };
    let outcome = advance(&group);
    match outcome {
        Err(error) if error.signal().is_some() => {
            requeue::after_stop(&group.layout, &names, &job.clock)?;
            Err(error)
        }
        Ok(()) => {
            group.layout.slurm().note_time_outs(&names[0], None)?;
            tracing::info!("done");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Tries again while a file that another machine wrote is not seen yet.
fn late<T>(patience: Duration, mut read: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    let start = Instant::now();
    loop {
        match read() {
            Err(Error::Artifact(ArtifactError::Missing { .. }) | Error::NoPipeline { .. })
                if start.elapsed() < patience =>
            {
                pause(Duration::from_millis(500))?;
            }
            read => return read,
        }
    }
}
