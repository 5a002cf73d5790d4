//! Networks as sequences of layers, one line each, as the table in the papers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

/// A network by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NetworkName {
    /// Two convolutions, 128 hidden units (Gal, Islam & Ghahramani 2017).
    GalCnn,
    /// Two convolutions with channel dropout, 128 hidden units (Kirsch, van Amersfoort & Gal 2019).
    BatchbaldCnn,
    /// 2-50-50-2 perceptron for points in the plane.
    Mlp,
}

impl NetworkName {
    /// Every network.
    pub const ALL: [Self; 3] = [Self::GalCnn, Self::BatchbaldCnn, Self::Mlp];

    /// Name in YAML and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::GalCnn => "gal_cnn",
            Self::BatchbaldCnn => "batchbald_cnn",
            Self::Mlp => "mlp",
        }
    }

    /// Names of the networks that take inputs of this shape.
    fn taking(input_shape: &[usize]) -> Vec<&'static str> {
        let takes = |network: &Self| shapes(&network.layers(2), input_shape).is_ok();
        Self::ALL.into_iter().filter(takes).map(Self::name).collect()
    }

    fn layers(self, classes: usize) -> Vec<Layer> {
        use Layer::{ChannelDropout, Conv, Dropout, Flatten, Linear, MaxPool, Relu};
        let conv = |channels, kernel| Conv { channels, kernel };
        let linear = |units| Linear { units };
        // Dropout stands right before the layer that reads it. The papers have it earlier, but a mask m ≥ 0
        // of units or channels commutes with ReLU, max-pool (of channels) and flattening: the same function
        // with fewer units to mask.
        match self {
            Self::GalCnn => vec![
                conv(32, 4),
                Relu,
                conv(32, 4),
                MaxPool,
                Relu,
                Flatten,
                Dropout(0.25),
                linear(128),
                Relu,
                Dropout(0.5),
                linear(classes),
            ],
            Self::BatchbaldCnn => vec![
                conv(32, 5),
                MaxPool,
                Relu,
                ChannelDropout(0.5),
                conv(64, 5),
                MaxPool,
                Relu,
                ChannelDropout(0.5),
                Flatten,
                linear(128),
                Relu,
                Dropout(0.5),
                linear(classes),
            ],
            Self::Mlp => {
                vec![linear(50), Relu, Dropout(0.3), linear(50), Relu, Dropout(0.3), linear(classes)]
            }
        }
    }
}

/// One layer. Convolutions are valid (no padding) with stride 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layer {
    /// Square 2-D convolution with bias.
    Conv {
        /// Output channels.
        channels: usize,
        /// Width of the kernel.
        kernel: usize,
    },
    /// Affine map with bias.
    Linear {
        /// Output units.
        units: usize,
    },
    /// max(x, 0).
    Relu,
    /// 2×2 max-pool with stride 2.
    MaxPool,
    /// Sets single elements to 0 with this probability, scales the others by 1/(1 − p).
    Dropout(f64),
    /// Sets whole channels of [C, H, W] to 0 with this probability, scales the others by 1/(1 − p).
    ChannelDropout(f64),
    /// [C, H, W] → [C·H·W].
    Flatten,
}

/// A network for inputs of one shape and a number of classes.
#[derive(Clone, Debug)]
pub struct Network {
    /// Which one.
    pub name: NetworkName,
    /// Shape of one input.
    pub input_shape: Vec<usize>,
    /// Number of classes C.
    pub classes: usize,
    /// Its layers in order.
    pub layers: Vec<Layer>,
    /// Shape of the activations before each layer, and at last of the logits.
    pub shapes: Vec<Vec<usize>>,
}

/// A weight tensor and its bias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterShape {
    /// `conv1`, `dense2` …
    pub name: String,
    /// Shape of the weight; the bias has its first axis.
    pub weight: Vec<usize>,
}

impl Network {
    /// Builds a network and checks that its layers fit the inputs.
    ///
    /// # Errors
    /// [`Error::InputShape`] naming the layer that does not fit.
    pub fn new(name: NetworkName, input_shape: &[usize], classes: usize) -> Result<Self, Error> {
        let layers = name.layers(classes);
        let shapes = shapes(&layers, input_shape).map_err(|reason| Error::InputShape {
            network: name.name(),
            shape: input_shape.to_vec(),
            reason,
            taking: NetworkName::taking(input_shape),
        })?;
        Ok(Self { name, input_shape: input_shape.to_vec(), classes, layers, shapes })
    }

