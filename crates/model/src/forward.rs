//! One pass through a network, layer by layer: the plain definition that everything faster is tested against.

use tch::{Tensor, no_grad};

use crate::{Layer, Network, Parameters};

impl Network {
    /// Logits [n, C] of inputs [n, …]; `dropout` maps a dropout layer's index and activations to what it lets through.
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
        let last = self.layers.iter().rposition(|layer| matches!(layer, Layer::Linear { .. }));
        let range = 0..last.expect("every network ends in a linear layer");
        no_grad(|| self.forward_range(parameters, inputs, range, &mut |_, x| x).flatten(1, -1))
    }

    /// As [`Network::forward`] for some of the layers only.
    pub(crate) fn forward_range(
        &self,
        parameters: &Parameters,
        inputs: &Tensor,
        range: std::ops::Range<usize>,
        dropout: &mut dyn FnMut(usize, Tensor) -> Tensor,
    ) -> Tensor {
        let names = self.parameter_names();
        let mut x = inputs.shallow_clone();
        for index in range {
            x = match self.layers[index] {
                Layer::Conv { .. } => {
                    let (weight, bias) = names.of(parameters, index);
                    x.conv2d(weight, Some(bias), 1, 0, 1, 1)
                }
                Layer::Linear { .. } => {
                    let (weight, bias) = names.of(parameters, index);
                    x.linear(weight, Some(bias))
                }
                Layer::Relu => x.relu(),
                Layer::MaxPool => x.max_pool2d_default(2),
                Layer::Dropout(_) => dropout(index, x),
                Layer::Flatten => x.flatten(1, -1),
            };
        }
        x
    }

    pub(crate) fn parameter_names(&self) -> ParameterNames {
        let mut names = vec![None; self.layers.len()];
        for (index, shape) in self.parameters() {
            names[index] = Some((format!("{}.weight", shape.name), format!("{}.bias", shape.name)));
        }
        ParameterNames(names)
    }
}

/// Keys of weight and bias by layer index.
pub(crate) struct ParameterNames(Vec<Option<(String, String)>>);

impl ParameterNames {
    /// Weight and bias of the layer at `index`.
    pub(crate) fn of<'p>(&self, parameters: &'p Parameters, index: usize) -> (&'p Tensor, &'p Tensor) {
        let (weight, bias) = self.0[index].as_ref().expect("only layers with weights ask for them");
        (parameters.get(weight), parameters.get(bias))
    }
}
