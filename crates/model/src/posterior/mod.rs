//! Posterior samples: K sets of dropout masks, each used for every point.
//!
//! Mask k *is* a draw from the approximate posterior (Gal & Ghahramani 2016, arXiv 1506.02142). So it is
//! drawn once, on the host, from a stream keyed by (seed, round, k, layer). K samples cost less than K
//! passes, and no distribution changes:
//!
//! * The trunk before the first dropout runs once.
//! * Two linear layers behind it share what samples have in common, and leave out the hidden units that a
//!   sample drops (`masked_mlp.rs`).
//! * A convolution behind it runs once, and its parts are combined per sample (`masked_conv.rs`).

mod hidden_layer;
mod kept_units;
mod masked_conv;
mod masked_mlp;
mod masks;
mod side_by_side;

use tch::{Kind, Tensor, no_grad};

pub use self::masks::Masks;

use self::masked_conv::MaskedConv;
use self::masked_mlp::MaskedMlp;
use self::side_by_side::side_by_side;
use crate::{Network, Parameters, Precision};

/// A network together with K posterior samples.
#[derive(Debug)]
pub struct Sampler<'a> {
    network: &'a Network,
    parameters: &'a Parameters,
    masks: Masks,
    kind: Kind,
    /// Prepared once for all tiles; nothing where dropout is off.
    head: Option<Head>,
    /// Tiles that are predicted side by side, each by one thread.
    threads: usize,
}

/// The layers from the first dropout on, or the first of them, for all samples at once.
#[derive(Debug)]
enum Head {
    Mlp(MaskedMlp),
    Conv(MaskedConv),
}

/// A sampler that several threads read while the caller of [`Sampler::log_probs`] waits for them.
struct Shared<'a>(&'a Sampler<'a>);

#[expect(
    unsafe_code,
    reason = "libtorch lets several threads read a tensor, and meanwhile nothing writes to these"
)]
unsafe impl Sync for Shared<'_> {}

impl Shared<'_> {
    /// A closure that names the field would capture that and not the whole.
    fn log_probs(&self, inputs: &Tensor) -> Tensor {
        self.0.log_probs_by_tiles(inputs)
    }
}

impl<'a> Sampler<'a> {
    /// Points to predict at once, so that memory does not grow with the pool. On two cores the trunk of
    /// `gal_cnn` takes as long per point on 32 to 256 of them.
    pub const TILE: usize = 256;

    /// Prepares the K samples of a network.
    pub fn new(network: &'a Network, parameters: &'a Parameters, masks: Masks, precision: Precision) -> Self {
        let kind = precision.kind();
        let head = no_grad(|| {
            let mlp = MaskedMlp::new(network, parameters, &masks, kind).map(Head::Mlp);
            mlp.or_else(|| MaskedConv::new(network, parameters, &masks, kind).map(Head::Conv))
        });
        let threads = if parameters.store().device().is_cuda() { 1 } else { tch::get_num_threads() as usize };
        Self { network, parameters, masks, kind, head, threads: threads.max(1) }
    }

    /// Number K of samples.
    pub fn samples(&self) -> usize {
        self.masks.samples()
    }

    /// Points to hand over at once: threads then seldom wait for each other. The predictions of each are
    /// those of a tile, or at most 2²⁰ numbers.
    pub fn points_at_once(&self) -> usize {
        const PREDICTIONS_OF_A_THREAD: usize = 1 << 20;
        let predictions_of_a_tile = Self::TILE * self.samples() * self.network.classes;
        // A tile of a masked convolution takes a thread long enough.
        let most = if matches!(self.head, Some(Head::Conv(_))) { 1 } else { 4 };
        Self::TILE * (PREDICTIONS_OF_A_THREAD / predictions_of_a_tile).clamp(1, most) * self.threads
    }

    /// log p(y = c | x_n, ω_k), f32 [n, K, C], of inputs [n, …]: trunk once, then the head for all samples.
    ///
    /// Trunk and what reads the first dropout are computed in the sampler's precision, the small rest in f32.
    /// No bit depends on the number of threads.
    pub fn log_probs(&self, inputs: &Tensor) -> Tensor {
        let shared = Shared(self);
        side_by_side(inputs, Self::TILE, self.threads, |inputs| shared.log_probs(inputs))
    }

