//! Early stopping: the epoch of a fit that the validation set likes best.

use bal_artifact::tables::Epoch;
use bal_model::{Mode, Network, Parameters};
use tch::{Kind, Reduction, Tensor, no_grad};

use crate::fit::Fitted;
use crate::job::{Job, Labelled};
use crate::{Config, EarlyStopping, StoppingMetric};

/// Points that are predicted at once.
const TILE: i64 = 256;

/// One network's epochs, and the weights of the best one where a validation set tells it.
pub(crate) struct Best<'a> {
    watched: Option<(EarlyStopping, &'a Labelled)>,
    config: &'a Config,
    epochs: Vec<Epoch>,
    /// Which was the best epoch so far.
    at: usize,
    parameters: Option<Parameters>,
}

impl<'a> Best<'a> {
    pub(crate) fn new(config: &'a Config, job: &Job<'a>) -> Self {
        let watched = config.early_stopping.zip(job.validation);
        Self { watched, config, epochs: Vec::new(), at: 0, parameters: None }
    }

    /// Whether the fit of this network is over: it had no progress for as many epochs as it is given.
    pub(crate) fn has_stopped(&self) -> bool {
        let without_progress = self.epochs.len().saturating_sub(self.at + 1);
        self.watched.is_some_and(|(stopping, _)| without_progress >= stopping.patience)
    }

    /// Looks at the network behind an epoch, unless its fit is over and only others of its group go on.
    pub(crate) fn after_epoch(&mut self, network: &Network, epoch: Epoch, copy: impl Fn() -> Parameters) {
        if self.has_stopped() {
            return;
        }
        self.epochs.push(epoch);
        let Some((EarlyStopping { metric, .. }, points)) = self.watched else { return };
        let parameters = copy();
        let quality = quality(network, self.config, &parameters, points);
        let last = self.epochs.len() - 1;
        self.epochs[last].validation = Some(quality);
        let better = |[nll, accuracy]: [f64; 2], [best_nll, best_accuracy]: [f64; 2]| match metric {
            StoppingMetric::Nll => nll < best_nll,
            StoppingMetric::Accuracy => accuracy > best_accuracy,
        };
        let best = self.epochs[self.at].validation;
        if self.parameters.is_none() || best.is_none_or(|best| better(quality, best)) {
            (self.at, self.parameters) = (last, Some(parameters));
        }
    }

    /// The weights of the best epoch, or, without a validation set, of the last one.
    pub(crate) fn into_fitted(self, last: impl Fn() -> Parameters) -> Fitted {
        Fitted { parameters: self.parameters.unwrap_or_else(last), epochs: self.epochs }
    }
}

/// Mean negative log-likelihood and accuracy of these points, dropout off.
fn quality(network: &Network, config: &Config, parameters: &Parameters, points: &Labelled) -> [f64; 2] {
    let mode = Mode::evaluation(config.precision);
    let (mut nll, mut correct) = (0.0, 0);
    let (inputs, labels) = (points.inputs.split(TILE, 0), points.labels.split(TILE, 0));
    for (inputs, labels) in inputs.iter().zip(&labels) {
        let logits =
            no_grad(|| network.forward(parameters, inputs, mode, &mut |_, x| x)).to_kind(Kind::Float);
        let losses = logits.cross_entropy_loss::<Tensor>(labels, None, Reduction::None, -100, 0.0);
        nll += losses.sum(Kind::Double).double_value(&[]);
        correct += logits.argmax(-1, false).eq_tensor(labels).sum(Kind::Int64).int64_value(&[]);
    }
    [nll, correct as f64].map(|sum| sum / points.len() as f64)
}
