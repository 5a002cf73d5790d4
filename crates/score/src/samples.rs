//! Posterior samples of a trained network or ensemble, tile by tile.

use std::path::Path;

use bal_acquisition::Predictions;
use bal_artifact::{ArrayWriter, Clock, Staging};
use bal_cli::{Progress, check_interrupt};
use bal_model::{Examples, Network, Parameters, Sampler, to_vec};
use bal_settings::Invalid;
use ndarray::ArrayView3;
use tch::{Device, Kind, Tensor};

use crate::scorer::{Scorer, Signals, refused};
use crate::{Config, Error};

/// Points of the training half, and what predicts them.
pub(crate) struct Pool<'a> {
    pub(crate) sampler: &'a Sampler<'a>,
    pub(crate) classes: usize,
    pub(crate) train: &'a Examples,
    pub(crate) ids: &'a [i64],
    pub(crate) device: Device,
    /// The weights, for errors.
    pub(crate) model: &'a Path,
}

/// Arrays [N, K, C] in the making, those that are asked for.
struct Kept {
    log_probs: Option<ArrayWriter<f32>>,
    logits: Option<ArrayWriter<f32>>,
}

impl Pool<'_> {
    /// Adds the scores of all points, and writes `log_probs.npy` and `logits.npy` where they are asked for.
    pub(crate) fn score(
        &self,
        config: &Config,
        scorer: &mut Scorer,
        output: &mut Staging,
        clock: &mut Clock,
    ) -> Result<(), Error> {
        if !(scorer.needs_predictions() || config.write_log_probs || config.write_logits) {
            return Ok(());
        }
        let mut kept = self.begin(config, output)?;
        let mut progress = Progress::new("scoring", "points", self.ids.len() as u64);
        let mut scored = 0;
        for rows in self.ids.chunks(self.sampler.points_at_once()) {
            check_interrupt()?;
            let inputs = self.train.gather(rows, self.device);
            let (log_probs, logits) = predict(self.sampler, &inputs, config.write_logits);
            clock.lap("sample");
            let predictions = self.predictions(&log_probs)?;
            scorer.add(&predictions.starting_at(scored).watched_by(&Signals), self.model)?;
            clock.lap("score");
            kept.push(&log_probs, logits.as_deref())?;
            clock.lap("write");
            scored += rows.len();
            progress.advance(rows.len() as u64);
        }
        kept.end(output)
    }

    fn begin(&self, config: &Config, output: &mut Staging) -> Result<Kept, Error> {
        let shape = [self.ids.len(), self.sampler.samples(), self.classes];
        let mut begin = |name: &str, wanted: bool| {
            wanted.then(|| output.begin_array(name, &shape)).transpose().map_err(Error::from)
        };
        Ok(Kept {
            log_probs: begin("log_probs", config.write_log_probs)?,
            logits: begin("logits", config.write_logits)?,
        })
    }

    fn predictions<'v>(&self, log_probs: &'v [f32]) -> Result<Predictions<'v, f32>, Error> {
        let values_of_a_point = self.sampler.samples() * self.classes;
        let shape = (log_probs.len() / values_of_a_point, self.sampler.samples(), self.classes);
        let log_probs_n_K_C =
            ArrayView3::from_shape(shape, log_probs).expect("the sampler returns [n, K, C]");
        Predictions::from_log_probs(log_probs_n_K_C).map_err(|source| refused(self.model, source))
    }
}

impl Kept {
    fn push(&mut self, log_probs: &[f32], logits: Option<&[f32]>) -> Result<(), Error> {
        if let Some(kept) = &mut self.log_probs {
            kept.push(log_probs)?;
        }
        if let (Some(kept), Some(logits)) = (&mut self.logits, logits) {
            kept.push(logits)?;
        }
        Ok(())
    }

    fn end(self, output: &mut Staging) -> Result<(), Error> {
        for array in [self.log_probs, self.logits].into_iter().flatten() {
            output.end_array(array)?;
        }
        Ok(())
    }
}

/// Log-probabilities of inputs [n, …] in C order of [n, K, C], and logits where they are wanted.
fn predict(sampler: &Sampler, inputs: &Tensor, with_logits: bool) -> (Vec<f32>, Option<Vec<f32>>) {
    if !with_logits {
        return (to_vec(&sampler.log_probs(inputs)), None);
    }
    let [logits, log_probs] = sampler.logits_and_log_probs(inputs);
    (to_vec(&log_probs), Some(to_vec(&logits)))
}

/// Logits [n, K, C] → log-probabilities.
pub(crate) fn log_softmax(logits: &Tensor) -> Tensor {
    logits.log_softmax(-1, Kind::Float)
}

/// Writes penultimate features f32 [N, E·D], dropout off: those of the E members side by side. Squared
/// distances and inner products between points are then the sums of the members'.
pub(crate) fn write_features(
    output: &mut Staging,
    (network, members): (&Network, &[Parameters]),
    train: &Examples,
    ids: &[i64],
    device: Device,
) -> Result<(), Error> {
    let units = members.len() * network.feature_units();
    let mut features = output.begin_array("features", &[ids.len(), units])?;
    for rows in ids.chunks(Sampler::TILE) {
        check_interrupt()?;
        let inputs = train.gather(rows, device);
        let of_members: Vec<Tensor> =
            members.iter().map(|parameters| network.features(parameters, &inputs)).collect();
        features.push(&to_vec(&Tensor::cat(&of_members, 1)))?;
    }
    Ok(output.end_array(features)?)
}

/// Writes the inputs f32 [N, D] as they are instead.
pub(crate) fn write_inputs(output: &mut Staging, train: &Examples, ids: &[i64]) -> Result<(), Error> {
    let raw = |rows: &[i64]| {
        let texts = || Invalid::new("features_of", "inputs that are numbers", "texts");
        train.raw(rows).ok_or_else(texts)
    };
    let width = raw(&ids[..1])?.numel();
    let mut features = output.begin_array("features", &[ids.len(), width])?;
    for rows in ids.chunks(Sampler::TILE) {
        check_interrupt()?;
        features.push(&to_vec(&raw(rows)?))?;
    }
    Ok(output.end_array(features)?)
}