    fn log_probs_by_tiles(&self, inputs: &Tensor) -> Tensor {
        let tile = if let Some(Head::Conv(conv)) = &self.head { conv.tile() } else { Self::TILE };
        let of_tile = |inputs: &Tensor| {
            let inputs = inputs.to_kind(self.kind);
            match &self.head {
                None => self.log_probs_by_loop(&inputs),
                Some(Head::Mlp(head)) => head.log_probs(&self.trunk(&inputs)),
                Some(Head::Conv(conv)) => {
                    self.logits_behind(&conv.samples(&self.trunk(&inputs))).log_softmax(-1, Kind::Float)
                }
            }
        };
        let tiles = inputs.split(tile as i64, 0);
        no_grad(|| Tensor::cat(&tiles.iter().map(of_tile).collect::<Vec<_>>(), 0))
    }

    /// Activations in front of the first dropout.
    fn trunk(&self, inputs: &Tensor) -> Tensor {
        self.network.forward_range(self.parameters, inputs, 0..self.network.trunk_len(), &mut |_, x| x)
    }

    /// Activations [n, K, …] behind the masked convolution → logits f32 [n, K, C].
    fn logits_behind(&self, x: &Tensor) -> Tensor {
        let (n, k) = (x.size()[0], x.size()[1]);
        let layers = self.network.trunk_len() + MaskedConv::LAYERS..self.network.layers.len();
        let x = x.to_kind(Kind::Float).flatten(0, 1);
        let logits = self.network.forward_range(self.parameters, &x, layers, &mut |index, x| {
            match self.masks.of_layer(index) {
                Some(masks) => (x.unflatten(0, [n, k]) * masks).flatten(0, 1), // [n, K, …] ∘ [K, …]
                None => x,
            }
        });
        logits.unflatten(0, [n, k])
    }

    /// The definition: K full passes with the same masks. Slow; [`Sampler::log_probs`] is tested against it.
    pub(crate) fn log_probs_by_loop(&self, inputs: &Tensor) -> Tensor {
        let pass = |k| {
            let mut dropout = |index, x| match self.masks.of_sample(index, k) {
                Some(mask) => x * mask,
                None => x,
            };
            self.network.forward(self.parameters, inputs, &mut dropout).log_softmax(-1, Kind::Float)
        };
        // K × [n, C] → [n, K, C]
        no_grad(|| Tensor::stack(&(0..self.samples()).map(pass).collect::<Vec<_>>(), 1))
    }
}

#[cfg(test)]
mod tests {
    use bal_stream::{Draw, Purpose, Stream};
    use tch::Device;

    use super::*;
    use crate::parameters::sizes;
    use crate::{Layer, NetworkName};

    const DRAW: Draw = Draw { seed: 7, round: 1 };

    fn fresh(name: NetworkName, input_shape: &[usize], classes: usize) -> (Network, Parameters) {
        let network = Network::new(name, input_shape, classes).unwrap();
        let parameters = Parameters::init(&network, DRAW, 0, Device::Cpu);
        (network, parameters)
    }

    fn masks(network: &Network, samples: usize) -> Masks {
        Masks::draw(network, samples, DRAW, Purpose::McDropout, Device::Cpu)
    }

    fn inputs(points: usize, input_shape: &[usize]) -> Tensor {
        let shape = [&[points], input_shape].concat();
        let values = Stream::of_test("test_inputs", 1, 0).uniform_symmetric(shape.iter().product(), 2.0);
        Tensor::from_slice(&values).reshape(sizes(&shape))
    }

    /// In probability.
    fn largest_difference(a: &Tensor, b: &Tensor) -> f64 {
        (a.exp() - b.exp()).abs().max().double_value(&[])
    }

    /// Between the fast way and the loop of full passes.
    fn error_of(name: NetworkName, input_shape: &[usize], samples: usize, precision: Precision) -> f64 {
        let (network, parameters) = fresh(name, input_shape, 10);
        let sampler = Sampler::new(&network, &parameters, masks(&network, samples), precision);
        assert!(sampler.head.is_some(), "every network with dropout has a fast way");
        let inputs = inputs(9, input_shape);
        let (fast, plain) = (sampler.log_probs(&inputs), sampler.log_probs_by_loop(&inputs));
        assert_eq!((fast.size(), fast.kind()), (vec![9, samples as i64, 10], Kind::Float));
        let spread = plain.exp().std_dim(1i64, true, false).max().double_value(&[]);
        assert!(spread > 1e-3, "the samples differ from each other: {spread}");
        largest_difference(&fast, &plain)
    }

    #[test]
    fn fast_samples_equal_the_loop_of_full_passes() {
        for (name, input_shape, samples) in [
            (NetworkName::GalCnn, [1, 28, 28].as_slice(), 13),
            (NetworkName::BatchbaldCnn, &[1, 28, 28], 13),
            (NetworkName::BatchbaldCnn, &[1, 28, 28], 250), // in two tiles
            (NetworkName::BatchbaldCnn, &[3, 20, 17], 5),
            (NetworkName::Mlp, &[2], 50),
        ] {
            let difference = error_of(name, input_shape, samples, Precision::F32);
            assert!(difference <= 1e-5, "{} {input_shape:?}: {difference}", name.name());
        }
    }

