//! The stage: reads a data set and ids, fits, evaluates, publishes.

use bal_artifact::tables::{Epoch, Metrics, Quality};
use bal_artifact::{Clock, file};
use bal_model::{Compute, device_name};
use bal_settings::Checked;
use tch::Device;

use crate::fit::{Fitted, fit};
use crate::job::Job;
use crate::training::{Training, fit_together, no_points};
use crate::{Config, Error, Files};

/// Trains and evaluates every run; each one publishes its own artifact.
///
/// Several runs with equally many labelled points are trained as one batched model, a **group**: their
/// weights and metrics agree with those of each run alone within float tolerance, and `group` in their
/// manifests tells. Runs that do not fit together are trained one after the other. On a CPU a run alone
/// always gets the same bytes, on a GPU only the same draws.
///
/// # Errors
/// The first run that fails, as [`Error::Run`] if there are several; what was published before stays.
pub fn run(config: &Checked<Config>, runs: &[Files], compute: &Compute) -> Result<(), Error> {
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
        let jobs: Vec<Job> = trainings.iter().map(|training| training.job(candidate)).collect();
        let fitted = fit(&trainings[0].network, config, &jobs, device)?;
        clock.lap("fit");
        for ((training, best), fitted) in trainings.iter().zip(&mut best).zip(fitted) {
            let validation = training.validate(&fitted.parameters)?;
            if best.as_ref().is_none_or(|best| nll(validation) < nll(best.validation)) {
                *best = Some(Best { lambda: training.candidates[candidate], fitted, validation });
            }
        }
        clock.lap("evaluate");
    }
    let mut finished = Vec::with_capacity(trainings.len());
    for (training, best) in trainings.iter().zip(best) {
        let none = || no_points(&training.run.label.join(file::LABELLED)).of(training.run);
        let best = best.ok_or_else(none)?;
        finished.push((training.test(&best.fitted.parameters)?, best));
    }
    clock.lap("evaluate");

    // All are written, then all published: a group that is killed has almost always published all or none.
    for (training, (test, best)) in trainings.iter_mut().zip(finished) {
        write(training, &best, test).map_err(|error| Error::from(error).of(training.run))?;
    }
    let group = trainings.len() as u64;
    for Training { run, mut draft, .. } in trainings {
        (draft.clock, draft.group) = (clock.clone(), group);
        draft.threads = (!device.is_cuda()).then_some(clock.threads());
        draft.publish(config).map_err(|error| Error::from(error).of(run))?;
    }
    Ok(())
}

/// Writes the files of a finished run beside its output folder.
fn write(training: &mut Training, best: &Best, test: Quality) -> Result<(), bal_artifact::Error> {
    let epochs = &best.fitted.epochs;
    let metrics = Metrics {
        round: training.run.place.round,
        labels: training.labelled.len() as u64,
        weight_decay: best.lambda,
        epochs: epochs.len() as u64,
        train_loss: epochs.last().map(|epoch| epoch.loss),
        validation: best.validation,
        test,
    };
    let Training { draft, network, .. } = training;
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
