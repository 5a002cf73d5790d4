//! One pass through a network, step by step: the plain definition that everything faster is tested against.
//!
//! The same steps compute G stacked networks of one shape, each on its own inputs. On a GPU a small network
//! is bound by the number of operations that are launched, not by their size, and G of them need about as
//! many launches as one. Every tensor then has a leading axis of networks. Images pass side by side as
//! channels, [n, G·C, H, W], through convolutions in G groups; texts as [n, G·C, T]; vectors as [G, n, D]
//! through batched products.

use std::ops::Range;

use tch::{Tensor, no_grad};

use crate::networks::{Conv, Layer};
use crate::{Network, Operation, Parameters, Precision, Step};

/// How a pass is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Numbers of the products.
    pub precision: Precision,
    /// Batch normalisation by the minibatch, whose mean and variance enter the running ones.
    pub training: bool,
}

impl Mode {
    /// Of a network that is used.
    pub fn evaluation(precision: Precision) -> Self {
        Self { precision, training: false }
    }

    /// Of a network that learns.
    pub fn training(precision: Precision) -> Self {
        Self { precision, training: true }
    }
}

/// What a dropout, by the index of its step, lets through of these activations.
pub type Dropout<'a> = dyn FnMut(usize, Tensor) -> Tensor + 'a;

/// Values of the steps that are computed, by their index, as long as later steps read them.
pub(crate) struct Values(Vec<Option<Tensor>>);

impl Values {
    pub(crate) fn of_input(input: Tensor) -> Self {
        Self(vec![Some(input)])
    }

    /// What step `index` reads, where it and those behind it read nothing else.
    pub(crate) fn of_step(index: usize, x: Tensor) -> Self {
        Self((0..index).map(|_| None).chain([Some(x)]).collect())
    }

    /// The same tensors, to go on from in another way.
    pub(crate) fn shallow_clone(&self) -> Self {
        Self(self.0.iter().map(|value| value.as_ref().map(Tensor::shallow_clone)).collect())
    }

    pub(crate) fn last(&self) -> &Tensor {
        self.0.last().and_then(Option::as_ref).expect("the last value is kept")
    }
}

impl Network {
    /// Logits [n, C] of inputs [n, …], in the numbers of the mode; of stacked networks [G, n, C] of
    /// [G, n, …].
    pub fn forward(
        &self,
        parameters: &Parameters,
        inputs: &Tensor,
        mode: Mode,
        dropout: &mut Dropout,
    ) -> Tensor {
        let mut values = self.input(parameters, inputs, mode.precision);
        self.run(parameters, &mut values, 0..self.steps.len(), mode, dropout);
        values.last().shallow_clone()
    }

    /// Penultimate features f32 [n, D] of inputs [n, …], dropout off: what the last linear layer gets to see.
    pub fn features(&self, parameters: &Parameters, inputs: &Tensor) -> Tensor {
        let mode = Mode::evaluation(Precision::F32);
        let mut values = self.input(parameters, inputs, mode.precision);
        no_grad(|| self.run(parameters, &mut values, 0..self.last_linear(), mode, &mut |_, x| x));
        values.last().flatten(1, -1)
    }

    /// Inputs as the first step takes them.
    pub(crate) fn input(&self, parameters: &Parameters, inputs: &Tensor, precision: Precision) -> Values {
        let x =
            if self.form.words.is_some() { inputs.shallow_clone() } else { inputs.to_kind(precision.kind()) };
        Values::of_input(match parameters.stacked() {
            None => channels_last(&x),
            Some(_) => side_by_side(&x, self.form.shape.len()),
        })
    }

    /// A tensor [G, n, …] of values that step `index` gives, as its layers pass them on.
    pub fn arrange(&self, index: usize, x: &Tensor) -> Tensor {
        side_by_side(x, self.steps[index].shape.len())
    }

    /// Weight and bias of step `index`, which has both, of one network alone.
    pub(crate) fn weight_and_bias<'p>(&self, parameters: &'p Parameters, index: usize) -> [&'p Tensor; 2] {
        [0, 1].map(|tensor: usize| parameters.get(&self.steps[index].parameters[tensor].key))
    }

    /// Computes these steps, given all values before them.
    pub(crate) fn run(
        &self,
        parameters: &Parameters,
        values: &mut Values,
        steps: Range<usize>,
        mode: Mode,
        dropout: &mut Dropout,
    ) {
        for index in steps {
            let step = &self.steps[index];
            let read: Vec<Tensor> = step.reads.iter().map(|&value| self.take(values, index, value)).collect();
            let value = match step.operation {
                Operation::Add => &read[0] + &read[1],
                Operation::Concatenate => Tensor::cat(&read, -1),
                Operation::Layer(Layer::Dropout(_) | Layer::ChannelDropout(_)) => {
                    let [x] = <[Tensor; 1]>::try_from(read).expect("a layer reads one value");
                    dropout(index, x).to_kind(mode.precision.kind()) // masks are f32
                }
                Operation::Layer(layer) => Pass { parameters, step, mode }.layer(layer, &read[0]),
            };
            values.0.push(Some(value));
        }
    }

    /// A value, which is forgotten if step `index` is the last one to read it: memory is for few values.
    fn take(&self, values: &mut Values, index: usize, value: usize) -> Tensor {
        let is_read_later = self.steps[index + 1..].iter().any(|step| step.reads.contains(&value));
        let slot = &mut values.0[value];
        let taken = if is_read_later { slot.as_ref().map(Tensor::shallow_clone) } else { slot.take() };
        taken.expect("a value is there until the last step that reads it")
    }
}

