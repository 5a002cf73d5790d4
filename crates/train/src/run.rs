//! The stage: reads a data set and ids, fits, evaluates, publishes.

use std::path::PathBuf;

use bal_artifact::tables::{Epoch, Metrics, Quality};
use bal_artifact::{Clock, Place, Stage, file};
use bal_model::{Compute, device_name};
use tch::Device;

use crate::fit::{Fitted, Job, fit};
use crate::task::{Task, fit_together, no_points};
use crate::{Config, Error};

/// This stage and the version of its outputs; raise it when the same inputs give other bytes.
pub const STAGE: Stage = Stage { name: "train", version: 5 };

/// One network to train.
#[derive(Clone, Debug)]
pub struct Run {
    /// Prepared data set.
    pub data: PathBuf,
    /// Artifact of `bal-label`: which points are labelled, and all labels but those of the test set.
    pub label: PathBuf,
    /// Ids of the validation points.
    pub validation: PathBuf,
    /// Output folder of round 0, whose validated weight decay is carried on.
    pub first_round: Option<PathBuf>,
    /// Where the artifact goes.
    pub place: Place,
}

/// Trains and evaluates every run; each one publishes its own artifact.
///
/// Several runs with equally many labelled points are trained as one batched model, a **group**: their weights and metrics
/// agree with those of each run alone within float tolerance, and `group` in their manifests tells. Runs that do not fit
/// together are trained one after the other. A run alone always gets the same bytes.
///
/// # Errors
/// The first run that fails, as [`Error::Run`] if there are several; what was published before stays.
pub fn run(config: &Config, runs: &[Run], compute: &Compute) -> Result<(), Error> {
    config.check()?;
    let device = compute.start()?;
    let clock = || Clock::start(&device_name(device), compute.threads);
    let named = |error: Error| if runs.len() == 1 { error.of_only_run() } else { error };
    let mut running = clock();
    let tasks = Task::read_all(config, runs, device, &running).map_err(named)?;
    running.lap("read");
    for group in fit_together(tasks) {
        train(config, group, device, running).map_err(named)?;
        running = clock();
    }
    Ok(())
}

/// Trains runs that fit together as one model, and publishes each one's artifact.
fn train(config: &Config, mut tasks: Vec<Task>, device: Device, mut clock: Clock) -> Result<(), Error> {
    let mut best: Vec<Option<Best>> = tasks.iter().map(|_| None).collect();
    for candidate in 0..tasks[0].candidates.len() {
        let jobs: Vec<Job> = tasks.iter().map(|task| task.job(candidate)).collect();
        let fitted = fit(&tasks[0].network, config, &jobs, device)?;
        clock.lap("fit");
        for ((task, best), fitted) in tasks.iter().zip(&mut best).zip(fitted) {
            let validation = task.validate(config, &fitted.parameters, device)?;
            if best.as_ref().is_none_or(|best| nll(validation) < nll(best.validation)) {
                *best = Some(Best { lambda: task.candidates[candidate], fitted, validation });
            }
        }
        clock.lap("evaluate");
    }
    let mut finished = Vec::with_capacity(tasks.len());
    for (task, best) in tasks.iter().zip(best) {
        let best = best.ok_or_else(|| no_points(&task.run.label.join(file::LABELLED)).of(task.run))?;
        let test = task.test(config, &best.fitted.parameters, device)?;
        finished.push((best, test));
    }
    clock.lap("evaluate");

    // Written first and then published in one go: a group that is killed has almost always published all of its runs or none.
    for (task, (best, test)) in tasks.iter_mut().zip(&finished) {
        write(task, best, *test).map_err(|error| Error::from(error).of(task.run))?;
    }
    let group = tasks.len() as u64;
    for Task { run, mut draft, .. } in tasks {
        (draft.clock, draft.group) = (clock.clone(), group);
        draft.threads = (!device.is_cuda()).then_some(clock.threads());
        draft.publish(config).map_err(|error| Error::from(error).of(run))?;
    }
    Ok(())
}

/// Writes the files of a finished run beside its output folder.
fn write(task: &mut Task, best: &Best, test: Quality) -> Result<(), bal_artifact::Error> {
    let epochs = &best.fitted.epochs;
    let metrics = Metrics {
        round: task.run.place.round,
        labels: task.labelled.len() as u64,
        weight_decay: best.lambda,
        epochs: epochs.len() as u64,
        train_loss: epochs.last().map(|epoch| epoch.loss),
        validation: best.validation,
        test,
    };
    let Task { draft, network, .. } = task;
    draft.output.weights("model", &best.fitted.parameters.to_weights(network))?;
    metrics.write(&mut draft.output)?;
    Epoch::write_all(epochs, &mut draft.output)
}

/// The fit with the best weight decay so far.
struct Best {
    lambda: f64,
    fitted: Fitted,
    validation: Option<Quality>,
}

/// What weight decays are compared by. Without a validation set there is only one of them.
fn nll(validation: Option<Quality>) -> f64 {
    validation.map_or(f64::INFINITY, |quality| quality.nll)
}
