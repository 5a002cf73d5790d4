//! One pass through a network, layer by layer: the plain definition that everything faster is tested against.

use tch::{Tensor, no_grad};

use crate::{Layer, Network, ParameterShape, Parameters};

impl Network {
    /// Logits [n, C] of inputs [n, …], computed in the kind of number that the inputs have. `dropout` maps a
    /// dropout layer's index and activations to what it lets through.
    pub fn forward(
        &self,
        parameters: &Parameters,
        inputs: &Tensor,
        dropout: &mut dyn FnMut(usize, Tensor) -> Tensor,
    ) -> Tensor {
        self.forward_range(parameters, inputs, 0..self.layers.len(), dropout)
    }

    /// Penultimate features f32 [n, D] of inputs [n, …], dropout off: what the last linear layer gets to see.
    pub fn features(&self, parameters: &Parameters, inputs: &Tensor) -> Tensor {
        let range = 0..self.last_linear();
        no_grad(|| self.forward_range(parameters, inputs, range, &mut |_, x| x).flatten(1, -1))
    }

    /// Number D of these features.
    pub fn feature_units(&self) -> usize {
        self.shapes[self.last_linear()].iter().product()
    }

    fn last_linear(&self) -> usize {
        let last = self.layers.iter().rposition(|layer| matches!(layer, Layer::Linear { .. }));
        last.expect("every network ends in a linear layer")
    }

    /// As [`Network::forward`] for some of the layers only.
    pub(crate) fn forward_range(
        &self,
        parameters: &Parameters,
        inputs: &Tensor,
        range: std::ops::Range<usize>,
        dropout: &mut dyn FnMut(usize, Tensor) -> Tensor,
    ) -> Tensor {
        let mut x = channels_last(inputs);
        let kind = x.kind();
        for index in range {
            x = match self.layers[index] {
                Layer::Conv { .. } => {
                    let (weight, bias) = self.weight_and_bias(parameters, index);
                    x.conv2d(&weight.to_kind(kind), Some(&bias.to_kind(kind)), 1, 0, 1, 1)
                }
                Layer::Linear { .. } => {
                    let (weight, bias) = self.weight_and_bias(parameters, index);
                    x.linear(&weight.to_kind(kind), Some(&bias.to_kind(kind)))
                }
                Layer::Relu => x.relu(),
                Layer::MaxPool => x.max_pool2d_default(2),
                // Masks are f32.
                Layer::Dropout(_) | Layer::ChannelDropout(_) => dropout(index, x).to_kind(kind),
                Layer::Flatten => x.flatten(1, -1),
            };
        }
        x
    }

    /// Weight and bias of the layer at `index`, which has some.
    pub(crate) fn weight_and_bias<'p>(
        &self,
        parameters: &'p Parameters,
        index: usize,
    ) -> (&'p Tensor, &'p Tensor) {
        let own = self.parameters().into_iter().find(|(layer, _)| *layer == index);
        let (_, ParameterShape { name, .. }) = own.expect("only layers with weights ask for them");
        (parameters.get(&format!("{name}.weight")), parameters.get(&format!("{name}.bias")))
    }
}

/// Images with channels innermost in memory, other inputs as they are: on a CPU, convolutions and pooling of
/// libtorch are faster then.
fn channels_last(x: &Tensor) -> Tensor {
    let &[_, channels, height, width] = x.size().as_slice() else { return x.shallow_clone() };
    let strides = [channels * height * width, 1, channels * width, channels];
    // The strides are spelt out: with one channel both layouts look alike, and libtorch would take the other.
    x.permute([0, 2, 3, 1]).contiguous().as_strided(x.size(), strides, None)
}
