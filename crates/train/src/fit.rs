//! Fits networks on labelled points: one alone, or several of one shape as one ([`fit_group`]).

use bal_artifact::tables::Epoch;
use bal_cli::check_interrupt;
use bal_model::{BIASES, Network, Parameters, WEIGHTS};
use bal_stream::{Purpose, member};
use tch::nn::OptimizerConfig as _;
use tch::{Device, Kind, Tensor, nn};

use crate::fit_group::fit_group;
use crate::{Config, Error, Files, Optimizer};

/// The labelled points, resident on the device.
pub(crate) struct Labelled {
    /// In the precision of the fit, [N, …].
    pub(crate) inputs: Tensor,
    /// i64 [N].
    pub(crate) labels: Tensor,
}

impl Labelled {
    /// Number of points.
    pub(crate) fn len(&self) -> usize {
        self.labels.size()[0] as usize
    }
}

/// One network to fit: labelled points, weight decay, and the run whose streams it draws from.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
    pub(crate) run: &'a Files,
    pub(crate) labelled: &'a Labelled,
    pub(crate) lambda: f64,
}

/// A finished fit.
pub(crate) struct Fitted {
    pub(crate) parameters: Parameters,
    pub(crate) epochs: Vec<Epoch>,
}

/// Every random draw of a fit. All come from streams of (seed, round), so that a fit sees the same whoever else is fitted.
impl Job<'_> {
    /// Weights and biases before the first step.
    pub(crate) fn initial(&self, network: &Network, device: Device) -> Parameters {
        Parameters::init(network, self.run.place.draw(), 0, device)
    }

    /// Puts the points into the order of an epoch, given that of the epoch before.
    pub(crate) fn shuffle(&self, epoch: usize, order: &mut [i64]) {
        self.run.place.draw().stream(Purpose::MinibatchOrder, epoch as u64).shuffle(order);
    }

    /// A fresh mask for each of `points` points, drawn on the host: equal on CPU and GPU. `units` is the size of one mask.
    pub(crate) fn masks(&self, step: usize, layer: usize, points: usize, units: usize, p: f64) -> Vec<f32> {
        let key = member(step, layer);
        self.run.place.draw().stream(Purpose::TrainingDropout, key).dropout_mask(points * units, p)
    }
}

/// Trains every job from scratch, one alone or all of them as one. All have equally many labelled points.
///
/// On a CPU two calls with the same jobs are equal to the last bit. On a GPU they share their draws, not
/// their last bits. A job alone and in a group agree within float tolerance.
pub(crate) fn fit(
    network: &Network,
    config: &Config,
    jobs: &[Job],
    device: Device,
) -> Result<Vec<Fitted>, Error> {
    match jobs {
        [job] => Ok(vec![fit_alone(network, config, job, device).map_err(|error| error.of(job.run))?]),
        _ => fit_group(network, config, jobs, device),
    }
}

/// Trains one network from scratch.
pub(crate) fn fit_alone(
    network: &Network,
    config: &Config,
    job: &Job,
    device: Device,
) -> Result<Fitted, Error> {
    let parameters = job.initial(network, device);
    let mut optimizer = adam(config, parameters.store());
    optimizer.set_weight_decay_group(WEIGHTS, job.lambda);
    optimizer.set_weight_decay_group(BIASES, 0.0);

    let labelled = job.labelled;
    let n = labelled.len();
    let mut order: Vec<i64> = (0..n as i64).collect();
    let mut epochs = Vec::with_capacity(config.epochs);
    let mut step = 0;
    for epoch in 0..config.epochs {
        check_interrupt()?;
        job.shuffle(epoch, &mut order);
        let order = Tensor::from_slice(&order).to_device(device);
        // Sums stay on the device until the epoch is over: no host synchronisation per step.
        let mut loss_sum = Tensor::zeros([], (Kind::Double, device));
        let mut correct = Tensor::zeros([], (Kind::Int64, device));
        for start in (0..n).step_by(config.batch_size) {
            let size = config.batch_size.min(n - start) as i64;
            let rows = order.narrow(0, start as i64, size);
            let (x, y) = (labelled.inputs.index_select(0, &rows), labelled.labels.index_select(0, &rows));
            let logits = network.forward(&parameters, &x, &mut |layer, x| {
                let Some((p, shape)) = network.dropout(layer) else { return x };
                let masks = job.masks(step, layer, size as usize, shape.iter().product(), p);
                x * Tensor::from_slice(&masks).view(sizes(&[size], &shape).as_slice()).to_device(device)
            });
            let logits = logits.to_kind(Kind::Float);
            let loss = logits.cross_entropy_for_logits(&y);
            optimizer.backward_step(&loss);
            loss_sum += loss.detach().to_kind(Kind::Double) * size as f64;
            correct += logits.detach().argmax(1, false).eq_tensor(&y).sum(Kind::Int64);
            step += 1;
        }
        epochs.push(mean_over(epoch, n, loss_sum.double_value(&[]), correct.int64_value(&[]))?);
    }
    Ok(Fitted { parameters, epochs })
}

/// What an epoch came to, from sums over its N points.
pub(crate) fn mean_over(epoch: usize, n: usize, loss_sum: f64, correct: i64) -> Result<Epoch, Error> {
    let loss = loss_sum / n as f64;
    if loss.is_finite() {
        Ok(Epoch { loss, accuracy: correct as f64 / n as f64 })
    } else {
        Err(Error::Diverged { epoch, loss })
    }
}

/// The optimiser, without weight decay so far.
pub(crate) fn adam(config: &Config, store: &nn::VarStore) -> nn::Optimizer {
    let Optimizer::Adam { learning_rate } = config.optimizer;
    nn::Adam::default().build(store, learning_rate).expect("Adam accepts every checked configuration")
}

/// These leading axes, then the shape of one mask.
pub(crate) fn sizes(leading: &[i64], shape: &[usize]) -> Vec<i64> {
    leading.iter().copied().chain(shape.iter().map(|&size| size as i64)).collect()
}
