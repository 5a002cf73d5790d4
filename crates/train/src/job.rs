//! One network to fit, and everything random about it.

use bal_model::{Network, Parameters};
use bal_stream::{Purpose, member};
use tch::{Device, Tensor};

use crate::Files;

/// The labelled points, resident on the device.
pub(crate) struct Labelled {
    /// In the precision of the fit, [N, …].
    pub(crate) inputs: Tensor,
    /// i64 [N].
    pub(crate) labels: Tensor,
}

impl Labelled {
    pub(crate) fn len(&self) -> usize {
        self.labels.size()[0] as usize
    }
}

/// One network to fit: labelled points, weight decay, and the run whose streams it draws from.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
    pub(crate) run: &'a Files,
    pub(crate) labelled: &'a Labelled,
    pub(crate) lambda: f64,
}

/// Every random draw of a fit. All come from streams of (seed, round): whoever else is fitted changes none.
impl Job<'_> {
    /// Weights and biases before the first step.
    pub(crate) fn initial(&self, network: &Network, device: Device) -> Parameters {
        Parameters::init(network, self.run.place.draw(), 0, device)
    }

    /// Puts the points into the order of an epoch, given that of the epoch before.
    pub(crate) fn shuffle(&self, epoch: usize, order: &mut [i64]) {
        self.run.place.draw().stream(Purpose::MinibatchOrder, epoch as u64).shuffle(order);
    }

    /// A fresh mask of `units` numbers for each of `points` points, drawn on the host: equal on CPU and GPU.
    pub(crate) fn masks(&self, step: usize, layer: usize, points: usize, units: usize, p: f64) -> Vec<f32> {
        let key = member(step, layer);
        self.run.place.draw().stream(Purpose::TrainingDropout, key).dropout_mask(points * units, p)
    }
}
