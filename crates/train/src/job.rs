//! One network to fit, and everything random about it.

use bal_model::{Draw, Network, Parameters};
use bal_stream::{Purpose, member};
use tch::{Device, Tensor};

use crate::Files;

/// Labelled points, resident on the device.
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
    /// Which network of the run's ensemble.
    pub(crate) member: usize,
    pub(crate) labelled: &'a Labelled,
    /// What early stopping looks at.
    pub(crate) validation: Option<&'a Labelled>,
    pub(crate) lambda: f64,
    /// What a point of each class counts in the loss, f32 [C]; nothing if all count the same.
    pub(crate) class_weights: Option<&'a Tensor>,
}

/// Every random draw of a fit. All come from streams of (seed, round, member): whoever else is fitted changes
/// none.
impl Job<'_> {
    fn draw(&self) -> Draw {
        self.run.place.draw().of_network(self.member)
    }

    /// Weights and biases before the first step.
    pub(crate) fn initial(&self, network: &Network, device: Device) -> Parameters {
        Parameters::init(network, self.draw(), device)
    }

    /// Puts the points into the order of an epoch, given that of the epoch before.
    pub(crate) fn shuffle(&self, epoch: usize, order: &mut [i64]) {
        self.draw().stream(Purpose::MinibatchOrder, epoch as u64).shuffle(order);
    }

    /// The points of an epoch, drawn with replacement.
    pub(crate) fn draws(&self, epoch: usize, points: usize) -> Vec<i64> {
        let drawn =
            self.draw().stream(Purpose::TrainingDraws, epoch as u64).below(self.labelled.len(), points);
        drawn.into_iter().map(|point| point as i64).collect()
    }

    /// A fresh mask of `units` numbers for each of `points` points, drawn on the host: equal on CPU and GPU.
    pub(crate) fn masks(&self, step: usize, layer: usize, points: usize, units: usize, p: f64) -> Vec<f32> {
        let key = member(step, layer);
        self.draw().stream(Purpose::TrainingDropout, key).dropout_mask(points * units, p)
    }

    /// Where the crop of each point begins, down and across, each below `places`, and 1 if it is mirrored.
    pub(crate) fn views(&self, step: usize, points: usize, places: usize) -> Vec<[usize; 3]> {
        let mut stream = self.draw().stream(Purpose::Augmentation, step as u64);
        let [down, across, mirrored] = [places, places, 2].map(|end| stream.below(end, points));
        down.into_iter()
            .zip(across)
            .zip(mirrored)
            .map(|((down, across), mirror)| [down, across, mirror])
            .collect()
    }
}
