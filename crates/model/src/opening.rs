//! Where K posterior samples part: the first dropout and the layer behind it, for all samples at once.
//!
//! Everything before is the same for all samples and is computed once per point. Two ways to go on; both only change
//! the order of a linear map and a mask:
//!
//! * element masks before a linear layer fold into its weights, W·(m_k ∘ x) = (W ∘ m_k)·x: one product for all K;
//! * channel masks before a convolution, which is linear in its input channels: conv(m_k ∘ x) = b + Σ_i m_ki·(W_i ∗ x_i), so
//!   the partial maps W_i ∗ x_i are computed once and combined per sample.

use tch::{Kind, Tensor};

use crate::{Layer, Masks, Network, Parameters};

/// Activations behind the opening that are worked on at once: beyond a few tens of megabytes, pooling and products wait
/// for memory (measured with `batchbald_cnn`, K = 100, f32: the opening takes a third longer per point on 64 points than on 16,
/// what follows up to its first linear layer half as long again or more).
const ACTIVATIONS: i64 = 1 << 23;

/// How the activations of one point become those of K samples.
#[derive(Debug)]
pub(crate) enum Opening {
    /// W ∘ m_k for every k, [K·H, D], and the bias as often, [K·H].
    Folded { weight: Tensor, bias: Tensor, samples: i64 },
    /// Kernels [I, k·k, O], masks [K, I], bias [O], and O·H'·W' activations of each point and sample.
    PartialMaps { kernels: Tensor, masks: Tensor, bias: Tensor, activations: i64 },
}

impl Opening {
    /// Layers that it stands for: the dropout and the layer behind it.
    pub(crate) const LAYERS: usize = 2;

    /// Prepares the opening of a network in numbers of one kind; nothing where dropout is off or neither way is open.
    pub(crate) fn new(network: &Network, parameters: &Parameters, masks: &Masks, kind: Kind) -> Option<Self> {
        let first = network.trunk_len();
        let masks = masks.of_layer(first)?;
        let samples = masks.size()[0];
        let (weight, bias) = network.parameter_names().of(parameters, first + 1);
        let opening = match (network.layers[first], network.layers[first + 1]) {
            (Layer::Dropout(_), Layer::Linear { .. }) => {
                let weight = (weight.unsqueeze(0) * masks.unsqueeze(1)).flatten(0, 1); // [K, H, D] → [K·H, D]
                Self::Folded {
                    weight: weight.to_kind(kind),
                    bias: bias.repeat([samples]).to_kind(kind),
                    samples,
                }
            }
            (Layer::ChannelDropout(_), Layer::Conv { .. }) => Self::PartialMaps {
                kernels: weight.flatten(2, 3).permute([1, 2, 0]).contiguous().to_kind(kind), // [O, I, k, k] → [I, k·k, O]
                masks: masks.flatten(1, -1).to_kind(kind),
                bias: bias.to_kind(kind),
                activations: network.shapes[first + Self::LAYERS].iter().product::<usize>() as i64,
            },
            _ => return None,
        };
        Some(opening)
    }

    /// Points to work on at once.
    pub(crate) fn tile(&self) -> i64 {
        match self {
            Self::Folded { .. } => i64::MAX,
            Self::PartialMaps { masks, activations, .. } => {
                (ACTIVATIONS / (masks.size()[0] * activations)).max(1)
            }
        }
    }

    /// Activations [n, …] of the trunk → [n, K, …] behind the first stochastic layer.
    pub(crate) fn samples(&self, x: &Tensor) -> Tensor {
        match self {
            Self::Folded { weight, bias, samples } => {
                // The long side first, Wxᵀ and not xWᵀ: in f32 a quarter to a third faster on two cores, as fast in bf16.
                bias.unsqueeze(1).addmm(weight, &x.tr()).tr().unflatten(1, [*samples, -1])
            }
            Self::PartialMaps { kernels, masks, bias, .. } => partial_maps(x, kernels, masks, bias),
        }
    }
}

/// Activations [n, I, H, W] → [n, K, O, H', W'], channels innermost in memory.
fn partial_maps(x: &Tensor, kernels: &Tensor, masks: &Tensor, bias: &Tensor) -> Tensor {
    let (n, channels) = (x.size()[0], x.size()[1]);
    let (samples, outputs) = (masks.size()[0], bias.size()[0]);
    let width = kernels.size()[1].isqrt();
    let patches = x.unfold(2, width, 1).unfold(3, width, 1); // [n, I, H', W', k, k]
    let (height, across) = (patches.size()[2], patches.size()[3]);
    let patches = patches.permute([1, 0, 2, 3, 4, 5]).reshape([channels, -1, width * width]);
    let maps = patches.bmm(kernels).view([channels, n, -1]).transpose(0, 1); // [n, I, H'·W'·O]
    let bias = bias.repeat([height * across]);
    let sums = bias.baddbmm(&masks.expand([n, samples, channels], false), &maps, 1.0, 1.0); // [n, K, H'·W'·O]
    sums.view([n, samples, height, across, outputs]).permute([0, 1, 4, 2, 3])
}
