//! Floating-point operations of a network, for floors.

use bal_model::Network;

/// Of one forward pass of one image: what stands before the first dropout, and the rest, which differs from sample to sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flop {
    pub(crate) trunk: f64,
    pub(crate) head: f64,
}

impl Flop {
    pub(crate) fn of(network: &Network) -> Self {
        let mut flop = Self { trunk: 0.0, head: 0.0 };
        for (layer, parameters) in network.parameters() {
            // Every weight is used once at each place of the output.
            let places: usize = network.shapes[layer + 1][1..].iter().product();
            let operations = 2.0 * (parameters.weight.iter().product::<usize>() * places) as f64;
            if layer < network.trunk_len() { flop.trunk += operations } else { flop.head += operations }
        }
        flop
    }

    /// One step of training, by image: forward once, backward twice as much.
    pub(crate) fn training(self) -> f64 {
        3.0 * (self.trunk + self.head)
    }

    /// Predictions of one image by `samples` posterior samples, the trunk once.
    pub(crate) fn samples(self, samples: usize) -> f64 {
        self.trunk + samples as f64 * self.head
    }
}
