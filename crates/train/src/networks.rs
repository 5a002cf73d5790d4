//! The networks of a fit: one alone, or several of one shape stacked and computed as one.
//!
//! The loss of a stack is the sum of its networks' losses, so no gradient of one knows of another.
//! What differs from a network alone is the order in which products add up.

use bal_model::{BIASES, GroupParameters, Network, Parameters, WEIGHTS};
use tch::nn::{self, OptimizerConfig as _};
use tch::{Device, Kind, Reduction, Tensor, no_grad};

use crate::job::Job;
use crate::{Config, Optimizer};

/// G networks in training.
pub(crate) enum Networks {
    /// G = 1.
    Alone(Parameters),
    /// With the weight decays λ of all, [G].
    Stacked(GroupParameters, Tensor),
}

impl Networks {
    /// Fresh networks, and the optimiser of them all.
    pub(crate) fn initial(
        network: &Network,
        config: &Config,
        jobs: &[Job],
        device: Device,
    ) -> (Self, nn::Optimizer) {
        let mut all: Vec<Parameters> = jobs.iter().map(|job| job.initial(network, device)).collect();
        if let [job] = jobs {
            let parameters = all.remove(0);
            let mut optimizer = build(config.optimizer, parameters.store());
            optimizer.set_weight_decay_group(WEIGHTS, job.lambda);
            optimizer.set_weight_decay_group(BIASES, 0.0);
            return (Self::Alone(parameters), optimizer);
        }
        let lambdas: Vec<f32> = jobs.iter().map(|job| job.lambda as f32).collect();
        let parameters = GroupParameters::stack(&all);
        let optimizer = build(config.optimizer, parameters.store());
        (Self::Stacked(parameters, Tensor::from_slice(&lambdas).to_device(device)), optimizer)
    }

    /// Logits f32 [G, B, C] of inputs [G, B, …]. `masks` gives those of a dropout layer, [G, B, …].
    pub(crate) fn logits(
        &self,
        network: &Network,
        inputs: &Tensor,
        masks: &mut dyn FnMut(usize) -> Tensor,
    ) -> Tensor {
        let logits = match self {
            Self::Alone(parameters) => {
                let mut dropout = |layer, x| x * masks(layer).squeeze_dim(0);
                network.forward(parameters, &inputs.squeeze_dim(0), &mut dropout).unsqueeze(0)
            }
            Self::Stacked(parameters, _) => network.forward_group(parameters, inputs, masks),
        };
        logits.to_kind(Kind::Float)
    }

    /// Mean cross-entropy of each network's minibatch, [G], of logits [G, B, C] and labels [G, B].
    pub(crate) fn losses(&self, logits: &Tensor, labels: &Tensor) -> Tensor {
        let (logits, flat) = (logits.flatten(0, 1), labels.flatten(0, 1)); // [G·B, C], [G·B]
        match self {
            Self::Alone(_) => logits.cross_entropy_for_logits(&flat).unsqueeze(0),
            Self::Stacked(..) => {
                let each = logits.cross_entropy_loss::<Tensor>(&flat, None, Reduction::None, -100, 0.0);
                each.view_as(labels).mean_dim(1i64, false, Kind::Float)
            }
        }
    }

    /// The weight decay of a stack, before a step: an optimiser takes one λ for a tensor, and here each
    /// network has its own.
    pub(crate) fn decay(&self, optimizer: Optimizer) {
        let Self::Stacked(parameters, lambdas) = self else { return };
        no_grad(|| {
            for mut weight in parameters.weights().map(Tensor::shallow_clone) {
                let mut shape = vec![1; weight.dim()];
                shape[0] = -1;
                let lambdas = lambdas.view(shape.as_slice()); // [G, 1, …]
                match optimizer {
                    // The gradient of ½·Σ_g λ_g·‖w_g‖².
                    Optimizer::Adam { .. } | Optimizer::Sgd { .. } => {
                        let _ = weight.grad().addcmul_(&weight, &lambdas);
                    }
                    Optimizer::Adamw { learning_rate } => weight *= lambdas * -learning_rate + 1.0,
                }
            }
        });
    }

    pub(crate) fn into_parameters(self) -> Vec<Parameters> {
        match self {
            Self::Alone(parameters) => vec![parameters],
            Self::Stacked(parameters, _) => parameters.split(),
        }
    }
}

/// Without weight decay, which is each network's own.
fn build(optimizer: Optimizer, store: &nn::VarStore) -> nn::Optimizer {
    let built = match optimizer {
        Optimizer::Adam { learning_rate } => nn::Adam::default().build(store, learning_rate),
        Optimizer::Adamw { learning_rate } => {
            nn::AdamW { wd: 0.0, ..nn::AdamW::default() }.build(store, learning_rate)
        }
        Optimizer::Sgd { learning_rate, momentum } => {
            nn::Sgd { momentum, ..nn::Sgd::default() }.build(store, learning_rate)
        }
    };
    built.expect("optimisers take checked settings")
}
