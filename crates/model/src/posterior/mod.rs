//! Posterior samples of a network or of an ensemble, for every point the same.

mod hidden_layer;
mod kept_units;
mod kind;
mod masked_conv;
mod masked_linear;
mod masked_mlp;
mod masks;
mod member;
mod side_by_side;
#[cfg(test)]
mod tests;

use bal_stream::{Draw, Purpose};
use tch::{Kind, Tensor};

pub use self::kind::{MAX_SAMPLES, Posterior, PosteriorKind};
use self::masks::Masks;

use self::member::{Head, MemberSampler};
use crate::{Error, Network, Parameters, Precision};

/// The K posterior samples of one network or of the members of an ensemble, member by member.
#[derive(Debug)]
pub struct Sampler<'a> {
    network: &'a Network,
    members: &'a [Parameters],
    posterior: Posterior,
    draw: Draw,
    purpose: Purpose,
    precision: Precision,
    /// The only member, prepared once. Of several each is prepared for some points at a time and forgotten:
    /// what is prepared is larger than the weights, and memory must not grow with the members.
    only: Option<MemberSampler<'a>>,
}

/// What is predicted, f32 [n, K, C].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    LogProbs,
    Logits,
    /// Logits and log-probabilities, [n, K, C, 2]. The latter have the bits that they have alone:
    /// `log_softmax` adds up in another order along another axis.
    Both,
}

impl Output {
    fn of_logits(self, logits: &Tensor, axis_of_classes: i64) -> Tensor {
        let log_probs = || logits.log_softmax(axis_of_classes, Kind::Float);
        match self {
            Self::LogProbs => log_probs(),
            Self::Logits => logits.shallow_clone(),
            Self::Both => Tensor::stack(&[logits.shallow_clone(), log_probs()], -1),
        }
    }
}

impl<'a> Sampler<'a> {
    /// Points that belong to one another in a prediction at most.
    pub const TILE: usize = MemberSampler::TILE;

    /// Draws the masks of the samples, where there are any. `purpose` tells an evaluation from the scores of
    /// a pool.
    ///
    /// # Errors
    /// [`Error::Members`] for another number of members than the posterior is made for.
    pub fn new(
        network: &'a Network,
        members: &'a [Parameters],
        posterior: Posterior,
        (draw, purpose): (Draw, Purpose),
        precision: Precision,
    ) -> Result<Self, Error> {
        posterior.kind().check_members(members.len())?;
        let sampler = Self { network, members, posterior, draw, purpose, precision, only: None };
        let only = (members.len() == 1).then(|| sampler.member(0));
        Ok(Self { only, ..sampler })
    }

    fn member(&self, member: usize) -> MemberSampler<'a> {
        let (network, parameters) = (self.network, &self.members[member]);
        let masks = match self.posterior.masks_of_a_member() {
            Some(samples) => {
                let (draw, device) = (self.draw.of_network(member), parameters.device());
                Masks::draw(network, samples, draw, self.purpose, device)
            }
            None => Masks::deterministic(network),
        };
        MemberSampler::new(network, parameters, masks, self.precision)
    }

    /// Number K of samples.
    pub fn samples(&self) -> usize {
        self.posterior.samples(self.members.len())
    }

    /// Points to hand over at once: threads then seldom wait for each other, and members are seldom prepared.
    /// The predictions of each thread are those of a tile, or at most 2²⁰ numbers; 2²² of an ensemble.
    pub fn points_at_once(&self) -> usize {
        let (predictions_of_a_thread, most) = match &self.only {
            // A tile of a masked convolution takes a thread long enough.
            Some(MemberSampler { head: Some(Head::Conv(_)), .. }) => (1 << 20, 1),
            Some(_) => (1 << 20, 4),
            None => (1 << 22, 16),
        };
        let predictions_of_a_tile = Self::TILE * self.samples() * self.network.classes;
        let tiles = (predictions_of_a_thread / predictions_of_a_tile).clamp(1, most);
        let on_a_gpu = self.members[0].device().is_cuda();
        Self::TILE * tiles * if on_a_gpu { 1 } else { tch::get_num_threads().max(1) as usize }
    }

    /// log p(y = c | x_n, ω_k), f32 [n, K, C], of inputs [n, …].
    pub fn log_probs(&self, inputs: &Tensor) -> Tensor {
        self.predict(inputs, Output::LogProbs)
    }

    /// Logits f32 [n, K, C] of inputs [n, …].
    pub fn logits(&self, inputs: &Tensor) -> Tensor {
        self.predict(inputs, Output::Logits)
    }

    /// [`Sampler::logits`] and [`Sampler::log_probs`].
    pub fn logits_and_log_probs(&self, inputs: &Tensor) -> [Tensor; 2] {
        let both = self.predict(inputs, Output::Both);
        [both.select(-1, 0), both.select(-1, 1)]
    }

    fn predict(&self, inputs: &Tensor, output: Output) -> Tensor {
        if let Some(only) = &self.only {
            return only.predict(inputs, output);
        }
        let of_member = |member| self.member(member).predict(inputs, output);
        Tensor::cat(&(0..self.members.len()).map(of_member).collect::<Vec<_>>(), 1) // E × [n, T, C]
    }
}
