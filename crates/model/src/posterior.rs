//! Posterior samples: K sets of dropout masks, each used for every point (Gal & Ghahramani 2016, arXiv 1506.02142).
//!
//! Mask k *is* a draw from the approximate posterior, so it is drawn once, on the host, from a stream keyed by
//! (seed, round, k, layer). Two things make K samples cheaper than K passes and change no distribution:
//! the trunk before the first dropout runs once, and W·(m_k ∘ x) = (W ∘ m_k)·x folds the first masks into
//! one product over all K samples.

use bal_stream::{Stream, member};
use tch::{Device, Kind, Tensor, no_grad};

use crate::parameters::sizes;
use crate::{Layer, Network, Parameters};

/// Dropout masks of K posterior samples.
#[derive(Debug)]
pub struct Masks {
    samples: usize,
    /// By layer index: [K, …shape of the activations], or nothing for layers without dropout.
    by_layer: Vec<Option<Tensor>>,
}

impl Masks {
    /// Draws the masks of K samples. `purpose` names the stream, e.g. `mc_dropout`.
    pub fn draw(
        network: &Network,
        samples: usize,
        seed: u64,
        purpose: &str,
        round: u64,
        device: Device,
    ) -> Self {
        let by_layer = network.layers.iter().enumerate().map(|(index, layer)| {
            let Layer::Dropout(p) = *layer else { return None };
            let units: usize = network.shapes[index].iter().product();
            let masks: Vec<f32> = (0..samples)
                .flat_map(|k| Stream::new(seed, purpose, round, member(k, index)).dropout_mask(units, p))
                .collect();
            let shape = [&[samples], network.shapes[index].as_slice()].concat();
            Some(Tensor::from_slice(&masks).reshape(sizes(&shape)).to_device(device))
        });
        Self { samples, by_layer: by_layer.collect() }
    }

    /// Dropout off: one sample whose masks are all 1.
    pub fn deterministic(network: &Network) -> Self {
        Self { samples: 1, by_layer: network.layers.iter().map(|_| None).collect() }
    }

    /// Number K of samples.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Mask k of the dropout layer at `index`, [1, …].
    fn of_sample(&self, index: usize, k: usize) -> Option<Tensor> {
        self.by_layer[index].as_ref().map(|masks| masks.narrow(0, k as i64, 1))
    }
}

/// A network together with K posterior samples.
#[derive(Debug)]
pub struct Posterior<'a> {
    network: &'a Network,
    parameters: &'a Parameters,
    masks: Masks,
    /// First dropout folded into the linear layer behind it: [K·H, D], bias [K·H], and where to go on.
    folded: Option<Folded>,
}

#[derive(Debug)]
struct Folded {
    weight: Tensor,
    bias: Tensor,
    next_layer: usize,
}

impl<'a> Posterior<'a> {
    /// Prepares the K samples of a network.
    pub fn new(network: &'a Network, parameters: &'a Parameters, masks: Masks) -> Self {
        let folded = no_grad(|| fold(network, parameters, &masks));
        Self { network, parameters, masks, folded }
    }

    /// Number K of samples.
    pub fn samples(&self) -> usize {
        self.masks.samples
    }

    /// log p(y = c | x_n, ω_k), f32 [n, K, C], of inputs [n, …]: trunk once, then the head for all samples at once.
    pub fn log_probs(&self, inputs: &Tensor) -> Tensor {
        let Some(folded) = &self.folded else { return self.log_probs_by_loop(inputs) };
        no_grad(|| {
            let (n, k) = (inputs.size()[0], self.masks.samples as i64);
            let trunk = 0..self.network.trunk_len();
            let features =
                self.network.forward_range(self.parameters, inputs, trunk, &mut |_, x| x).flatten(1, -1); // [n, D]
            let hidden = features.linear(&folded.weight, Some(&folded.bias)).view([n, k, -1]); // [n, K, H]
            let head = folded.next_layer..self.network.layers.len();
            let logits = self.network.forward_range(self.parameters, &hidden, head, &mut |index, x| {
                match &self.masks.by_layer[index] {
                    Some(masks) => x * masks.unsqueeze(0), // [n, K, H] ∘ [1, K, H]
                    None => x,
                }
            });
            logits.log_softmax(-1, Kind::Float) // [n, K, C]
        })
    }

