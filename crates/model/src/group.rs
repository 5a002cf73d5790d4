//! G networks of one shape computed as one, each on its own inputs.
//!
//! On a GPU a small network is bound by the number of operations that are launched, not by their size. G
//! stacked networks need about as many launches as one. Every weight has a leading axis of networks. Images
//! pass side by side as channels, [n, G·C, H, W], through convolutions in G groups. Vectors pass as [G, n, D]
//! through batched products.

use tch::{Tensor, nn};

use crate::{Layer, Network, Parameters};

/// Parameters of G networks of one shape, each tensor [G, …].
#[derive(Debug)]
pub struct GroupParameters {
    stacked: Parameters,
    members: usize,
}

impl GroupParameters {
    /// Copies the parameters of G ≥ 1 equally shaped networks, on the device of the first, into one store.
    ///
    /// # Panics
    /// If there are none or their shapes differ, which is a mistake of the caller.
    pub fn stack(members: &[Parameters]) -> Self {
        let device = members[0].store().device();
        let stacked = members[0].tensors().map(|(key, _)| {
            let all: Vec<Tensor> = members.iter().map(|member| member.get(key).detach()).collect();
            (key.to_owned(), Tensor::stack(&all, 0))
        });
        Self { stacked: Parameters::from_tensors(stacked, device), members: members.len() }
    }

    /// The parameters of each network by itself, in the order in which they were stacked.
    pub fn split(&self) -> Vec<Parameters> {
        let device = self.stacked.store().device();
        let member = |g| {
            let own = self.stacked.tensors().map(|(key, tensor)| (key.to_owned(), tensor.detach().get(g)));
            Parameters::from_tensors(own, device)
        };
        (0..self.members as i64).map(member).collect()
    }

    /// The variables, for an optimiser.
    pub fn store(&self) -> &nn::VarStore {
        self.stacked.store()
    }

    /// The weights [G, …] without the biases: what decays.
    pub fn weights(&self) -> impl Iterator<Item = &Tensor> {
        self.stacked.tensors().filter(|(key, _)| key.ends_with(".weight")).map(|(_, tensor)| tensor)
    }
}

impl Network {
    /// Logits [G, n, C] of inputs [G, n, …], in the kind of number that the inputs have.
    ///
    /// `masks` gives the masks of a dropout layer, [G, n, …shape of one mask].
    pub fn forward_group(
        &self,
        parameters: &GroupParameters,
        inputs: &Tensor,
        masks: &mut dyn FnMut(usize) -> Tensor,
    ) -> Tensor {
        let groups = parameters.members as i64;
        let of_layer = |index| self.weight_and_bias(&parameters.stacked, index);
        let mut x = self.arrange(0, inputs);
        let kind = x.kind();
        for (index, layer) in self.layers.iter().enumerate() {
            x = match layer {
                Layer::Conv { .. } => {
                    let (weight, bias) = of_layer(index);
                    // [G·C', C, k, k], [G·C']
                    let (weight, bias) = (weight.flatten(0, 1), bias.flatten(0, 1));
                    x.conv2d(&weight.to_kind(kind), Some(&bias.to_kind(kind)), 1, 0, 1, groups)
                }
                Layer::Linear { .. } => {
                    let (weight, bias) = of_layer(index);
                    let (weight, bias) = (weight.to_kind(kind), bias.to_kind(kind));
                    bias.unsqueeze(1).baddbmm(&x, &weight.transpose(1, 2), 1.0, 1.0) // [G, n, D]·[G, D, H]
                }
                Layer::Relu => x.relu(),
                Layer::MaxPool => x.max_pool2d_default(2),
                Layer::Dropout(_) | Layer::ChannelDropout(_) => {
                    (x * self.arrange(index, &masks(index))).to_kind(kind) // masks are f32
                }
                // [n, G·C, H, W] → [G, n, C·H·W]
                Layer::Flatten => x.unflatten(1, [groups, -1]).flatten(2, -1).transpose(0, 1),
            };
        }
        x
    }

