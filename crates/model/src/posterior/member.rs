//! K posterior samples of one network: K sets of dropout masks, each used for every point.
//!
//! Mask k *is* a draw from the approximate posterior (Gal & Ghahramani 2016, arXiv 1506.02142). So it is
//! drawn once, on the host, from a stream keyed by (seed, round, k, step). K samples cost less than K
//! passes, and no distribution changes:
//!
//! * The trunk before the first dropout runs once, the rest per sample.
//! * A last linear layer behind it is one product for all samples (`masked_linear.rs`).
//! * Two linear layers behind it share what samples have in common, and leave out the hidden units that a
//!   sample drops (`masked_mlp.rs`).
//! * A convolution behind it runs once, and its parts are combined per sample (`masked_conv.rs`).

use tch::{Kind, Tensor, no_grad};

use super::Output;
use super::masked_conv::MaskedConv;
use super::masked_linear::MaskedLinear;
use super::masked_mlp::MaskedMlp;
use super::masks::Masks;
use super::side_by_side::side_by_side;
use crate::forward::Values;
use crate::{Mode, Network, Parameters, Precision};

/// A network together with K sets of masks.
#[derive(Debug)]
pub(super) struct MemberSampler<'a> {
    network: &'a Network,
    parameters: &'a Parameters,
    pub(super) masks: Masks,
    precision: Precision,
    /// Prepared once for all tiles. Without one the steps behind the trunk run once per sample.
    pub(super) head: Option<Head>,
    /// Tiles that are predicted side by side, each by one thread.
    pub(super) threads: usize,
}

/// The steps from the first dropout on, or the first of them, for all samples at once.
#[derive(Debug)]
pub(super) enum Head {
    Linear(MaskedLinear),
    Mlp(MaskedMlp),
    Conv(MaskedConv),
}

/// A sampler that several threads read while its caller waits for them.
struct Shared<'a>(&'a MemberSampler<'a>);

#[expect(
    unsafe_code,
    reason = "libtorch lets several threads read a tensor, and meanwhile nothing writes to these"
)]
unsafe impl Sync for Shared<'_> {}

impl Shared<'_> {
    /// A closure that names the field would capture that and not the whole.
    fn predict(&self, inputs: &Tensor, output: Output) -> Tensor {
        self.0.predict_by_tiles(inputs, output)
    }
}

impl<'a> MemberSampler<'a> {
    /// Points to predict at once, so that memory does not grow with the pool. On two cores the trunk of
    /// `gal_cnn` takes as long per point on 32 to 256 of them.
    pub(super) const TILE: usize = 256;

    /// Numbers of the largest value of a tile at most, 64 MB: photographs of 224×224 pixels are taken 16 at a
    /// time.
    const NUMBERS: usize = 1 << 24;

    /// The same where steps run once per sample: what they read should stay near the processor. With
    /// `cifar_cnn` PyTorch's loop is fastest with 32 images at a time, too.
    const NUMBERS_PER_SAMPLE: usize = 1 << 20;

    /// Prepares the samples.
    pub(super) fn new(
        network: &'a Network,
        parameters: &'a Parameters,
        masks: Masks,
        precision: Precision,
    ) -> Self {
        let kind = precision.kind();
        let head = no_grad(|| {
            let linear = MaskedLinear::new(network, parameters, &masks, kind).map(Head::Linear);
            let mlp = || MaskedMlp::new(network, parameters, &masks, kind).map(Head::Mlp);
            let conv = || MaskedConv::new(network, parameters, &masks, kind).map(Head::Conv);
            linear.or_else(mlp).or_else(conv)
        });
        let threads = if parameters.device().is_cuda() { 1 } else { tch::get_num_threads() as usize };
        Self { network, parameters, masks, precision, head, threads: threads.max(1) }
    }

    /// What is asked for, f32 [n, K, C], of inputs [n, …].
    ///
    /// Trunk and what reads the first dropout are computed in the sampler's precision, the small rest in f32.
    /// No bit depends on the number of threads.
    pub(super) fn predict(&self, inputs: &Tensor, output: Output) -> Tensor {
        let shared = Shared(self);
        side_by_side(inputs, self.tile(), self.threads, |inputs| shared.predict(inputs, output))
    }

