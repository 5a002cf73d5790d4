//! What networks are made of: layers, and how they are put together.

use std::fmt;

/// One layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layer {
    /// Square 2-D convolution: [C, H, W] → [channels, H', W'].
    Conv(Conv),
    /// Convolution over time: [C, T] → [channels, T − kernel + 1].
    TimeConv {
        /// Output channels.
        channels: usize,
        /// Places that it looks at.
        kernel: usize,
    },
    /// Affine map with bias.
    Linear {
        /// Output units.
        units: usize,
    },
    /// A vector for each word: T words → [units, T]. Word 0 fills texts up; its vector is 0 and stays so.
    Embedding {
        /// Length of the vectors.
        units: usize,
    },
    /// Batch normalisation of channels (Ioffe & Szegedy 2015): by the mean and variance of the minibatch in
    /// training, by their running means in evaluation.
    BatchNorm,
    /// max(x, 0).
    Relu,
    /// Max-pool over squares.
    MaxPool {
        /// Width of the square.
        kernel: usize,
        /// From one square to the next.
        stride: usize,
        /// Places that are added on each side; they are never the largest.
        padding: usize,
    },
    /// `[C, H, W]` → `[C]`.
    MeanOverPositions,
    /// `[C, T]` → `[C]`.
    MaxOverTime,
    /// Sets single elements to 0 with this probability, scales the others by 1/(1 − p).
    Dropout(f64),
    /// Sets whole channels of [C, H, W] to 0 with this probability, scales the others by 1/(1 − p).
    ChannelDropout(f64),
    /// [C, H, W] → [C·H·W].
    Flatten,
}

/// A square 2-D convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Output channels.
    pub channels: usize,
    /// Width of the kernel.
    pub kernel: usize,
    /// From one place to the next.
    pub stride: usize,
    /// Zeros that are added on each side.
    pub padding: usize,
    /// Its bias; batch normalisation makes one superfluous.
    pub bias: ConvBias,
}

/// Bias of a convolution, and the law that its weights are drawn by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvBias {
    /// Weights and bias by `PyTorch`'s default law U(±1/√`fan_in`).
    Drawn,
    /// Weights by N(0, 2/`fan_out`) (He et al. 2015), bias 0.
    Zero,
    /// Weights by N(0, 2/`fan_out`), no bias.
    None,
}

/// A part of a network.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    /// A layer; the name of its weights where it has some.
    Layer(String, Layer),
    /// body(x) + shortcut(x); an empty shortcut is x itself.
    Residual {
        /// The way with the weights.
        body: Vec<Block>,
        /// The short one.
        shortcut: Vec<Block>,
    },
    /// All of them on the same x, their outputs [C₁], [C₂] … one after the other.
    Branches(Vec<Vec<Block>>),
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Conv(Conv { kernel, .. }) => write!(f, "convolution over {kernel}×{kernel} places"),
            Self::TimeConv { kernel, .. } => write!(f, "convolution over {kernel} words"),
            Self::Linear { .. } => f.write_str("linear"),
            Self::Embedding { .. } => f.write_str("embedding of words"),
            Self::BatchNorm => f.write_str("batch normalisation"),
            Self::Relu => f.write_str("ReLU"),
            Self::MaxPool { kernel, .. } => write!(f, "max-pool over {kernel}×{kernel} places"),
            Self::MeanOverPositions => f.write_str("mean over positions"),
            Self::MaxOverTime => f.write_str("max over time"),
            Self::Dropout(p) => write!(f, "dropout {p}"),
            Self::ChannelDropout(p) => write!(f, "dropout {p} of channels"),
            Self::Flatten => f.write_str("flatten"),
        }
    }
}

impl From<Layer> for Block {
    fn from(layer: Layer) -> Self {
        Self::Layer(String::new(), layer)
    }
}

impl Layer {
    /// The layer as a block whose weights have this name.
    pub(crate) fn named(self, name: impl Into<String>) -> Block {
        Block::Layer(name.into(), self)
    }

    /// Shape behind the layer, nothing if it does not take this input.
    pub(crate) fn output_shape(self, input: &[usize]) -> Option<Vec<usize>> {
        let places = |length: usize, kernel: usize, stride: usize, padding: usize| {
            Some((length + 2 * padding).checked_sub(kernel)? / stride + 1).filter(|_| length > 0)
        };
        match (self, input) {
            (Self::Conv(Conv { channels, kernel, stride, padding, .. }), &[_, height, width]) => {
                let places = |length| places(length, kernel, stride, padding);
                Some(vec![channels, places(height)?, places(width)?])
            }
            (Self::MaxPool { kernel, stride, padding }, &[channels, height, width]) => {
                let places = |length| places(length, kernel, stride, padding);
                Some(vec![channels, places(height)?, places(width)?])
            }
            (Self::TimeConv { channels, kernel }, &[_, time]) => {
                Some(vec![channels, places(time, kernel, 1, 0)?])
            }
            (Self::Linear { units }, &[_]) => Some(vec![units]),
            (Self::Embedding { units }, &[time]) => Some(vec![units, time]),
            (Self::MeanOverPositions, &[channels, _, _]) | (Self::MaxOverTime, &[channels, _]) => {
                Some(vec![channels])
            }
            (Self::Flatten, _) => Some(vec![input.iter().product()]),
            (Self::ChannelDropout(_) | Self::BatchNorm, &[_, _, _]) | (Self::Relu | Self::Dropout(_), _) => {
                Some(input.to_vec())
            }
            _ => None,
        }
    }
}
