//! Floating-point operations of a network, for floors.

use std::ops::Range;

use bal_model::Network;

/// Of one forward pass of one image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flop {
    /// Before the first dropout.
    trunk: f64,
    /// The rest, which differs from sample to sample.
    head: f64,
    /// What one sample needs of the rest: units that are kept, of inputs that are kept. In its first layer,
    /// of inputs that are dropped, if these are fewer.
    needed_head: f64,
    /// The first layer of the rest if its inputs are mostly kept: one pass without dropout, from which all
    /// samples subtract what they drop.
    whole_head: f64,
}

impl Flop {
    pub(crate) fn of(network: &Network) -> Self {
        let mut flop = Self { trunk: 0.0, head: 0.0, needed_head: 0.0, whole_head: 0.0 };
        let steps = network.steps.len();
        let products: Vec<usize> =
            (0..steps).filter(|&step| network.multiplications_of(step) > 0.0).collect();
        for (place, &step) in products.iter().enumerate() {
            let operations = 2.0 * network.multiplications_of(step);
            if step < network.trunk_len() {
                flop.trunk += operations;
                continue;
            }
            let before = place.checked_sub(1).map_or(0, |place| products[place]);
            let next = products.get(place + 1).copied().unwrap_or(steps);
            let dropped = |range| rate_left_out(network, step, range);
            let (of_inputs, of_outputs) = (dropped(before..step), dropped(step..next));
            flop.head += operations;
            let is_shared = before < network.trunk_len() && of_inputs > 0.0 && of_inputs < 0.5;
            let needed = if is_shared { of_inputs } else { 1.0 - of_inputs };
            flop.needed_head += operations * needed * (1.0 - of_outputs);
            flop.whole_head += if is_shared { operations } else { 0.0 };
        }
        flop
    }

    /// One step of training, by point: forward once, backward twice as much. That is a hundredth too much:
    /// nobody needs the gradient of inputs.
    pub(crate) fn training(self) -> f64 {
        3.0 * (self.trunk + self.head)
    }

    /// Predictions of one image by `samples` posterior samples, the trunk once.
    pub(crate) fn samples(self, samples: usize) -> f64 {
        self.trunk + self.whole_head + samples as f64 * self.needed_head
    }
}

/// Rate of the first dropout in a range, by which the product of step `step` can be smaller. One of single
/// elements makes no convolution smaller: its kernel goes over all of them.
fn rate_left_out(network: &Network, step: usize, mut range: Range<usize>) -> f64 {
    let is_conv = network.steps[step].shape.len() > 1;
    let Some((p, mask)) = range.find_map(|index| network.dropout(index)) else { return 0.0 };
    let of_channels = mask[1..].iter().all(|&size| size == 1);
    if !is_conv || of_channels { p } else { 0.0 }
}
