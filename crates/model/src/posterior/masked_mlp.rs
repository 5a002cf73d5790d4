//! The layers of a network from its first dropout on, where they are two linear layers: both folded with the
//! masks of K posterior samples.
//!
//! W₂(m₂ ∘ relu(W₁(m₁ ∘ x) + b₁)) + b₂: where m₂ is 0, the sample does not need the row of W₁.
//! `hidden_layer.rs` has W₁, m₁ and b₁.

use tch::{Kind, Tensor};

use super::hidden_layer::{DroppedInputs, HiddenLayer, KeptRows};
use super::kept_units::KeptUnits;
use super::masks::Masks;
use crate::networks::Layer;
use crate::{Network, Parameters};

/// Dropout, linear, ReLU, dropout, linear, for K samples at once. Each has H slots for the units that it
/// keeps.
#[derive(Debug)]
pub(crate) struct MaskedMlp {
    /// The first three of them.
    hidden: HiddenLayer,
    /// Kept columns of W₂ ∘ m₂, [K, C, H]; 0 where a sample keeps fewer than H.
    output_weight: Tensor,
    /// b₂, [C, 1].
    output_bias: Tensor,
}

impl MaskedMlp {
    /// Folds the masks into the weights, those of the first layer in numbers of this kind. Nothing if the
    /// network is built otherwise or no unit is kept.
    pub(crate) fn new(network: &Network, parameters: &Parameters, masks: &Masks, kind: Kind) -> Option<Self> {
        use Layer::{Dropout, Linear, Relu};
        let first = network.trunk_len();
        let [Dropout(_), Linear { .. }, Relu, Dropout(_), Linear { .. }] = network.chain_from(first)?[..]
        else {
            return None;
        };
        let input_masks = masks.of_step(first)?; // [K, D]
        let hidden_masks = masks.of_step(first + 3)?; // [K, U]
        let [weight, bias] = network.weight_and_bias(parameters, first + 1);
        let [output_weight, output_bias] = network.weight_and_bias(parameters, first + 4);
        let kept = KeptUnits::of(hidden_masks)?;
        // Many small products are fastest on a CPU; a GPU is expected to wait for them (not measured).
        let hidden = if weight.device().is_cuda() {
            HiddenLayer::KeptRows(KeptRows::new(weight, bias, input_masks, &kept, kind))
        } else {
            HiddenLayer::DroppedInputs(DroppedInputs::new(weight, bias, input_masks, &kept, kind))
        };
        let (samples, slots) = (kept.by_sample.len() as i64, kept.slots as i64);
        let columns = output_weight.index_select(1, &kept.unit_in_slot(weight.device()))
            * kept.scale_in_slot(weight.device());
        Some(Self {
            hidden,
            output_weight: columns.view([-1, samples, slots]).transpose(0, 1).contiguous(),
            output_bias: output_bias.unsqueeze(1),
        })
    }

    /// Activations [n, D] of the trunk → logits f32 [K, C, n].
    pub(crate) fn logits(&self, x: &Tensor) -> Tensor {
        let &[samples, _, slots] = self.output_weight.size().as_slice() else {
            unreachable!("made with three axes")
        };
        let hidden = self.hidden.forward(x).view([samples, slots, -1]); // [K, H, n]
        self.output_bias.baddbmm(&self.output_weight, &hidden, 1.0, 1.0) // [K, C, n]
    }
}
