//! The methods, each fed from its source.

use std::num::NonZeroUsize;
use std::path::Path;

use bal_acquisition as acquisition;
use bal_acquisition::{
    AcquisitionFunction, BatchMethod, Form, JointBatch, Pick, Predictions as Tile, Watch, all_equal,
};
use bal_artifact::{Inputs, MappedFloats};
use ndarray::ArrayView3;

use crate::featured::from_features;
use crate::source::{Predictions, map_predictions, read_indices, read_scores};
use crate::waiting::{Waiting, effort_of_joint};
use crate::{Config, Error, Run, Source};

/// β where none is given.
const BETA: f64 = 1.0;
/// α where none is given: that of the authors' code.
const ALPHA: f64 = 5.0;
/// M where none is given.
const NUM_SAMPLES: usize = 10_000;

/// A batch by id.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Ids in pick order.
    pub(crate) ids: Vec<i64>,
    /// What each pick was worth.
    pub(crate) gains: Vec<f64>,
    /// Rank of each pick by the score alone (BALD for joint methods), from 0; empty where there is no score.
    pub(crate) score_ranks: Vec<usize>,
    /// Information of the batch so far, for joint methods.
    pub(crate) joint_mi: Option<JointInformation>,
}

/// What a joint method says of its batch, in nats.
#[derive(Debug)]
pub(crate) struct JointInformation {
    /// After each pick.
    pub(crate) joint_mi: Vec<f64>,
    /// Its upper bound, log K.
    pub(crate) log_k: f64,
    /// First pick after which the K samples can hardly tell points apart.
    pub(crate) saturated_at: Option<usize>,
}

/// Picks the batch. `labelled` are the ids labelled so far.
pub(crate) fn pick(
    config: &Config,
    run: &Run,
    labelled: &[i64],
    inputs: &mut Inputs,
) -> Result<Batch, Error> {
    let method = config.check()?;
    match &run.source {
        Source::Scores(path) if method.needs_scores() => from_scores(config, method, run, path, inputs),
        Source::Predictions(predictions) if method.needs_consistent_predictions() => {
            let mapped = map_predictions(&predictions.path, inputs)?;
            let ids = read_indices(predictions.indices.as_deref(), mapped.points(), inputs)?;
            match mapped {
                MappedFloats::F32(mapped) => jointly(config, method, run, predictions, &mapped.view(), &ids),
                MappedFloats::F64(mapped) => jointly(config, method, run, predictions, &mapped.view(), &ids),
            }
        }
        Source::Features { .. } if method.needs_features() => {
            from_features(config, method, run, labelled, inputs)
        }
        source => Err(Error::Source {
            method: method.name(),
            needs: match method {
                _ if method.needs_scores() => "scores",
                _ if method.needs_features() => "features",
                _ => "predictions",
            },
            found: match source {
                Source::Scores(_) => "scores",
                Source::Predictions(_) => "predictions",
                Source::Features { .. } => "features",
            },
        }),
    }
}

fn from_scores(
    config: &Config,
    method: BatchMethod,
    run: &Run,
    path: &Path,
    inputs: &mut Inputs,
) -> Result<Batch, Error> {
    let (ids, scores) = read_scores(path, config.column(), inputs)?;
    let beta = config.beta.unwrap_or(BETA);
    let draw = run.place.draw();
    let picks = match method {
        BatchMethod::Power => acquisition::power(&scores, config.batch, beta, draw),
        BatchMethod::Softmax => acquisition::softmax(&scores, config.batch, beta, draw),
        BatchMethod::Softrank => acquisition::softrank(&scores, config.batch, beta, draw),
        _ => acquisition::top_k(&scores, config.batch),
    };
    let picks = picks.map_err(refused(path))?;
    if all_equal(&scores) {
        tracing::warn!("all {} scores are equal: they do not tell the points apart", scores.len());
    }
    Ok(Batch { score_ranks: ranks(&scores, picks.iter().map(|pick| pick.row)), ..Batch::new(&picks, &ids) })
}

