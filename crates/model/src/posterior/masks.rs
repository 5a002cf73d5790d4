//! Dropout masks: mask k is posterior sample k.

use bal_stream::{Draw, Purpose, member};
use tch::{Device, Tensor};

use crate::Network;
use crate::parameters::sizes;

/// Dropout masks of K posterior samples of one network.
#[derive(Debug)]
pub(crate) struct Masks {
    samples: usize,
    /// By step: [K, …shape of one mask], or nothing for steps without dropout.
    by_step: Vec<Option<Tensor>>,
}

impl Masks {
    /// Draws the masks of K samples. `purpose` tells an evaluation from the scores of a pool.
    pub(crate) fn draw(
        network: &Network,
        samples: usize,
        draw: Draw,
        purpose: Purpose,
        device: Device,
    ) -> Self {
        let by_step = (0..network.steps.len()).map(|index| {
            let (p, shape) = network.dropout(index)?;
            let units: usize = shape.iter().product();
            let mut masks: Vec<f32> = Vec::with_capacity(samples * units);
            for k in 0..samples {
                masks.extend(draw.stream(purpose, member(k, index)).dropout_mask(units, p));
            }
            let shape = [&[samples], shape.as_slice()].concat();
            Some(Tensor::from_slice(&masks).reshape(sizes(&shape)).to_device(device))
        });
        Self { samples, by_step: by_step.collect() }
    }

    /// Dropout off: one sample whose masks are all 1.
    pub(crate) fn deterministic(network: &Network) -> Self {
        Self { samples: 1, by_step: network.steps.iter().map(|_| None).collect() }
    }

    /// Number K of samples.
    pub(crate) fn samples(&self) -> usize {
        self.samples
    }

    /// All masks of the dropout at step `index`, [K, …].
    pub(crate) fn of_step(&self, index: usize) -> Option<&Tensor> {
        self.by_step.get(index)?.as_ref()
    }

    /// Mask k of the dropout at step `index`, [1, …].
    pub(crate) fn of_sample(&self, index: usize, k: usize) -> Option<Tensor> {
        self.of_step(index).map(|masks| masks.narrow(0, k as i64, 1))
    }
}
