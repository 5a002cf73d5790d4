//! Fits several networks of one shape as one: stacked weights, one pass forward and back, one step of the optimiser for all.
//!
//! The loss is the sum of the runs' own losses, so no gradient of one run knows of another. Each run keeps its initial weights,
//! minibatch order, masks and weight decay; what differs from a fit alone is the order in which products add up.

use bal_artifact::tables::Epoch;
use bal_cli::check_interrupt;
use bal_model::{GroupParameters, Network, Parameters};
use tch::{Device, Kind, Reduction, Tensor, no_grad};

use crate::fit::{Fitted, Job, adam, mean_over, sizes};
use crate::{Config, Error};

/// Trains G networks with equally many labelled points.
pub(crate) fn fit_group(
    network: &Network,
    config: &Config,
    jobs: &[Job],
    device: Device,
) -> Result<Vec<Fitted>, Error> {
    let initial: Vec<Parameters> = jobs.iter().map(|job| job.initial(network, device)).collect();
    let parameters = GroupParameters::stack(&initial);
    let mut optimizer = adam(config, parameters.store());
    let penalty = Penalty::new(&parameters, jobs, device);

    let (g, n) = (jobs.len() as i64, jobs[0].labelled.len());
    let points = Points::new(jobs, n);
    let mut orders: Vec<Vec<i64>> = vec![(0..n as i64).collect(); jobs.len()];
    let mut epochs: Vec<Vec<Epoch>> = vec![Vec::with_capacity(config.epochs); jobs.len()];
    let mut step = 0;
    for epoch in 0..config.epochs {
        check_interrupt()?;
        for (job, order) in jobs.iter().zip(&mut orders) {
            job.shuffle(epoch, order);
        }
        let rows = points.rows(&orders, device); // [G, N]
        // Sums stay on the device until the epoch is over: no host synchronisation per step.
        let mut loss_sum = Tensor::zeros([g], (Kind::Double, device));
        let mut correct = Tensor::zeros([g], (Kind::Int64, device));
        for start in (0..n).step_by(config.batch_size) {
            let size = config.batch_size.min(n - start) as i64;
            let (x, y) = points.gather(&rows.narrow(1, start as i64, size)); // [G, B, …], [G, B]
            let logits = network.forward_group(&parameters, &x, &mut |layer| {
                masks(network, jobs, step, layer, size).to_device(device)
            }); // [G, B, C]
            let logits = logits.to_kind(Kind::Float);
            let losses = losses(&logits, &y); // [G]
            optimizer.zero_grad();
            losses.sum(Kind::Float).backward();
            penalty.add_gradient();
            optimizer.step();
            loss_sum += losses.detach().to_kind(Kind::Double) * size as f64;
            correct +=
                logits.detach().argmax(-1, false).eq_tensor(&y).sum_dim_intlist(1i64, false, Kind::Int64);
            step += 1;
        }
        for (run, (job, epochs)) in jobs.iter().zip(&mut epochs).enumerate() {
            let (loss, correct) = (loss_sum.double_value(&[run as i64]), correct.int64_value(&[run as i64]));
            epochs.push(mean_over(epoch, n, loss, correct).map_err(|error| error.of(job.run))?);
        }
    }
    let fitted = parameters.split().into_iter().zip(epochs);
    Ok(fitted.map(|(parameters, epochs)| Fitted { parameters, epochs }).collect())
}

/// Mean cross-entropy of each run's minibatch, [G], of logits [G, B, C] and labels [G, B].
fn losses(logits: &Tensor, labels: &Tensor) -> Tensor {
    let (logits, flat) = (logits.flatten(0, 1), labels.flatten(0, 1)); // [G·B, C], [G·B]
    let each = logits.cross_entropy_loss::<Tensor>(&flat, None, Reduction::None, -100, 0.0);
    each.view_as(labels).mean_dim(1i64, false, Kind::Float)
}

/// The masks of one layer in one step, [G, B, …]: each run's own.
fn masks(network: &Network, jobs: &[Job], step: usize, layer: usize, points: i64) -> Tensor {
    let (p, shape) = network.dropout(layer).expect("only dropout layers ask for masks");
    let units = shape.iter().product();
    let drawn: Vec<f32> =
        jobs.iter().flat_map(|job| job.masks(step, layer, points as usize, units, p)).collect();
    Tensor::from_slice(&drawn).view(sizes(&[jobs.len() as i64, points], &shape).as_slice())
}

/// The labelled points of all runs, one run after the other.
struct Points {
    /// In the precision of the fit, [G·N, …].
    inputs: Tensor,
    /// i64 [G·N].
    labels: Tensor,
    /// Points N of each run.
    n: usize,
}

