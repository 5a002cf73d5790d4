//! The layers of a network from its first dropout on, where they are two linear layers: both folded with the masks of K
//! posterior samples, so that what dropout leaves out is never computed.
//!
//! W₂(m₂ ∘ relu(W₁(m₁ ∘ x) + b₁)) + b₂: m₁ folds into the rows of W₁, and where m₂ is 0 the row is not needed. The kept rows of
//! all samples form one product with many points; with a rate of ½ it is half as large as without m₂.

use tch::{Kind, Tensor};

use crate::{Layer, Masks, Network, Parameters};

/// Dropout, linear, ReLU, dropout, linear, for K samples at once. R is the number of hidden units that are kept, all samples
/// together, H the most that one sample keeps.
#[derive(Debug)]
pub(crate) struct FoldedHead {
    /// Kept rows of W₁ ∘ m₁, [R, D].
    weight: Tensor,
    /// Their b₁, [R, 1].
    bias: Tensor,
    /// Where sample k has its rows among the R, [K·H]; where it keeps fewer than H, any row.
    rows: Tensor,
    /// Kept columns of W₂ ∘ m₂, [K, C, H]; 0 where a sample keeps fewer than H.
    output_weight: Tensor,
    /// b₂, [C, 1].
    output_bias: Tensor,
}

impl FoldedHead {
    /// Folds the masks into the weights, those of the first product in numbers of this kind; nothing if the network is built otherwise
    /// or no unit is kept.
    pub(crate) fn new(network: &Network, parameters: &Parameters, masks: &Masks, kind: Kind) -> Option<Self> {
        use Layer::{Dropout, Linear, Relu};
        let first = network.trunk_len();
        let [Dropout(_), Linear { .. }, Relu, Dropout(_), Linear { .. }] = network.layers[first..] else {
            return None;
        };
        let (input_masks, hidden_masks) = (masks.of_layer(first)?, masks.of_layer(first + 3)?); // [K, D], [K, ·]
        let names = network.parameter_names();
        let (weight, bias) = names.of(parameters, first + 1);
        let (output_weight, output_bias) = names.of(parameters, first + 4);

        let is_kept = hidden_masks.ne(0.0);
        let kept = is_kept.nonzero(); // [R, 2]: sample and hidden unit, sample by sample
        let (sample, unit) = (kept.select(1, 0), kept.select(1, 1));
        let total = kept.size()[0];
        if total == 0 {
            return None;
        }
        let (samples, classes) = (hidden_masks.size()[0], output_bias.size()[0]);
        let kept_per_sample = Vec::<i64>::try_from(is_kept.sum_dim_intlist(1i64, false, Kind::Int64))
            .expect("one number per sample");
        let most = kept_per_sample.iter().copied().max()?;
        // The place of a kept unit among those of its sample, counted over all samples.
        let place = (is_kept.cumsum(1, Kind::Int64) - 1).masked_select(&is_kept) + &sample * most;
        let rows = Tensor::zeros([samples * most], (Kind::Int64, place.device()));
        let columns =
            output_weight.tr().index_select(0, &unit) * hidden_masks.masked_select(&is_kept).unsqueeze(1);
        let output_columns = Tensor::zeros([samples * most, classes], (Kind::Float, place.device()));
        Some(Self {
            weight: fold(weight, input_masks, &unit, &kept_per_sample, kind),
            bias: bias.index_select(0, &unit).unsqueeze(1).to_kind(kind),
            rows: rows.index_copy(0, &place, &Tensor::arange(total, (Kind::Int64, place.device()))),
            output_weight: output_columns
                .index_copy(0, &place, &columns)
                .view([samples, most, classes])
                .transpose(1, 2)
                .contiguous(),
            output_bias: output_bias.unsqueeze(1),
        })
    }

    /// Activations [n, D] of the trunk → logits f32 [n, K, C].
    pub(crate) fn logits(&self, x: &Tensor) -> Tensor {
        // The long side first, Wxᵀ and not xWᵀ: in f32 a quarter to a third faster on two cores, as fast in bf16.
        let hidden = self.bias.addmm(&self.weight, &x.tr()).relu_().to_kind(Kind::Float); // [R, n]
        let &[samples, _, most] = self.output_weight.size().as_slice() else {
            unreachable!("made with three axes")
        };
        let hidden = hidden.index_select(0, &self.rows).view([samples, most, -1]);
        let logits = self.output_bias.baddbmm(&self.output_weight, &hidden, 1.0, 1.0); // [K, C, n]
        logits.permute([2, 0, 1]).contiguous()
    }
}

/// Rows `unit` of W ∘ m, [R, D]: first those that sample 0 keeps, with its mask, then those of sample 1 …
fn fold(weight: &Tensor, masks: &Tensor, unit: &Tensor, kept_per_sample: &[i64], kind: Kind) -> Tensor {
    // A mask holds 0 and one other number. With that in the weights it is 0 or 1, which changes no number when it is applied in
    // place, and in any kind: at this size, further copies would take longer than the arithmetic.
    let rows = (weight * masks.max()).to_kind(kind).index_select(0, unit);
    let is_kept = masks.ne(0.0).to_kind(kind);
    let mut first = 0;
    for (sample, &kept) in (0..).zip(kept_per_sample) {
        let _ = rows.narrow(0, first, kept).multiply_(&is_kept.get(sample));
        first += kept;
    }
    rows
}
