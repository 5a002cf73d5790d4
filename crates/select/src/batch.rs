//! A picked batch, and what all methods need to pick one.

use std::path::Path;

use bal_acquisition as acquisition;
use bal_acquisition::{Form, JointBatch, Pick, Predictions as Tile, Watch};
use ndarray::ArrayView3;

use crate::Error;

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
    pub(crate) fn of(batch: &JointBatch) -> Self {
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

/// An error of the mathematics about this file; or the signal that stopped it.
pub(crate) fn refused(path: &Path) -> impl Fn(acquisition::Error) -> Error {
    move |source| match bal_cli::check_interrupt() {
        Err(interrupted) if source == acquisition::Error::Stopped => interrupted.into(),
        _ => Error::Pick { path: path.to_path_buf(), source },
    }
}
