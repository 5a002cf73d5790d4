//! Fits networks on labelled points: one alone, or several of one shape as one.

use std::ops::Range;

use bal_artifact::tables::Epoch;
use bal_cli::{Progress, check_interrupt};
use bal_model::{Network, Parameters};
use tch::{Device, Kind, Tensor};

use crate::augment::Views;
use crate::job::{Job, Labelled};
use crate::networks::Networks;
use crate::stopping::Best;
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
    views: Option<&Views>,
    device: Device,
) -> Result<Vec<Fitted>, Error> {
    let mut fit = Fit {
        network,
        config,
        jobs,
        views,
        device,
        networks: Networks::initial(network, config, jobs, device),
        points: Points::new(jobs),
        orders: jobs.iter().map(|job| (0..job.labelled.len() as i64).collect()).collect(),
        step: 0,
    };
    let mut bests: Vec<Best> = jobs.iter().map(|job| Best::new(config, job)).collect();
    let mut progress = Progress::new("training", "epochs", config.epochs as u64);
    for epoch in 0..config.epochs {
        let learnt = fit.epoch(epoch)?;
        for (g, (best, epoch)) in bests.iter_mut().zip(learnt).enumerate() {
            best.after_epoch(network, epoch, || fit.networks.copy(g));
        }
        progress.advance(1);
        if bests.iter().all(Best::has_stopped) {
            break;
        }
    }
    Ok(bests.into_iter().enumerate().map(|(g, best)| best.into_fitted(|| fit.networks.copy(g))).collect())
}

/// A fit at work.
struct Fit<'a> {
    network: &'a Network,
    config: &'a Config,
    jobs: &'a [Job<'a>],
    views: Option<&'a Views>,
    device: Device,
    networks: Networks<'a>,
    points: Points,
    /// The points of each network in the order of the last epoch.
    orders: Vec<Vec<i64>>,
    /// Steps so far.
    step: usize,
}

impl Fit<'_> {
    /// One epoch; what each network learnt in it.
    fn epoch(&mut self, epoch: usize) -> Result<Vec<Epoch>, Error> {
        let rows = self.rows(epoch); // [G, L]
        let (g, length) = (self.jobs.len(), rows.size()[1] as usize);
        // Sums stay on the device until the epoch is over: no host synchronisation per step.
        let mut loss_sum = Tensor::zeros([g as i64], (Kind::Double, self.device));
        let mut correct = Tensor::zeros([g as i64], (Kind::Int64, self.device));
        for batch in minibatches(length, self.config.batch_size, self.config.network.has_batch_norm()) {
            check_interrupt()?;
            let size = batch.len();
            let rows = rows.narrow(1, batch.start as i64, size as i64);
            let (mut x, y) = self.points.gather(&rows); // [G, B, …], [G, B]
            if let Some(views) = self.views {
                x = views.of_step(self.jobs, self.step, &x);
            }
            let (network, jobs, step, device) = (self.network, self.jobs, self.step, self.device);
            let mut masks = |layer| masks(network, jobs, step, layer, size).to_device(device);
            let [losses, hits] = self.networks.step(&x, &y, &mut masks);
            loss_sum += losses.to_kind(Kind::Double) * size as f64;
            correct += hits;
            self.step += 1;
        }
        let learnt = self.jobs.iter().zip(0..).map(|(job, g)| {
            let loss = loss_sum.double_value(&[g]) / length as f64;
            if !loss.is_finite() {
                return Err(Error::Diverged { epoch, loss }.of(job.run));
            }
            let accuracy = correct.int64_value(&[g]) as f64 / length as f64;
            Ok(Epoch { member: job.member as u64, loss, accuracy, validation: None })
        });
        learnt.collect()
    }

    /// Rows of all points in the order of the epoch, i64 [G, L].
    fn rows(&mut self, epoch: usize) -> Tensor {
        let n = self.points.n;
        let rows = self.jobs.iter().zip(&mut self.orders).enumerate().flat_map(|(g, (job, order))| {
            let order = if let Some(points) = self.config.draws_per_epoch {
                job.draws(epoch, points)
            } else {
                job.shuffle(epoch, order);
                order.clone()
            };
            order.into_iter().map(move |row| (g * n) as i64 + row)
        });
        let rows: Vec<i64> = rows.collect();
        Tensor::from_slice(&rows).view([self.jobs.len() as i64, -1]).to_device(self.device)
    }
}

/// Minibatches of an epoch of so many points. A last one of a single point has no variance: it joins the one
/// before where the network needs one.
fn minibatches(points: usize, size: usize, needs_variance: bool) -> Vec<Range<usize>> {
    let mut batches: Vec<Range<usize>> =
        (0..points).step_by(size).map(|start| start..points.min(start + size)).collect();
    if let (true, [.., before, last]) = (needs_variance, batches.as_mut_slice())
        && last.len() == 1
    {
        before.end = points;
        batches.pop();
    }
    batches
}

/// The masks of one dropout in one step, [G, B, …]: each network's own.
fn masks(network: &Network, jobs: &[Job], step: usize, layer: usize, points: usize) -> Tensor {
    let (p, shape) = network.dropout(layer).expect("only dropout layers ask for masks");
    let units = shape.iter().product();
    let sizes: Vec<i64> = [1, points].into_iter().chain(shape).map(|size| size as i64).collect();
    // Copied whole: number by number, an iterator over all jobs takes as long as the draws.
    let of_job =
        |job: &Job| Tensor::from_slice(&job.masks(step, layer, points, units, p)).view(sizes.as_slice());
    match jobs {
        [job] => of_job(job),
        _ => Tensor::cat(&jobs.iter().map(of_job).collect::<Vec<_>>(), 0),
    }
}

/// The labelled points of all networks, one network after the other.
struct Points {
    /// In the precision of the fit, [G·N, …].
    inputs: Tensor,
    /// i64 [G·N].
    labels: Tensor,
    /// Points N of each.
    n: usize,
}

impl Points {
    fn new(jobs: &[Job]) -> Self {
        let of_jobs = |part: fn(&Labelled) -> &Tensor| match jobs {
            [job] => part(job.labelled).shallow_clone(),
            _ => Tensor::cat(&jobs.iter().map(|job| part(job.labelled)).collect::<Vec<_>>(), 0),
        };
        let n = jobs[0].labelled.len();
        Self { inputs: of_jobs(|points| &points.inputs), labels: of_jobs(|points| &points.labels), n }
    }

    /// Inputs [G, B, …] and labels [G, B] of rows [G, B].
    fn gather(&self, rows: &Tensor) -> (Tensor, Tensor) {
        let (shape, rows) = (rows.size(), rows.flatten(0, 1));
        let inputs = self.inputs.index_select(0, &rows).unflatten(0, shape.as_slice());
        (inputs, self.labels.index_select(0, &rows).view(shape.as_slice()))
    }
}

#[cfg(test)]
mod tests;