impl Points {
    fn new(jobs: &[Job], n: usize) -> Self {
        let of_runs = |part: fn(&Job) -> Tensor| Tensor::cat(&jobs.iter().map(part).collect::<Vec<_>>(), 0);
        let inputs = of_runs(|job| job.labelled.inputs.shallow_clone());
        Self { inputs, labels: of_runs(|job| job.labelled.labels.shallow_clone()), n }
    }

    /// Rows of `inputs` in the order of the epoch, i64 [G, N].
    fn rows(&self, orders: &[Vec<i64>], device: Device) -> Tensor {
        let rows = orders.iter().enumerate();
        let rows = rows.flat_map(|(g, order)| order.iter().map(move |at| (g * self.n) as i64 + at));
        Tensor::from_slice(&rows.collect::<Vec<_>>()).view([orders.len() as i64, -1]).to_device(device)
    }

    /// Inputs [G, B, …] and labels [G, B] of rows [G, B].
    fn gather(&self, rows: &Tensor) -> (Tensor, Tensor) {
        let (shape, rows) = (rows.size(), rows.flatten(0, 1));
        let inputs = self.inputs.index_select(0, &rows).unflatten(0, shape.as_slice());
        (inputs, self.labels.index_select(0, &rows).view(shape.as_slice()))
    }
}

/// Weight decay with a λ for each run. Adam takes one λ for a tensor and adds λ·w to its gradient; here it is added by hand.
struct Penalty<'a> {
    /// Weights [G, …] with their λ as [G, 1, …].
    weights: Vec<(&'a Tensor, Tensor)>,
}