    /// [G, n, …] as the layer at `index` takes it: images with their channels side by side.
    fn arrange(&self, index: usize, x: &Tensor) -> Tensor {
        match self.shapes[index].len() {
            3 => x.transpose(0, 1).flatten(1, 2), // [G, n, C, H, W] → [n, G·C, H, W]
            _ => x.shallow_clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use bal_stream::{Draw, Stream};
    use tch::{Device, Kind, no_grad};

    use super::*;
    use crate::NetworkName;
    use crate::parameters::sizes;

    const MEMBERS: usize = 3;
    const POINTS: usize = 5;

    fn draws(shape: &[usize], purpose: &'static str, member: usize) -> Tensor {
        let mut stream = Stream::of_test(purpose, 0, member as u64);
        Tensor::from_slice(&stream.uniform_symmetric(shape.iter().product(), 2.0)).reshape(sizes(shape))
    }

    #[test]
    fn a_stack_computes_what_its_networks_compute_alone() {
        // More spin on a machine that is busy with other tests.
        tch::set_num_threads(1);
        for (name, input_shape) in [
            (NetworkName::GalCnn, [1, 14, 14].as_slice()),
            (NetworkName::GalCnn, &[3, 17, 14]),
            (NetworkName::BatchbaldCnn, &[1, 20, 18]),
            (NetworkName::Mlp, &[2]),
        ] {
            let network = Network::new(name, input_shape, 4).unwrap();
            let init = |g| Parameters::init(&network, Draw { seed: g as u64, round: 0 }, 0, Device::Cpu);
            let members: Vec<Parameters> = (0..MEMBERS).map(init).collect();
            let of_points = |shape: &[usize]| [&[POINTS], shape].concat();
            let input = |g| draws(&of_points(input_shape), "test_inputs", g);
            // Any factors will do as masks; these differ by network, layer, point and unit.
            let mask = |g: usize, index: usize| {
                let (_, shape) = network.dropout(index).unwrap();
                draws(&of_points(&shape), "test_masks", 100 * index + g)
            };
            let alone: Vec<Tensor> = (0..MEMBERS)
                .map(|g| network.forward(&members[g], &input(g), &mut |index, x| x * mask(g, index)))
                .collect();
            let together = no_grad(|| {
                let stack = |of: &dyn Fn(usize) -> Tensor| {
                    Tensor::stack(&(0..MEMBERS).map(of).collect::<Vec<_>>(), 0)
                };
                let inputs = stack(&input);
                let group = GroupParameters::stack(&members);
                network.forward_group(&group, &inputs, &mut |index| stack(&|g| mask(g, index)))
            });
            assert_eq!(together.size(), [MEMBERS as i64, POINTS as i64, 4]);
            let alone = Tensor::stack(&alone, 0).detach();
            let spread = alone.std_dim(0i64, true, false).max().double_value(&[]);
            assert!(spread > 1e-2, "the networks differ from each other: {spread}");
            let difference = (together - alone).abs().max().double_value(&[]);
            assert!(difference <= 1e-5, "{} {input_shape:?}: {difference}", name.name());
        }
    }

    #[test]
    fn splitting_a_stack_gives_back_its_networks() {
        let network = Network::new(NetworkName::GalCnn, &[1, 14, 14], 4).unwrap();
        let init = |seed| Parameters::init(&network, Draw { seed, round: 0 }, 0, Device::Cpu);
        let members = [init(0), init(1)];
        let group = GroupParameters::stack(&members);
        let shapes: Vec<_> = group.weights().map(Tensor::size).collect();
        assert_eq!(shapes, [vec![2, 32, 1, 4, 4], vec![2, 32, 32, 4, 4], vec![2, 128, 512], vec![2, 4, 128]]);
        assert!(group.weights().all(|weight| weight.kind() == Kind::Float && weight.requires_grad()));
        for (member, back) in members.iter().zip(group.split()) {
            assert_eq!(member.to_weights(&network), back.to_weights(&network));
        }
    }
}
