//! A channel dropout and the convolution that reads it, for K posterior samples at once.
//!
//! A convolution is linear in its input channels: conv(m_k ∘ x) = b + Σ_i m_ki·(W_i ∗ x_i). So the partial
//! maps W_i ∗ x_i are computed once, and combined per sample.

use tch::{Kind, Tensor};

use super::masks::Masks;
use crate::network::is_valid;
use crate::networks::Layer;
use crate::{Network, Parameters, Sampler};

/// Activations behind the convolution that a thread works on at once. Beyond a few tens of megabytes, pooling
/// and products wait for memory: with `batchbald_cnn`, K = 100, f32, 64 points instead of 16, the convolution
/// takes a third longer per point, and what follows up to the first linear layer half as long again.
const ACTIVATIONS: usize = 1 << 23;

/// Channel dropout and the convolution that reads it, for K samples at once.
#[derive(Debug)]
pub(crate) struct MaskedConv {
    /// [I, k·k, O].
    kernels: Tensor,
    /// [K, I].
    masks: Tensor,
    /// [O].
    bias: Tensor,
    /// O·H'·W' of each point and sample.
    activations: usize,
}

impl MaskedConv {
    /// Steps that it stands for.
    pub(crate) const STEPS: usize = 2;

    /// Prepares the kernels in numbers of one kind; nothing where dropout is off or reads something else.
    pub(crate) fn new(network: &Network, parameters: &Parameters, masks: &Masks, kind: Kind) -> Option<Self> {
        let first = network.trunk_len();
        let masks = masks.of_step(first)?;
        let [Layer::ChannelDropout(_), Layer::Conv(conv), ..] = network.chain_from(first)?[..] else {
            return None;
        };
        let [weight, bias] = network.weight_and_bias(parameters, first + 1);
        is_valid(conv).then(|| Self {
            // [O, I, k, k] → [I, k·k, O]
            kernels: weight.flatten(2, 3).permute([1, 2, 0]).contiguous().to_kind(kind),
            masks: masks.flatten(1, -1).to_kind(kind),
            bias: bias.to_kind(kind),
            activations: network.steps[first + 1].shape.iter().product(),
        })
    }

    /// Points to work on at once: a power of two, which divides what a thread is given.
    pub(crate) fn tile(&self) -> usize {
        const { assert!(Sampler::TILE.is_power_of_two()) }
        let points = ACTIVATIONS / (self.masks.size()[0] as usize * self.activations);
        1 << points.clamp(1, Sampler::TILE).ilog2()
    }

    /// Activations [n, I, H, W] → [n, K, O, H', W'], channels innermost in memory.
    pub(crate) fn samples(&self, x: &Tensor) -> Tensor {
        let Self { kernels, masks, bias, .. } = self;
        let (n, channels) = (x.size()[0], x.size()[1]);
        let (samples, outputs) = (masks.size()[0], bias.size()[0]);
        let width = kernels.size()[1].isqrt();
        let patches = x.unfold(2, width, 1).unfold(3, width, 1); // [n, I, H', W', k, k]
        let (height, across) = (patches.size()[2], patches.size()[3]);
        let patches = patches.permute([1, 0, 2, 3, 4, 5]).reshape([channels, -1, width * width]);
        let maps = patches.bmm(kernels).view([channels, n, -1]).transpose(0, 1); // [n, I, H'·W'·O]
        let bias = bias.repeat([height * across]);
        let masks = masks.expand([n, samples, channels], false);
        let sums = bias.baddbmm(&masks, &maps, 1.0, 1.0); // [n, K, H'·W'·O]
        sums.view([n, samples, height, across, outputs]).permute([0, 1, 4, 2, 3])
    }
}