/// A step of a pass.
struct Pass<'a> {
    parameters: &'a Parameters,
    step: &'a Step,
    mode: Mode,
}

impl Pass<'_> {
    /// What a layer that is no dropout makes of x.
    fn layer(&self, layer: Layer, x: &Tensor) -> Tensor {
        match layer {
            Layer::Conv(Conv { stride, padding, .. }) => {
                let (weight, bias) = (self.shared(0), self.has_bias().then(|| self.shared(1)));
                x.conv2d(&weight, bias, stride as i64, padding as i64, 1, self.groups())
            }
            Layer::TimeConv { .. } => {
                let (weight, bias) = (self.shared(0), self.shared(1));
                x.conv1d(&weight, Some(bias), 1, 0, 1, self.groups())
            }
            Layer::Linear { .. } => self.linear(x),
            Layer::Embedding { .. } => self.embedding(x),
            Layer::BatchNorm => self.batch_norm(x),
            Layer::Relu => x.relu(),
            Layer::MaxPool { kernel, stride, padding } => {
                let square = |size: usize| [size as i64, size as i64];
                x.max_pool2d(square(kernel), square(stride), square(padding), [1, 1], false)
            }
            Layer::MeanOverPositions => self.vectors(&x.mean_dim([2i64, 3].as_slice(), false, x.kind())),
            Layer::MaxOverTime => self.vectors(&x.amax(2, false)),
            Layer::Flatten => self.vectors(&x.flatten(2, -1)),
            Layer::Dropout(_) | Layer::ChannelDropout(_) => unreachable!("the caller's"),
        }
    }

    fn linear(&self, x: &Tensor) -> Tensor {
        let (weight, bias) = (self.own(0), self.own(1));
        match self.parameters.stacked() {
            None => x.linear(&weight, Some(&bias)),
            Some(_) => bias.unsqueeze(1).baddbmm(x, &weight.transpose(1, 2), 1.0, 1.0), // [G, n, D]·[G, D, H]
        }
    }

    /// Words [n, T] → vectors [n, D, T]; of G networks [G, n, T] → [n, G·D, T].
    fn embedding(&self, words: &Tensor) -> Tensor {
        let weight = self.own(0);
        let vectors = match self.parameters.stacked() {
            None => Tensor::embedding(&weight, words, 0, false, false),
            Some(networks) => {
                let of_network = |g: i64| Tensor::embedding(&weight.get(g), &words.get(g), 0, false, false);
                Tensor::cat(&(0..networks as i64).map(of_network).collect::<Vec<_>>(), -1)
            }
        };
        vectors.transpose(1, 2) // [n, T, G·D] → [n, G·D, T]
    }

    fn batch_norm(&self, x: &Tensor) -> Tensor {
        // Statistics are f32 whatever the numbers of the pass; running ones change in place.
        let of = |index: usize| {
            let tensor = self.parameters.get(&self.step.parameters[index].key);
            if self.parameters.stacked().is_some() { tensor.flatten(0, 1) } else { tensor.shallow_clone() }
        };
        let [weight, bias, mean, var] = [0, 1, 2, 3].map(of);
        x.batch_norm(Some(weight), Some(bias), Some(mean), Some(var), self.mode.training, 0.1, 1e-5, true)
    }

    /// [n, C, …] → [n, C·…]; of G networks [n, G·C, …] → [G, n, C·…].
    fn vectors(&self, x: &Tensor) -> Tensor {
        match self.parameters.stacked() {
            None => x.flatten(1, -1),
            Some(networks) => x.unflatten(1, [networks as i64, -1]).flatten(2, -1).transpose(0, 1),
        }
    }

    fn groups(&self) -> i64 {
        self.parameters.stacked().unwrap_or(1) as i64
    }

    fn has_bias(&self) -> bool {
        self.step.parameters.len() > 1
    }

    /// Tensor `index` of the step in the numbers of the pass, of G networks [G, …].
    fn own(&self, index: usize) -> Tensor {
        self.parameters.get(&self.step.parameters[index].key).to_kind(self.mode.precision.kind())
    }

    /// Tensor `index` of the step, of G networks one after the other, [G·C, …].
    fn shared(&self, index: usize) -> Tensor {
        let own = self.own(index);
        if self.parameters.stacked().is_some() { own.flatten(0, 1) } else { own }
    }
}

/// [G, n, …] as layers pass it on: images and texts with their channels side by side, [n, G·C, …].
fn side_by_side(x: &Tensor, axes: usize) -> Tensor {
    if axes > 1 { x.transpose(0, 1).flatten(1, 2) } else { x.shallow_clone() }
}

/// Images with channels innermost in memory, other inputs as they are: on a CPU, convolutions and pooling of
/// libtorch are faster then.
fn channels_last(x: &Tensor) -> Tensor {
    let &[_, channels, height, width] = x.size().as_slice() else { return x.shallow_clone() };
    let strides = [channels * height * width, 1, channels * width, channels];
    // The strides are spelt out: with one channel both layouts look alike, and libtorch would take the other.
    x.permute([0, 2, 3, 1]).contiguous().as_strided(x.size(), strides, None)
}
