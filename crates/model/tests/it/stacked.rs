//! Stacked networks compute what each computes alone.

use bal_model::{Mode, Network, Parameters, Precision, Role, to_vec};
use tch::{Tensor, no_grad};

use crate::{POINTS, filled, inputs, networks, shaped};

/// Networks of a stack, G.
const STACKED: usize = 3;

#[test]
fn a_stack_computes_what_its_networks_compute_alone() {
    // More spin on a machine that is busy with other tests.
    tch::set_num_threads(1);
    for network in networks() {
        let members: Vec<Parameters> = (0..STACKED).map(|g| filled(&network, &format!("{g}."))).collect();
        let stack = Parameters::stack(&network, &members);
        assert_eq!(stack.stacked(), Some(STACKED));
        let case = Case { network, members, stack };
        case.compare_evaluation();
        case.compare_training();
    }
}

struct Case {
    network: Network,
    members: Vec<Parameters>,
    stack: Parameters,
}

impl Case {
    fn name(&self) -> &'static str {
        self.network.architecture.name()
    }

    fn inputs(&self, g: usize) -> Tensor {
        inputs(&self.network.form, &format!("inputs{g}"))
    }

    /// Any factors will do as masks [n, …]; these differ by network, dropout, point and unit.
    fn mask(&self, g: usize, index: usize) -> Tensor {
        let shape = [&[POINTS], self.network.dropout(index).unwrap().1.as_slice()].concat();
        let factors = bal_testkit::uniform(&format!("mask{g}.{index}"), shape.iter().product());
        shaped(&factors.into_iter().map(|u| 2.0 * u as f32).collect::<Vec<f32>>(), &shape)
    }

    /// Logits [n, C] of network `g`.
    fn alone(&self, g: usize, mode: Mode) -> Tensor {
        let mut dropout = |index, x| x * self.mask(g, index);
        self.network.forward(&self.members[g], &self.inputs(g), mode, &mut dropout)
    }

    /// Logits [G, n, C] of the stack.
    fn together(&self, mode: Mode) -> Tensor {
        let mut dropout = |index, x| {
            let masks = stacked(|g| self.mask(g, index));
            x * self.network.arrange(index, &masks)
        };
        self.network.forward(&self.stack, &stacked(|g| self.inputs(g)), mode, &mut dropout)
    }

    fn compare(&self, mode: Mode) -> [Tensor; 2] {
        let (alone, together) = (stacked(|g| self.alone(g, mode)), self.together(mode));
        assert_eq!(together.size(), [STACKED as i64, POINTS as i64, crate::CLASSES as i64]);
        let spread = alone.std_dim(0i64, true, false).max().double_value(&[]);
        assert!(spread > 1e-2, "{}: the networks differ from each other: {spread}", self.name());
        assert_near(&together, &alone, 1e-4, &format!("{}, {mode:?}", self.name()));
        [alone, together]
    }

    fn compare_evaluation(&self) {
        let before = self.values_of(&self.stack, Role::Buffer);
        drop(no_grad(|| self.compare(Mode::evaluation(Precision::F32))));
        assert!(before == self.values_of(&self.stack, Role::Buffer), "{}: evaluation learns", self.name());
    }

    fn compare_training(&self) {
        let before = self.values_of(&self.stack, Role::Buffer);
        let [alone, together] = self.compare(Mode::training(Precision::F32));
        for logits in [alone, together] {
            // Any loss in which all logits count, and each in its own way.
            let probe = bal_testkit::symmetric("probe", logits.numel());
            (logits.flatten(0, -1) * Tensor::from_slice(&probe)).sum(tch::Kind::Double).backward();
        }
        for spec in self.network.parameters() {
            let what = format!("{}, `{}`", self.name(), spec.key);
            let of = |parameters: &Parameters| match spec.role {
                Role::Buffer => parameters.get(&spec.key).shallow_clone(),
                Role::Weight | Role::Bias => parameters.get(&spec.key).grad(),
            };
            let (alone, together) = (stacked(|g| of(&self.members[g])), of(&self.stack));
            // A ReLU whose input is almost 0 may take the other side, and deep gradients then differ by 0.4 %.
            assert_near(&together, &alone, if spec.role == Role::Buffer { 1e-5 } else { 2e-2 }, &what);
            if spec.key == "embedding.weight" {
                let learns = together.select(1, 0).any();
                assert!(!bool::try_from(learns).unwrap(), "{what}: padding learns nothing");
            }
        }
        let has_buffers = self.network.architecture.has_batch_norm();
        assert_eq!(before != self.values_of(&self.stack, Role::Buffer), has_buffers, "{}", self.name());
    }

    fn values_of(&self, parameters: &Parameters, role: Role) -> Vec<Vec<f32>> {
        let specs = self.network.parameters().filter(|spec| spec.role == role);
        specs.map(|spec| to_vec(&parameters.get(&spec.key).detach())).collect()
    }
}

fn stacked(of: impl Fn(usize) -> Tensor) -> Tensor {
    Tensor::stack(&(0..STACKED).map(of).collect::<Vec<_>>(), 0)
}

/// ‖found − expected‖ is at most so many parts of ‖expected‖, or so much where that is small.
fn assert_near(found: &Tensor, expected: &Tensor, tolerance: f64, what: &str) {
    let norm = |x: Tensor| x.norm().double_value(&[]);
    let (difference, scale) = (norm(found - expected), norm(expected.detach()));
    assert!(difference <= tolerance * scale.max(1.0), "{what}: {difference} of {scale}");
}

#[test]
fn splitting_a_stack_gives_back_its_networks() {
    for network in networks() {
        let members: Vec<Parameters> = (0..2).map(|g| filled(&network, &format!("{g}."))).collect();
        let stack = Parameters::stack(&network, &members);
        assert!(stack.weights(&network).all(|weight| weight.size()[0] == 2 && weight.requires_grad()));
        for (g, member) in members.iter().enumerate() {
            let back = stack.of_network(&network, g);
            assert_eq!(back.stacked(), None);
            for spec in network.parameters() {
                let what = format!("{}, `{}` of network {g}", network.architecture.name(), spec.key);
                assert!(back.get(&spec.key).equal(member.get(&spec.key)), "{what}");
                assert_eq!(back.get(&spec.key).requires_grad(), spec.role != Role::Buffer, "{what}");
            }
        }
    }
}

#[test]
fn a_network_that_is_taken_out_shares_no_memory_with_the_stack() {
    let [.., network] = networks();
    let one = [filled(&network, "")];
    let stack = Parameters::stack(&network, &one);
    assert_eq!(stack.stacked(), None, "one network has no axis of networks");
    let copy = stack.of_network(&network, 0);
    let key = "dense1.bias";
    no_grad(|| drop(stack.get(key).shallow_clone().fill_(7.0)));
    assert!(copy.get(key).equal(one[0].get(key)), "what is learnt later changes no copy");
}