    /// Layers with weights, by layer index.
    pub fn parameters(&self) -> Vec<(usize, ParameterShape)> {
        let (mut convolutions, mut linears) = (0, 0);
        let mut parameters = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let inputs = self.shapes[index][0];
            let (name, weight) = match *layer {
                Layer::Conv { channels, kernel } => {
                    convolutions += 1;
                    (format!("conv{convolutions}"), vec![channels, inputs, kernel, kernel])
                }
                Layer::Linear { units } => {
                    linears += 1;
                    (format!("dense{linears}"), vec![units, inputs])
                }
                _ => continue,
            };
            parameters.push((index, ParameterShape { name, weight }));
        }
        parameters
    }

    /// Multiplications of one pass over one input: of the layers before the first dropout, and of the others.
    pub fn multiplications(&self) -> [f64; 2] {
        let mut sums = [0.0; 2];
        for (index, shape) in self.parameters() {
            let positions: usize = self.shapes[index + 1][1..].iter().product();
            let products = shape.weight.iter().product::<usize>() * positions;
            sums[usize::from(index >= self.trunk_len())] += products as f64;
        }
        sums
    }

    /// Index of the first dropout: everything before it is the deterministic trunk.
    pub fn trunk_len(&self) -> usize {
        let first = (0..self.layers.len()).find(|&index| self.dropout(index).is_some());
        first.unwrap_or(self.layers.len())
    }

    /// Rate p of the dropout layer at `index` and the shape of one mask; nothing for other layers.
    pub fn dropout(&self, index: usize) -> Option<(f64, Vec<usize>)> {
        match self.layers[index] {
            Layer::Dropout(p) => Some((p, self.shapes[index].clone())),
            Layer::ChannelDropout(p) => Some((p, vec![self.shapes[index][0], 1, 1])),
            _ => None,
        }
    }
}

/// Shape before each layer and behind the last, or which layer does not fit.
fn shapes(layers: &[Layer], input_shape: &[usize]) -> Result<Vec<Vec<usize>>, String> {
    let mut shapes = vec![input_shape.to_vec()];
    for (layer, index) in layers.iter().zip(0..) {
        let refused = || format!("layer {} ({layer:?}) would get {:?}", index + 1, shapes[index]);
        shapes.push(layer.output_shape(&shapes[index]).ok_or_else(refused)?);
    }
    Ok(shapes)
}

impl Layer {
    fn output_shape(self, input: &[usize]) -> Option<Vec<usize>> {
        match (self, input) {
            (Self::Conv { channels, kernel }, &[_, height, width]) if height >= kernel && width >= kernel => {
                Some(vec![channels, height - kernel + 1, width - kernel + 1])
            }
            (Self::MaxPool, &[channels, height, width]) if height >= 2 && width >= 2 => {
                Some(vec![channels, height / 2, width / 2])
            }
            (Self::Linear { units }, &[_]) => Some(vec![units]),
            (Self::Flatten, _) => Some(vec![input.iter().product()]),
            (Self::ChannelDropout(_), &[_, _, _]) | (Self::Relu | Self::Dropout(_), _) => {
                Some(input.to_vec())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gal_cnn_has_the_published_sizes() {
        let network = Network::new(NetworkName::GalCnn, &[1, 28, 28], 10).unwrap();
        let flat = network.layers.iter().position(|layer| *layer == Layer::Flatten).unwrap();
        assert_eq!(network.shapes[flat + 1], [3872]);
        let shapes: Vec<_> = network.parameters().into_iter().map(|(_, p)| (p.name, p.weight)).collect();
        let expected = [
            ("conv1", vec![32, 1, 4, 4]),
            ("conv2", vec![32, 32, 4, 4]),
            ("dense1", vec![128, 3872]),
            ("dense2", vec![10, 128]),
        ];
        assert_eq!(shapes, expected.map(|(name, shape)| (name.to_owned(), shape)));
        assert_eq!(network.trunk_len(), 6);
    }

    #[test]
    fn batchbald_cnn_has_the_published_sizes() {
        let network = Network::new(NetworkName::BatchbaldCnn, &[1, 28, 28], 10).unwrap();
        let weights: Vec<_> = network.parameters().into_iter().map(|(_, p)| p.weight).collect();
        assert_eq!(weights, [vec![32, 1, 5, 5], vec![64, 32, 5, 5], vec![128, 1024], vec![10, 128]]);
        let masks: Vec<_> = (0..network.layers.len()).filter_map(|index| network.dropout(index)).collect();
        assert_eq!(masks, [(0.5, vec![32, 1, 1]), (0.5, vec![64, 1, 1]), (0.5, vec![128])]);
    }

    #[test]
    fn inputs_of_another_kind_are_refused() {
        let error = Network::new(NetworkName::Mlp, &[1, 28, 28], 10).unwrap_err();
        assert!(error.to_string().contains("`mlp` cannot take inputs of shape [1, 28, 28]"), "{error}");
        let hint = bal_error::Explain::hint(&error).unwrap();
        assert_eq!(hint, "choose one that takes such inputs: gal_cnn, batchbald_cnn");
        assert!(Network::new(NetworkName::GalCnn, &[1, 6, 6], 10).is_err());
        assert_eq!(NetworkName::taking(&[2]), ["mlp"]);
        assert_eq!(NetworkName::taking(&[1, 6, 6]), [""; 0]);
    }
}
