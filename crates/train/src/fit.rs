//! Fits one network on the labelled points.

use bal_cli::check_interrupt;
use bal_model::{BIASES, Network, Parameters, WEIGHTS};
use bal_stream::{Stream, member};
use tch::nn::OptimizerConfig as _;
use tch::{Device, Kind, Tensor, nn};

use crate::{Config, Error, Optimizer};

/// The labelled points, resident on the device.
pub(crate) struct Labelled {
    /// f32 [N, …].
    pub(crate) inputs: Tensor,
    /// i64 [N].
    pub(crate) labels: Tensor,
}

/// Mean training loss (without the penalty) and accuracy of one epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch {
    pub(crate) loss: f64,
    pub(crate) accuracy: f64,
}

/// Trains from scratch with weight decay `lambda`. Every draw comes from a stream of (seed, round), so that two fits
/// with the same arguments are equal to the last bit.
pub(crate) fn fit(
    network: &Network,
    config: &Config,
    labelled: &Labelled,
    lambda: f64,
    seed: u64,
    round: u64,
    device: Device,
) -> Result<(Parameters, Vec<Epoch>), Error> {
    let parameters = Parameters::init(network, seed, round, 0, device);
    let Optimizer::Adam { learning_rate } = config.optimizer;
    let mut optimizer = nn::Adam::default()
        .build(parameters.store(), learning_rate)
        .expect("Adam accepts every checked configuration");
    optimizer.set_weight_decay_group(WEIGHTS, lambda);
    optimizer.set_weight_decay_group(BIASES, 0.0);

    let n = labelled.labels.size()[0] as usize;
    let mut order: Vec<i64> = (0..n as i64).collect();
    let mut epochs = Vec::with_capacity(config.epochs);
    let mut step = 0;
    for epoch in 0..config.epochs {
        check_interrupt()?;
        Stream::new(seed, "minibatch_order", round, epoch as u64).shuffle(&mut order);
        let order = Tensor::from_slice(&order).to_device(device);
        // Sums stay on the device until the epoch is over: no host synchronisation per step.
        let mut loss_sum = Tensor::zeros([], (Kind::Double, device));
        let mut correct = Tensor::zeros([], (Kind::Int64, device));
        for start in (0..n).step_by(config.batch_size) {
            let size = config.batch_size.min(n - start) as i64;
            let rows = order.narrow(0, start as i64, size);
            let (x, y) = (labelled.inputs.index_select(0, &rows), labelled.labels.index_select(0, &rows));
            let logits = network.forward(&parameters, &x, &mut |layer, x| {
                let mut stream = Stream::new(seed, "training_dropout", round, member(step, layer));
                apply_dropout(network, layer, x, &mut stream)
            });
            let loss = logits.cross_entropy_for_logits(&y);
            optimizer.backward_step(&loss);
            loss_sum += loss.detach().to_kind(Kind::Double) * size as f64;
            correct += logits.detach().argmax(1, false).eq_tensor(&y).sum(Kind::Int64);
            step += 1;
        }
        let loss = loss_sum.double_value(&[]) / n as f64;
        if !loss.is_finite() {
            return Err(Error::Diverged { epoch, loss });
        }
        epochs.push(Epoch { loss, accuracy: correct.int64_value(&[]) as f64 / n as f64 });
    }
    Ok((parameters, epochs))
}

/// A fresh mask for every point of the minibatch, drawn on the host: equal on CPU and GPU.
fn apply_dropout(network: &Network, layer: usize, x: Tensor, stream: &mut Stream) -> Tensor {
    let bal_model::Layer::Dropout(p) = network.layers[layer] else { return x };
    let mask = stream.dropout_mask(x.numel(), p);
    let mask = Tensor::from_slice(&mask).reshape(x.size()).to_device(x.device());
    x * mask
}