    /// The definition: K full passes with the same masks. Slow; [`Posterior::log_probs`] is tested against it.
    pub fn log_probs_by_loop(&self, inputs: &Tensor) -> Tensor {
        no_grad(|| {
            let passes: Vec<Tensor> = (0..self.masks.samples)
                .map(|k| {
                    let logits = self.network.forward(self.parameters, inputs, &mut |index, x| match self
                        .masks
                        .of_sample(index, k)
                    {
                        Some(mask) => x * mask,
                        None => x,
                    });
                    logits.log_softmax(-1, Kind::Float)
                })
                .collect();
            Tensor::stack(&passes, 1) // K × [n, C] → [n, K, C]
        })
    }
}

/// Folds the masks of the first dropout into the linear layer that follows it, if one does.
fn fold(network: &Network, parameters: &Parameters, masks: &Masks) -> Option<Folded> {
    let first = network.trunk_len();
    let masks = masks.by_layer.get(first)?.as_ref()?.flatten(1, -1); // [K, D]
    let linear = (first + 1..network.layers.len()).find(|&index| network.layers[index] != Layer::Flatten)?;
    let Layer::Linear { units } = network.layers[linear] else { return None };
    let (weight, bias) = network.parameter_names().of(parameters, linear);
    let (k, inputs) = (masks.size()[0], masks.size()[1]);
    let weight = (weight.unsqueeze(0) * masks.unsqueeze(1)).reshape([k * units as i64, inputs]); // [K·H, D]
    Some(Folded { weight, bias: bias.repeat([k]), next_layer: linear + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NetworkName;

    fn largest_difference(name: NetworkName, input_shape: &[usize], samples: usize) -> f64 {
        let network = Network::new(name, input_shape, 10).unwrap();
        let parameters = Parameters::init(&network, 7, 1, 0, Device::Cpu);
        let values = Stream::new(1, "test_inputs", 0, 0)
            .uniform_symmetric(9 * input_shape.iter().product::<usize>(), 2.0);
        let inputs = Tensor::from_slice(&values).reshape(sizes(&[&[9], input_shape].concat()));
        let masks = Masks::draw(&network, samples, 7, "mc_dropout", 1, Device::Cpu);
        let posterior = Posterior::new(&network, &parameters, masks);
        assert!(posterior.folded.is_some(), "this network has a fast path");
        let (fast, plain) = (posterior.log_probs(&inputs), posterior.log_probs_by_loop(&inputs));
        assert_eq!(fast.size(), [9, samples as i64, 10]);
        let spread = plain.exp().std_dim(1i64, true, false).max().double_value(&[]);
        assert!(spread > 1e-3, "the samples differ from each other: {spread}");
        (fast.exp() - plain.exp()).abs().max().double_value(&[])
    }

    #[test]
    fn fast_samples_equal_the_loop_of_full_passes() {
        let difference = largest_difference(NetworkName::GalCnn, &[1, 28, 28], 13);
        assert!(difference <= 1e-5, "gal_cnn: {difference}");
        let difference = largest_difference(NetworkName::Mlp, &[2], 50);
        assert!(difference <= 1e-5, "mlp: {difference}");
    }

    #[test]
    fn without_dropout_there_is_one_sample_of_the_plain_network() {
        let network = Network::new(NetworkName::Mlp, &[2], 2).unwrap();
        let parameters = Parameters::init(&network, 0, 0, 0, Device::Cpu);
        let inputs = Tensor::from_slice(&[0.5f32, -1.0, 2.0, 0.0]).reshape([2, 2]);
        let posterior = Posterior::new(&network, &parameters, Masks::deterministic(&network));
        let logits = no_grad(|| network.forward(&parameters, &inputs, &mut |_, x| x));
        let expected = logits.log_softmax(-1, Kind::Float).unsqueeze(1);
        assert_eq!(posterior.samples(), 1);
        assert!(posterior.log_probs(&inputs).equal(&expected));
    }

    #[test]
    fn a_mask_is_one_sample_for_all_points() {
        let network = Network::new(NetworkName::Mlp, &[2], 2).unwrap();
        let parameters = Parameters::init(&network, 0, 0, 0, Device::Cpu);
        let masks = Masks::draw(&network, 5, 0, "mc_dropout", 0, Device::Cpu);
        let posterior = Posterior::new(&network, &parameters, masks);
        let inputs = Tensor::from_slice(&[0.5f32, -1.0, 0.5, -1.0]).reshape([2, 2]);
        let log_probs = posterior.log_probs(&inputs);
        // Not to the last bit: a product may treat the rows of a tile differently.
        assert!(
            log_probs.get(0).allclose(&log_probs.get(1), 1e-5, 1e-6, false),
            "equal points, equal predictions"
        );
    }
}
