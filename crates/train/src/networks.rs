//! The networks of a fit: one alone, or several of one shape stacked and computed as one.
//!
//! The loss of a stack is the sum of its networks' losses, so no gradient of one knows of another.
//! What differs from a network alone is the order in which products add up.

use bal_model::{Dropout, Mode, Network, Parameters, Precision};
use tch::nn::{self, OptimizerConfig as _};
use tch::{Device, Kind, Reduction, Tensor, no_grad};

use crate::job::Job;
use crate::{Config, Optimizer};

/// G networks in training, and the optimiser of them all.
pub(crate) struct Networks<'a> {
    network: &'a Network,
    precision: Precision,
    parameters: Parameters,
    optimizer: nn::Optimizer,
    method: Optimizer,
    /// The weight decay λ of each, [G]; nothing if none decays.
    lambdas: Option<Tensor>,
    /// What a point of each class counts in each, [G, C]; nothing if all points count the same.
    class_weights: Option<Tensor>,
}

impl<'a> Networks<'a> {
    /// Fresh networks.
    pub(crate) fn initial(network: &'a Network, config: &Config, jobs: &[Job], device: Device) -> Self {
        let all: Vec<Parameters> = jobs.iter().map(|job| job.initial(network, device)).collect();
        let parameters = Parameters::stack(network, &all);
        let lambdas: Vec<f32> = jobs.iter().map(|job| job.lambda as f32).collect();
        let decays = lambdas.iter().any(|&lambda| lambda > 0.0);
        let weights: Option<Vec<&Tensor>> = jobs.iter().map(|job| job.class_weights).collect();
        Self {
            network,
            precision: config.precision,
            optimizer: build(config.optimizer, parameters.store()),
            parameters,
            method: config.optimizer,
            lambdas: decays.then(|| Tensor::from_slice(&lambdas).to_device(device)),
            class_weights: weights.map(|weights| Tensor::stack(&weights, 0).to_device(device)),
        }
    }

    /// One step on inputs [G, B, …] and labels [G, B]; the mean loss of each network, [G], and how many
    /// points it got right, i64 [G]. `masks` gives those of a dropout, [G, B, …].
    pub(crate) fn step(
        &mut self,
        inputs: &Tensor,
        labels: &Tensor,
        masks: &mut dyn FnMut(usize) -> Tensor,
    ) -> [Tensor; 2] {
        let logits = self.logits(inputs, masks); // [G, B, C]
        let losses = self.losses(&logits, labels);
        self.optimizer.zero_grad();
        losses.sum(Kind::Float).backward();
        self.decay();
        self.optimizer.step();
        let hits = logits.detach().argmax(-1, false).eq_tensor(labels);
        [losses.detach(), hits.sum_dim_intlist(1i64, false, Kind::Int64)]
    }

    fn logits(&self, inputs: &Tensor, masks: &mut dyn FnMut(usize) -> Tensor) -> Tensor {
        let mode = Mode::training(self.precision);
        let logits = if self.parameters.stacked().is_some() {
            let dropout: &mut Dropout = &mut |step, x| x * self.network.arrange(step, &masks(step));
            self.network.forward(&self.parameters, inputs, mode, dropout)
        } else {
            let dropout: &mut Dropout = &mut |step, x| x * masks(step).squeeze_dim(0);
            self.network.forward(&self.parameters, &inputs.squeeze_dim(0), mode, dropout).unsqueeze(0)
        };
        logits.to_kind(Kind::Float)
    }

    /// Mean cross-entropy of each network's minibatch, [G]: Σ w·loss / Σ w over its points.
    fn losses(&self, logits: &Tensor, labels: &Tensor) -> Tensor {
        let (flat_logits, flat_labels) = (logits.flatten(0, 1), labels.flatten(0, 1)); // [G·B, C], [G·B]
        let each = flat_logits.cross_entropy_loss::<Tensor>(&flat_labels, None, Reduction::None, -100, 0.0);
        let each = each.view_as(labels); // [G, B]
        match &self.class_weights {
            None => each.mean_dim(1i64, false, Kind::Float),
            Some(weights) => {
                let weights = weights.gather(1, labels, false); // [G, B]
                let sums = weights.sum_dim_intlist(1i64, false, Kind::Float);
                (each * weights).sum_dim_intlist(1i64, false, Kind::Float) / sums
            }
        }
    }

    /// Weight decay before a step: an optimiser takes one λ for a tensor, and here each network has its own.
    fn decay(&self) {
        let Some(lambdas) = &self.lambdas else { return };
        no_grad(|| {
            for mut weight in self.parameters.weights(self.network).map(Tensor::shallow_clone) {
                let mut shape = vec![1; weight.dim()];
                if self.parameters.stacked().is_some() {
                    shape[0] = -1;
                }
                let lambdas = lambdas.view(shape.as_slice()); // [G, 1, …]
                match self.method {
                    // The gradient of ½·Σ_g λ_g·‖w_g‖².
                    Optimizer::Adam { .. } | Optimizer::Sgd { .. } => {
                        let _ = weight.grad().addcmul_(&weight, &lambdas);
                    }
                    Optimizer::Adamw { learning_rate } => weight *= lambdas * -learning_rate + 1.0,
                }
            }
        });
    }

    /// A copy of network `g`.
    pub(crate) fn copy(&self, g: usize) -> Parameters {
        self.parameters.of_network(self.network, g)
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
