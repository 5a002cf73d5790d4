//! A dropout and the last linear layer behind it, folded with the masks of K posterior samples.
//!
//! W(m_k ∘ x) + b = (W ∘ m_k) x + b: one product with all K·C rows.

use tch::{Kind, Tensor};

use super::masks::Masks;
use crate::networks::Layer;
use crate::{Network, Parameters};

/// Dropout and the last linear layer, for K samples at once.
#[derive(Debug)]
pub(crate) struct MaskedLinear {
    /// W ∘ m_k, [K·C, D].
    weight: Tensor,
    /// b for each sample, [K·C].
    bias: Tensor,
    samples: i64,
}

impl MaskedLinear {
    /// Folds the masks into the weights, in numbers of this kind. Nothing if the network is built otherwise.
    pub(crate) fn new(network: &Network, parameters: &Parameters, masks: &Masks, kind: Kind) -> Option<Self> {
        let first = network.trunk_len();
        let [Layer::Dropout(_), Layer::Linear { .. }] = network.chain_from(first)?[..] else { return None };
        let masks = masks.of_step(first)?; // [K, D]
        let [weight, bias] = network.weight_and_bias(parameters, first + 1);
        let samples = masks.size()[0];
        Some(Self {
            weight: (masks.unsqueeze(1) * weight).flatten(0, 1).to_kind(kind),
            bias: bias.repeat([samples]).to_kind(kind),
            samples,
        })
    }

    /// Activations [n, D] of the trunk → logits f32 [n, K, C].
    pub(crate) fn logits(&self, x: &Tensor) -> Tensor {
        x.linear(&self.weight, Some(&self.bias)).to_kind(Kind::Float).unflatten(1, [self.samples, -1])
    }
}
