//! Fits networks on labelled points: one alone, or several of one shape as one.

use bal_artifact::tables::Epoch;
use bal_cli::check_interrupt;
use bal_model::{Network, Parameters};
use tch::{Device, Kind, Tensor};

use crate::job::{Job, Labelled};
use crate::networks::Networks;
use crate::{Config, Error};

pub(crate) struct Fitted {
    pub(crate) parameters: Parameters,
    pub(crate) epochs: Vec<Epoch>,
}

/// Trains G ≥ 1 networks from scratch, all of them as one. All have equally many labelled points N.
///
/// On a CPU two calls with the same jobs are equal to the last bit. On a GPU they share their draws, not
/// their last bits. A job alone and in a group agree within float tolerance.
pub(crate) fn fit(
    network: &Network,
    config: &Config,
    jobs: &[Job],
    device: Device,
) -> Result<Vec<Fitted>, Error> {
    let (networks, mut optimizer) = Networks::initial(network, config, jobs, device);
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
            let size = config.batch_size.min(n - start);
            let (x, y) = points.gather(&rows.narrow(1, start as i64, size as i64)); // [G, B, …], [G, B]
            let mut masks = |layer| masks(network, jobs, step, layer, size).to_device(device);
            let logits = networks.logits(network, &x, &mut masks); // [G, B, C]
            let losses = networks.losses(&logits, &y); // [G]
            optimizer.zero_grad();
            losses.sum(Kind::Float).backward();
            networks.decay(config.optimizer);
            optimizer.step();
            loss_sum += losses.detach().to_kind(Kind::Double) * size as f64;
            let hits = logits.detach().argmax(-1, false).eq_tensor(&y);
            correct += hits.sum_dim_intlist(1i64, false, Kind::Int64);
            step += 1;
        }
        for ((job, epochs), g) in jobs.iter().zip(&mut epochs).zip(0..) {
            let loss = loss_sum.double_value(&[g]) / n as f64;
            if !loss.is_finite() {
                return Err(Error::Diverged { epoch, loss }.of(job.run));
            }
            epochs.push(Epoch { loss, accuracy: correct.int64_value(&[g]) as f64 / n as f64 });
        }
    }
    let fitted = networks.into_parameters().into_iter().zip(epochs);
    Ok(fitted.map(|(parameters, epochs)| Fitted { parameters, epochs }).collect())
}

/// The masks of one dropout layer in one step, [G, B, …]: each run's own.
fn masks(network: &Network, jobs: &[Job], step: usize, layer: usize, points: usize) -> Tensor {
    let (p, shape) = network.dropout(layer).expect("only dropout layers ask for masks");
    let units = shape.iter().product();
    let drawn: Vec<f32> = jobs.iter().flat_map(|job| job.masks(step, layer, points, units, p)).collect();
    let sizes = [jobs.len(), points].into_iter().chain(shape).map(|size| size as i64);
    Tensor::from_slice(&drawn).view(sizes.collect::<Vec<_>>().as_slice())
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
        let of_runs = |part: fn(&Labelled) -> &Tensor| match jobs {
            [job] => part(job.labelled).shallow_clone(),
            _ => Tensor::cat(&jobs.iter().map(|job| part(job.labelled)).collect::<Vec<_>>(), 0),
        };
        Self { inputs: of_runs(|points| &points.inputs), labels: of_runs(|points| &points.labels), n }
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

#[cfg(test)]
mod tests {
    use bal_model::{NetworkName, Precision};
    use bal_stream::Stream;

    use super::*;
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
        let sizes: Vec<i64> = [&[POINTS], shape].concat().iter().map(|&size| size as i64).collect();
        let inputs = Tensor::from_slice(&inputs).view(sizes.as_slice());
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
        parameters.to_weights(network).tensors.into_values().flat_map(|(_, values)| values).collect()
    }

    fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn runs_trained_together_equal_those_trained_alone() {
        one_thread();
        let adam = Optimizer::default();
        for (name, shape, optimizer) in [
            (NetworkName::GalCnn, [1, 14, 14].as_slice(), adam),
            (NetworkName::BatchbaldCnn, &[1, 18, 18], adam),
            (NetworkName::Mlp, &[2], adam),
            (NetworkName::Mlp, &[2], Optimizer::Adamw { learning_rate: 1e-3 }),
            (NetworkName::Mlp, &[2], Optimizer::Sgd { learning_rate: 1e-2, momentum: 0.9 }),
        ] {
            let network = Network::new(name, shape, CLASSES).unwrap();
            let config = Config { optimizer, ..config(name, 8) };
            let runs = [run(0), run(1), run(2)];
            let points = runs.each_ref().map(|run| labelled(shape, run.place.seed));
            let jobs = [(0, 0.0), (1, 0.3), (2, 3.0)];
            let jobs = jobs.map(|(g, lambda)| Job { run: &runs[g], labelled: &points[g], lambda });
            let together = fit(&network, &config, &jobs, Device::Cpu).unwrap();
            assert_eq!(together.len(), jobs.len());
            for (job, together) in jobs.iter().zip(&together) {
                let alone = &fit(&network, &config, &[*job], Device::Cpu).unwrap()[0];
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

    /// The weights of the second layer after `epochs` steps on all points, with this weight decay.
    fn after(optimizer: Optimizer, epochs: usize, lambda: f64) -> Vec<f64> {
        let (network, run) = (Network::new(NetworkName::Mlp, &[2], CLASSES).unwrap(), run(0));
        let config = Config { optimizer, batch_size: POINTS, ..config(NetworkName::Mlp, epochs) };
        let job = Job { run: &run, labelled: &labelled(&[2], 0), lambda };
        let fitted = fit(&network, &config, &[job], Device::Cpu).unwrap();
        Vec::try_from(fitted[0].parameters.get("dense2.weight").to_kind(Kind::Double).flatten(0, -1)).unwrap()
    }

    #[test]
    fn optimisers_do_the_steps_of_their_equations() {
        one_thread();
        let (rate, lambda) = (0.125, 0.5);
        let start = after(Optimizer::default(), 0, 0.0);
        let sgd = |momentum| Optimizer::Sgd { learning_rate: rate, momentum };
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} is not {b}");
        // One step of either: decay moves a weight by η·λ·w more, whatever the gradient is.
        for optimizer in [sgd(0.9), Optimizer::Adamw { learning_rate: rate }] {
            let (free, decayed) = (after(optimizer, 1, 0.0), after(optimizer, 1, lambda));
            for ((w, free), decayed) in start.iter().zip(free).zip(decayed) {
                close(free - decayed, rate * lambda * w);
            }
        }
        // A first step knows no momentum. The second repeats μ times the first, beside its own gradient.
        let (first, plain, heavy) =
            (after(sgd(0.9), 1, 0.0), after(sgd(0.0), 2, 0.0), after(sgd(0.9), 2, 0.0));
        for (((w, first), plain), heavy) in start.iter().zip(&first).zip(plain).zip(heavy) {
            close(heavy - plain, 0.9 * (first - w));
        }
        // The first step of Adam is η in the direction of the gradient, if ε is small against that.
        let (adam, sgd) = (after(Optimizer::Adam { learning_rate: 1e-3 }, 1, 0.0), after(sgd(0.0), 1, 0.0));
        for ((w, adam), sgd) in
            start.iter().zip(adam).zip(sgd).filter(|((w, _), sgd)| (*w - sgd).abs() > 1e-4)
        {
            close(adam - w, 1e-3 * (sgd - w).signum());
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