fn jointly<A: Copy + Into<f64> + Sync>(
    config: &Config,
    method: BatchMethod,
    run: &Run,
    Predictions { path, form, .. }: &Predictions,
    values_N_K_C: &ArrayView3<'_, A>,
    ids: &[i64],
) -> Result<Batch, Error> {
    let (_, K, C) = values_N_K_C.dim();
    config.check_configurations(K)?;
    config.check_picked(K, C)?;
    let waiting = Waiting::new(config.batch);
    let predictions = tile(*form, values_N_K_C, &waiting).map_err(refused(path))?;
    let order = config.k.unwrap_or(2);
    if let Some(effort) = effort_of_joint(method, values_N_K_C.dim().into(), config.batch, order) {
        effort.announce(method.name(), run.threads);
    }
    let num_samples = config.num_samples.and_then(NonZeroUsize::new);
    let num_samples = num_samples.or(NonZeroUsize::new(NUM_SAMPLES)).unwrap_or(NonZeroUsize::MIN);
    let (b, draw) = (config.batch, run.place.draw());
    let batch = match method {
        BatchMethod::BatchBald => acquisition::batch_bald(&predictions, b, num_samples, draw),
        BatchMethod::KBald => acquisition::k_bald(&predictions, b, order),
        BatchMethod::LargeBatchBald => acquisition::large_batch_bald(&predictions, b),
        _ => {
            let alpha = config.alpha.unwrap_or(ALPHA);
            acquisition::power_large_batch_bald(&predictions, b, alpha, draw)
        }
    };
    let batch = batch.map_err(refused(path))?;
    let bald_N_1 = if run.explain {
        Some(predictions.score(&[AcquisitionFunction::Bald]).map_err(refused(path))?)
    } else {
        None
    };
    let rows = batch.picks.iter().map(|pick| pick.row);
    Ok(Batch {
        ids: batch.picks.iter().map(|pick| ids[pick.row]).collect(),
        gains: batch.picks.iter().map(|pick| pick.gain).collect(),
        score_ranks: bald_N_1.map_or_else(Vec::new, |bald_N_1| ranks(&bald_N_1.column(0).to_vec(), rows)),
        joint_mi: Some(JointInformation::of(&batch)),
    })
}

impl Batch {
    pub(crate) fn new(picks: &[Pick], ids: &[i64]) -> Self {
        Self {
            ids: picks.iter().map(|pick| ids[pick.row]).collect(),
            gains: picks.iter().map(|pick| pick.gain).collect(),
            ..Self::default()
        }
    }
}

impl JointInformation {
    fn of(batch: &JointBatch) -> Self {
        Self {
            joint_mi: batch.picks.iter().map(|pick| pick.joint_mi).collect(),
            log_k: batch.log_K,
            saturated_at: batch.saturated_at(),
        }
    }
}

/// Predictions in the form they were given in.
pub(crate) fn tile<'a, A: Copy + Into<f64> + Sync>(
    form: Form,
    values_N_K_C: &ArrayView3<'a, A>,
    watch: &'a dyn Watch,
) -> Result<Tile<'a, A>, acquisition::Error> {
    let tile = match form {
        Form::Probs => Tile::from_probs(*values_N_K_C),
        Form::LogProbs => Tile::from_log_probs(*values_N_K_C),
    };
    Ok(tile?.watched_by(watch))
}

/// Rank of each of `rows` by its score, from 0; ties go to the earlier row.
fn ranks(scores: &[f64], rows: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&i, &j| scores[j].total_cmp(&scores[i]));
    let mut rank = vec![0; scores.len()];
    order.into_iter().enumerate().for_each(|(place, row)| rank[row] = place);
    rows.map(|row| rank[row]).collect()
}

/// An error of the mathematics about this file; or the signal that stopped it.
pub(crate) fn refused(path: &Path) -> impl Fn(acquisition::Error) -> Error {
    move |source| match bal_cli::check_interrupt() {
        Err(interrupted) if source == acquisition::Error::Stopped => interrupted.into(),
        _ => Error::Pick { path: path.to_path_buf(), source },
    }
}
