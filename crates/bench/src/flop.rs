//! Floating-point operations of a network, for floors.

use bal_model::Network;

/// Of one forward pass of one image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flop {
    /// Before the first dropout.
    trunk: f64,
    /// The rest, which differs from sample to sample.
    head: f64,
    /// Of the rest, what is expected to be left without the units that dropout sets to 0.
    kept_head: f64,
}

impl Flop {
    pub(crate) fn of(network: &Network) -> Self {
        let mut flop = Self { trunk: 0.0, head: 0.0, kept_head: 0.0 };
        let layers = network.parameters();
        for (place, (layer, parameters)) in layers.iter().enumerate() {
            // Every weight is used once at each place of the output.
            let outputs: usize = network.shapes[layer + 1][1..].iter().product();
            let operations = 2.0 * (parameters.weight.iter().product::<usize>() * outputs) as f64;
            if *layer < network.trunk_len() {
                flop.trunk += operations;
                continue;
            }
            let before = place.checked_sub(1).map_or(0, |place| layers[place].0);
            let next = layers.get(place + 1).map_or(network.layers.len(), |(next, _)| *next);
            let share = |range: std::ops::Range<usize>| -> f64 {
                range.filter_map(|index| network.dropout(index)).map(|(p, _)| 1.0 - p).product()
            };
            flop.head += operations;
            flop.kept_head += operations * share(before..*layer) * share(*layer..next);
        }
        flop
    }

    /// One step of training, by image: forward once, backward twice as much (a hundredth too much: nobody needs the gradient of images).
    pub(crate) fn training(self) -> f64 {
        3.0 * (self.trunk + self.head)
    }

    /// Predictions of one image by `samples` posterior samples, the trunk once and without what dropout leaves out.
    pub(crate) fn samples(self, samples: usize) -> f64 {
        self.trunk + samples as f64 * self.kept_head
    }
}