    #[test]
    fn samples_may_keep_nothing_or_everything() {
        let (network, parameters) = fresh(NetworkName::Mlp, &[2], 3);
        let inputs = inputs(2, &[2]);
        let hidden = network.layers.iter().rposition(|layer| matches!(layer, Layer::Dropout(_))).unwrap();
        let (p, _) = network.dropout(hidden).unwrap();
        for (samples, none, all) in [
            (4, vec![0], vec![]),
            (4, vec![1, 2], vec![0]),
            (4, vec![3], vec![1]),
            (4, vec![], vec![0, 1, 2, 3]),
            (4, vec![0, 1, 2, 3], vec![]),
            (1, vec![], vec![]),
            (1, vec![0], vec![]),
        ] {
            let masks = masks(&network, samples);
            let mask = |k: &i64| masks.of_layer(hidden).unwrap().get(*k); // a view
            for k in &none {
                drop(mask(k).zero_());
            }
            for k in &all {
                drop(mask(k).fill_(1.0 / (1.0 - p)));
            }
            let sampler = Sampler::new(&network, &parameters, masks, Precision::F32);
            assert_eq!(sampler.head.is_some(), none.len() < samples);
            let (fast, plain) = (sampler.log_probs(&inputs), sampler.log_probs_by_loop(&inputs));
            assert!(fast.allclose(&plain, 1e-5, 1e-6, false), "{none:?} of {samples} keep nothing");
        }
    }

    #[test]
    fn bfloat16_is_near() {
        for name in [NetworkName::GalCnn, NetworkName::BatchbaldCnn] {
            let difference = error_of(name, &[1, 28, 28], 13, Precision::Bf16);
            assert!(difference > 1e-7, "{}: not computed in bfloat16: {difference}", name.name());
            assert!(difference <= 1e-2, "{}: {difference}", name.name());
        }
    }

    #[test]
    fn number_of_threads_changes_no_bit_of_many_tiles() {
        use NetworkName::{BatchbaldCnn, GalCnn};
        use Precision::{Bf16, F32};
        // Convolutions of 20 samples are made of 64 points at a time.
        for (name, precision, samples, points) in
            [(GalCnn, F32, 3, 4 * Sampler::TILE + 7), (GalCnn, Bf16, 3, 600), (BatchbaldCnn, F32, 20, 300)]
        {
            let (network, parameters) = fresh(name, &[1, 28, 28], 10);
            let inputs = inputs(points, &[1, 28, 28]);
            let mut sampler = Sampler::new(&network, &parameters, masks(&network, samples), precision);
            let [one, two, many] = [1, 2, 7].map(|threads| {
                sampler.threads = threads;
                tch::set_num_threads(threads as i32);
                sampler.log_probs(&inputs)
            });
            tch::set_num_threads(1);
            assert!(one.equal(&two) && one.equal(&many), "{} {precision:?}", name.name());
            let plain = sampler.log_probs_by_loop(&inputs.to_kind(precision.kind()));
            let difference = largest_difference(&one, &plain);
            let most = if precision == F32 { 1e-5 } else { 1e-2 };
            assert!(difference <= most, "{}: {difference}", name.name());
        }
    }

    #[test]
    fn without_dropout_there_is_one_sample_of_the_plain_network() {
        let (network, parameters) = fresh(NetworkName::Mlp, &[2], 2);
        let inputs = inputs(2, &[2]);
        let sampler = Sampler::new(&network, &parameters, Masks::deterministic(&network), Precision::F32);
        let logits = no_grad(|| network.forward(&parameters, &inputs, &mut |_, x| x));
        let expected = logits.log_softmax(-1, Kind::Float).unsqueeze(1);
        assert_eq!(sampler.samples(), 1);
        assert!(sampler.log_probs(&inputs).equal(&expected));
    }

    #[test]
    fn a_mask_is_one_sample_for_all_points() {
        let (network, parameters) = fresh(NetworkName::Mlp, &[2], 2);
        let sampler = Sampler::new(&network, &parameters, masks(&network, 5), Precision::F32);
        let log_probs = sampler.log_probs(&inputs(1, &[2]).expand([2, 2], false));
        // Not to the last bit: a product may treat the rows of a tile differently.
        let are_equal = log_probs.get(0).allclose(&log_probs.get(1), 1e-5, 1e-6, false);
        assert!(are_equal, "equal points, equal predictions");
    }
}