impl<'a> Penalty<'a> {
    fn new(parameters: &'a GroupParameters, jobs: &[Job], device: Device) -> Self {
        let lambdas: Vec<f32> = jobs.iter().map(|job| job.lambda as f32).collect();
        let lambdas = Tensor::from_slice(&lambdas).to_device(device);
        let with_lambda = |weight: &'a Tensor| {
            let mut shape = vec![1; weight.dim()];
            shape[0] = jobs.len() as i64;
            (weight, lambdas.view(shape.as_slice()))
        };
        Self { weights: parameters.weights().map(with_lambda).collect() }
    }

    /// The gradient of ½·Σ_g λ_g·‖w_g‖².
    fn add_gradient(&self) {
        no_grad(|| {
            for (weight, lambda) in &self.weights {
                let _ = weight.grad().addcmul_(weight, lambda);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use bal_model::{NetworkName, Parameters, Precision, to_vec};
    use bal_stream::Stream;

    use super::*;
    use crate::fit::{Labelled, fit, fit_alone};
    use crate::{Evaluate, Files, Optimizer, WeightDecay};

    const POINTS: usize = 22;
    const CLASSES: usize = 3;

    /// More threads than one spin on a machine that is busy with other tests.
    fn one_thread() {
        tch::set_num_threads(1);
    }

    fn run(seed: u64) -> Files {
        let nowhere = || std::path::PathBuf::from("none");
        let (data, label, validation) = (nowhere(), nowhere(), nowhere());
        let place = bal_artifact::Place::new(format!("seed-{seed}").into(), None, seed, 2);
        Files { data, label, validation, first_round: None, place }
    }

    fn labelled(shape: &[usize], seed: u64) -> Labelled {
        let mut stream = Stream::of_test("test_points", seed, 0);
        let inputs = stream.uniform_symmetric(POINTS * shape.iter().product::<usize>(), 1.0);
        let labels: Vec<i64> = stream.uniform(POINTS).iter().map(|u| (u * CLASSES as f64) as i64).collect();
        let inputs = Tensor::from_slice(&inputs).view(sizes(&[POINTS as i64], shape).as_slice());
        Labelled { inputs, labels: Tensor::from_slice(&labels) }
    }

    fn config(network: NetworkName, epochs: usize) -> Config {
        Config {
            network,
            epochs,
            batch_size: 8,
            optimizer: Optimizer::Adam { learning_rate: 1e-3 },
            weight_decay: WeightDecay::Fixed(0.0),
            evaluate: Evaluate { samples: 1 },
            precision: Precision::F32,
        }
    }

    fn weights(parameters: &Parameters, network: &Network) -> Vec<f32> {
        let keys = network.parameters().into_iter().flat_map(|(_, shape)| {
            ["weight", "bias"].map(|kind| to_vec(&parameters.get(&format!("{}.{kind}", shape.name)).detach()))
        });
        keys.flatten().collect()
    }

    fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn runs_trained_together_equal_those_trained_alone() {
        one_thread();
        for (name, shape) in [
            (NetworkName::GalCnn, [1, 14, 14].as_slice()),
            (NetworkName::BatchbaldCnn, &[1, 18, 18]),
            (NetworkName::Mlp, &[2]),
        ] {
            let network = Network::new(name, shape, CLASSES).unwrap();
            let config = config(name, 8);
            let runs = [run(0), run(1), run(2)];
            let points = runs.each_ref().map(|run| labelled(shape, run.place.seed));
            let jobs: Vec<Job> = runs
                .iter()
                .zip(&points)
                .zip([0.0, 0.3, 3.0])
                .map(|((run, labelled), lambda)| Job { run, labelled, lambda })
                .collect();
            let together = fit(&network, &config, &jobs, Device::Cpu).unwrap();
            assert_eq!(together.len(), jobs.len());
            for (job, together) in jobs.iter().zip(&together) {
                let alone = fit_alone(&network, &config, job, Device::Cpu).unwrap();
                let start = weights(&job.initial(&network, Device::Cpu), &network);
                let (alone_weights, weights) =
                    (weights(&alone.parameters, &network), weights(&together.parameters, &network));
                let moved = largest_difference(&alone_weights, &start);
                let difference = largest_difference(&alone_weights, &weights);
                assert!(moved > 1e-2, "24 steps of 1e-3 lead somewhere: {moved}");
                assert!(difference <= 5e-5, "{} seed {}: {difference}", name.name(), job.run.place.seed);
                for (alone, together) in alone.epochs.iter().zip(&together.epochs) {
                    assert!((alone.accuracy - together.accuracy).abs() < 1e-12, "{alone:?} {together:?}");
                    assert!((alone.loss - together.loss).abs() <= 1e-5, "{alone:?} {together:?}");
                }
                assert_eq!(alone.epochs.len(), together.epochs.len());
            }
        }
    }

    #[test]
    fn weight_decay_is_each_runs_own_and_spares_biases() {
        one_thread();
        let network = Network::new(NetworkName::Mlp, &[2], CLASSES).unwrap();
        let points = labelled(&[2], 0);
        // The same run with two weight decays: all that can differ.
        let run = run(0);
        let jobs = [0.0, 30.0].map(|lambda| Job { run: &run, labelled: &points, lambda });
        let fitted = fit(&network, &config(NetworkName::Mlp, 60), &jobs, Device::Cpu).unwrap();
        let norm = |fitted: &Fitted, key: &str| fitted.parameters.get(key).norm().double_value(&[]);
        let [free, decayed] = [&fitted[0], &fitted[1]].map(|fitted| norm(fitted, "dense2.weight"));
        assert!(decayed < 0.5 * free, "{decayed} against {free}");
        let [free, decayed] = [&fitted[0], &fitted[1]].map(|fitted| norm(fitted, "dense1.bias"));
        assert!(decayed > 0.5 * free, "{decayed} against {free}");
    }

    #[test]
    fn a_group_repeats_to_the_last_bit() {
        one_thread();
        let network = Network::new(NetworkName::Mlp, &[2], CLASSES).unwrap();
        let runs = [run(0), run(1)];
        let points = runs.each_ref().map(|run| labelled(&[2], run.place.seed));
        let jobs = [0, 1].map(|g| Job { run: &runs[g], labelled: &points[g], lambda: 1e-3 });
        let fitted = || fit(&network, &config(NetworkName::Mlp, 5), &jobs, Device::Cpu).unwrap();
        for (a, b) in fitted().iter().zip(fitted()) {
            assert!(weights(&a.parameters, &network) == weights(&b.parameters, &network));
        }
    }

    #[test]
    fn a_run_that_diverges_is_named() {
        let network = Network::new(NetworkName::Mlp, &[2], CLASSES).unwrap();
        let (good, bad) = (labelled(&[2], 0), labelled(&[2], 1));
        let bad = Labelled { inputs: bad.inputs * f64::INFINITY, labels: bad.labels };
        let runs = [run(4), run(5)];
        let jobs = [(&runs[0], &good), (&runs[1], &bad)];
        let jobs = jobs.map(|(run, labelled)| Job { run, labelled, lambda: 0.0 });
        let error = fit(&network, &config(NetworkName::Mlp, 1), &jobs, Device::Cpu).err().unwrap();
        let Error::Run { out, source } = error else { panic!("names no run: {error}") };
        assert_eq!(out, runs[1].place.out);
        assert!(matches!(*source, Error::Diverged { epoch: 0, .. }), "{source}");
    }
}
