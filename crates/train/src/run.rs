//! The stage: reads a data set and ids, fits, evaluates, publishes.

use bal_artifact::tables::{CalibrationBin, Epoch, Metrics, Quality};
use bal_artifact::{Clock, file};
use bal_model::{Compute, Parameters, device_name};
use bal_settings::Checked;
use tch::Device;

use crate::evaluate::Evaluation;
use crate::fit::{Fitted, fit};
use crate::job::Job;
use crate::training::{Training, fit_together, no_points};
use crate::{Config, Error, Files, field};

/// Trains and evaluates every run; each one publishes its own artifact.
///
/// Several runs with equally many labelled points are trained as one batched model, a **group**: their
/// weights and metrics agree with those of each run alone within float tolerance, and `group` in their
/// manifests tells. Runs that do not fit together are trained one after the other. On a CPU a run alone
/// always gets the same bytes, on a GPU only the same draws.
///
/// A Gaussian field is fitted to nothing: each run's is solved for itself.
///
/// # Errors
/// The first run that fails, as [`Error::Run`] if there are several; what was published before stays.
pub fn run(config: &Checked<Config>, runs: &[Files], compute: &Compute) -> Result<(), Error> {
    if !config.network.has_layers() {
        return runs.iter().try_for_each(|run| {
            field::run(config, run, compute)
                .map_err(|error| if runs.len() == 1 { error } else { error.of(run) })
        });
    }
    let device = compute.start()?;
    let clock = || Clock::start(&device_name(device), compute.threads);
    let named = |error: Error| if runs.len() == 1 { error.of_only_run() } else { error };
    let mut running = clock();
    let trainings = Training::read_all(config, runs, device, &running).map_err(named)?;
    running.lap("read");
    for group in fit_together(trainings) {
        train(config, group, device, running).map_err(named)?;
        running = clock();
    }
    Ok(())
}

/// Trains runs that fit together as one model, and publishes each one's artifact.
fn train(
    config: &Checked<Config>,
    mut trainings: Vec<Training>,
    device: Device,
    mut clock: Clock,
) -> Result<(), Error> {
    let mut best: Vec<Option<Best>> = trainings.iter().map(|_| None).collect();
    for candidate in 0..trainings[0].candidates.len() {
        let ensembles = fit_members(config, &trainings, candidate, device)?;
        clock.lap("fit");
        for ((training, best), ensemble) in trainings.iter().zip(&mut best).zip(ensembles) {
            let Ensemble { members, epochs } = ensemble;
            let validation = training.validate(&members)?;
            if best.as_ref().is_none_or(|best| nll(validation) < nll(best.validation)) {
                *best = Some(Best { lambda: training.candidates[candidate], members, epochs, validation });
            }
        }
        clock.lap("evaluate");
    }
    let mut finished = Vec::with_capacity(trainings.len());
    for (training, best) in trainings.iter().zip(best) {
        let none = || no_points(&training.run.label.join(file::LABELLED)).of(training.run);
        let best = best.ok_or_else(none)?;
        finished.push((training.test(&best.members)?, best));
    }
    clock.lap("evaluate");

    // All are written, then all published: a group that is killed has almost always published all or none.
    for (training, (test, best)) in trainings.iter_mut().zip(finished) {
        write(training, &best, &test).map_err(|error| Error::from(error).of(training.run))?;
    }
    let group = trainings.len() as u64;
    for Training { run, mut draft, .. } in trainings {
        (draft.clock, draft.group) = (clock.clone(), group);
        draft.threads = (!device.is_cuda()).then_some(clock.threads());
        draft.publish(config).map_err(|error| Error::from(error).of(run))?;
    }
    Ok(())
}

/// The networks of a run.
#[derive(Default)]
struct Ensemble {
    members: Vec<Parameters>,
    epochs: Vec<Vec<Epoch>>,
}

/// Fits every member of every run: those of one number as one, one number after the other, so that only one
/// optimiser is in memory.
fn fit_members(
    config: &Config,
    trainings: &[Training],
    candidate: usize,
    device: Device,
) -> Result<Vec<Ensemble>, Error> {
    let Training { network, views, .. } = &trainings[0];
    let mut ensembles: Vec<Ensemble> = trainings.iter().map(|_| Ensemble::default()).collect();
    for member in 0..config.members {
        let jobs: Vec<Job> = trainings.iter().map(|training| training.job(candidate, member)).collect();
        let fitted = fit(network, config, &jobs, views.as_ref(), device)?;
        for (ensemble, Fitted { parameters, epochs }) in ensembles.iter_mut().zip(fitted) {
            ensemble.members.push(parameters);
            ensemble.epochs.push(epochs);
        }
    }
    Ok(ensembles)
}

/// Writes the files of a finished run beside its output folder.
fn write(training: &mut Training, best: &Best, test: &Evaluation) -> Result<(), bal_artifact::Error> {
    let epochs = &best.epochs;
    let last_losses: Vec<f64> = epochs.iter().filter_map(|epochs| Some(epochs.last()?.loss)).collect();
    let mean_loss = last_losses.iter().sum::<f64>() / last_losses.len() as f64;
    let metrics = Metrics {
        round: training.run.place.round,
        labels: training.labelled.len() as u64,
        weight_decay: best.lambda,
        epochs: epochs.iter().map(Vec::len).max().unwrap_or(0) as u64,
        train_loss: (!last_losses.is_empty()).then_some(mean_loss),
        validation: best.validation,
        test: test.quality,
    };
    let Training { draft, network, .. } = training;
    draft.output.weights("model", &network.to_weights(&best.members))?;
    metrics.write(&mut draft.output)?;
    CalibrationBin::write_all(&test.bins, &mut draft.output)?;
    Epoch::write_all(epochs, &mut draft.output)
}

/// The networks with the best weight decay so far.
struct Best {
    lambda: f64,
    members: Vec<Parameters>,
    epochs: Vec<Vec<Epoch>>,
    validation: Option<Quality>,
}

/// What weight decays are compared by. Without a validation set there is only one of them.
fn nll(validation: Option<Quality>) -> f64 {
    validation.map_or(f64::INFINITY, |quality| quality.nll)
}