    fn predict_by_tiles(&self, inputs: &Tensor, output: Output) -> Tensor {
        let of_tile = |inputs: &Tensor| {
            let trunk = self.trunk(inputs);
            match &self.head {
                None => output.of_logits(&self.logits_by_sample(&trunk), -1),
                Some(Head::Linear(linear)) => output.of_logits(&linear.logits(trunk.last()), -1),
                Some(Head::Mlp(mlp)) => {
                    output.of_logits(&mlp.logits(trunk.last()), 1).movedim_int(2, 0).contiguous()
                }
                Some(Head::Conv(conv)) => {
                    output.of_logits(&self.logits_behind(conv.samples(trunk.last())), -1)
                }
            }
        };
        let tiles = inputs.split(self.tile() as i64, 0);
        no_grad(|| Tensor::cat(&tiles.iter().map(of_tile).collect::<Vec<_>>(), 0))
    }

    /// Points of a tile: a power of two, which divides what a thread is given.
    fn tile(&self) -> usize {
        const { assert!(Self::TILE.is_power_of_two()) }
        if let Some(Head::Conv(conv)) = &self.head {
            return conv.tile();
        }
        let loops = self.head.is_none() && self.masks.samples() > 1;
        let numbers = if loops { Self::NUMBERS_PER_SAMPLE } else { Self::NUMBERS };
        1 << (numbers / self.network.largest_value()).clamp(1, Self::TILE).ilog2()
    }

    fn mode(&self) -> Mode {
        Mode::evaluation(self.precision)
    }

    /// All values in front of the first dropout that are still needed.
    fn trunk(&self, inputs: &Tensor) -> Values {
        let mut values = self.network.input(self.parameters, inputs, self.precision);
        let steps = 0..self.network.trunk_len();
        self.network.run(self.parameters, &mut values, steps, self.mode(), &mut |_, x| x);
        values
    }

    /// Trunk → logits f32 [n, K, C]: the steps behind it once per sample.
    fn logits_by_sample(&self, trunk: &Values) -> Tensor {
        let steps = self.network.trunk_len()..self.network.steps.len();
        let pass = |k| {
            let mut values = trunk.shallow_clone();
            let mut dropout = |index, x| self.masked(index, k, x);
            self.network.run(self.parameters, &mut values, steps.clone(), self.mode(), &mut dropout);
            values.last().to_kind(Kind::Float)
        };
        Tensor::stack(&(0..self.masks.samples()).map(pass).collect::<Vec<_>>(), 1) // K × [n, C] → [n, K, C]
    }

    fn masked(&self, index: usize, k: usize, x: Tensor) -> Tensor {
        match self.masks.of_sample(index, k) {
            Some(mask) => x * mask,
            None => x,
        }
    }

    /// Activations [n, K, …] behind the masked convolution → logits f32 [n, K, C].
    fn logits_behind(&self, x: Tensor) -> Tensor {
        let (n, k) = (x.size()[0], x.size()[1]);
        let first = self.network.trunk_len() + MaskedConv::STEPS;
        let mut values = Values::of_step(first, x.to_kind(Kind::Float).flatten(0, 1));
        drop(x); // not kept beside its copy
        let mut dropout = |index, x: Tensor| match self.masks.of_step(index) {
            Some(masks) => (x.unflatten(0, [n, k]) * masks).flatten(0, 1), // [n, K, …] ∘ [K, …]
            None => x,
        };
        let mode = Mode::evaluation(Precision::F32);
        self.network.run(self.parameters, &mut values, first..self.network.steps.len(), mode, &mut dropout);
        values.last().unflatten(0, [n, k])
    }

    /// The definition: K full passes with the same masks. Slow; [`MemberSampler::predict`] is tested against
    /// it.
    #[cfg(test)]
    pub(super) fn log_probs_by_loop(&self, inputs: &Tensor) -> Tensor {
        let pass = |k| {
            let mut dropout = |index, x| self.masked(index, k, x);
            let logits = self.network.forward(self.parameters, inputs, self.mode(), &mut dropout);
            logits.log_softmax(-1, Kind::Float)
        };
        // K × [n, C] → [n, K, C]
        no_grad(|| Tensor::stack(&(0..self.masks.samples()).map(pass).collect::<Vec<_>>(), 1))
    }
}
