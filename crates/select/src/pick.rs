//! The methods, each fed from its source.

use std::path::Path;

use bal_acquisition as acquisition;
use bal_acquisition::{AcquisitionFunction, Draw, Form, all_equal};
use bal_artifact::{Inputs, MappedFloats};
use bal_settings::Checked;
use ndarray::ArrayView3;

use crate::basis::{map_predictions, read_indices, read_scores};
use crate::batch::{Batch, JointInformation, refused, tile};
use crate::featured::from_features;
use crate::waiting::{Waiting, effort_of_joint};
use crate::{Basis, By, ByPredictions, ByScores, Config, Error, Execution, Files};

/// Picks the batch. `labelled` are the ids labelled so far.
pub(crate) fn pick(
    config: &Checked<Config>,
    files: &Files,
    execution: Execution,
    labelled: &[i64],
    inputs: &mut Inputs,
) -> Result<Batch, Error> {
    let method = config.resolved();
    match (&files.basis, &method.by) {
        (Basis::Scores(path), By::Scores(by)) => from_scores(config, *by, files, path, inputs),
        (Basis::Predictions(predictions), By::Predictions(by)) => {
            let mapped = map_predictions(&predictions.path, inputs)?;
            let ids = read_indices(predictions.indices.as_deref(), mapped.points(), inputs)?;
            let (path, draw) = (&predictions.path, files.place.draw());
            let jointly = Jointly { config, by: *by, path, form: predictions.form, draw, execution };
            match mapped {
                MappedFloats::F32(mapped) => jointly.pick(&mapped.view(), &ids),
                MappedFloats::F64(mapped) => jointly.pick(&mapped.view(), &ids),
            }
        }
        (Basis::Features { .. }, By::Features(by)) => {
            from_features(config, *by, files, execution, labelled, inputs)
        }
        (basis, by) => {
            Err(Error::Basis { method: method.kind.name(), needs: by.words(), found: basis.words() })
        }
    }
}

fn from_scores(
    config: &Config,
    by: ByScores,
    files: &Files,
    path: &Path,
    inputs: &mut Inputs,
) -> Result<Batch, Error> {
    let (ids, scores) = read_scores(path, &config.column, inputs)?;
    let (b, draw) = (config.batch, files.place.draw());
    let picks = match by {
        ByScores::TopK => acquisition::top_k(&scores, b),
        ByScores::Power { beta } => acquisition::power(&scores, b, beta, draw),
        ByScores::Softmax { beta } => acquisition::softmax(&scores, b, beta, draw),
        ByScores::Softrank { beta } => acquisition::softrank(&scores, b, beta, draw),
    };
    let picks = picks.map_err(refused(path))?;
    if all_equal(&scores) {
        tracing::warn!("all {} scores are equal: they do not tell the points apart", scores.len());
    }
    Ok(Batch { score_ranks: ranks(&scores, picks.iter().map(|pick| pick.row)), ..Batch::new(&picks, &ids) })
}

/// A method on predictions, and what it picks by.
struct Jointly<'a> {
    config: &'a Checked<Config>,
    by: ByPredictions,
    path: &'a Path,
    form: Form,
    draw: Draw,
    execution: Execution,
}

impl Jointly<'_> {
    fn pick<A: Copy + Into<f64> + Sync>(
        &self,
        values_N_K_C: &ArrayView3<'_, A>,
        ids: &[i64],
    ) -> Result<Batch, Error> {
        let &Self { config, by, path, form, draw, execution } = self;
        let (N, K, C) = values_N_K_C.dim();
        let b = config.batch;
        by.check_memory(b, K, C)?;
        let waiting = Waiting::new(b);
        let predictions = tile(form, values_N_K_C, &waiting).map_err(refused(path))?;
        if let Some(effort) = effort_of_joint(by, [N, K, C], b) {
            effort.announce(config.resolved().kind.name(), execution.threads);
        }
        let batch = match by {
            ByPredictions::BatchBald { num_samples } => {
                acquisition::batch_bald(&predictions, b, num_samples, draw)
            }
            ByPredictions::KBald { k } => acquisition::k_bald(&predictions, b, k),
            ByPredictions::LargeBatchBald => acquisition::large_batch_bald(&predictions, b),
            ByPredictions::PowerLargeBatchBald { alpha } => {
                acquisition::power_large_batch_bald(&predictions, b, alpha, draw)
            }
        };
        let batch = batch.map_err(refused(path))?;
        let bald_N_1 = if execution.explain {
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
}

/// Rank of each of `rows` by its score, from 0; ties go to the earlier row.
fn ranks(scores: &[f64], rows: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&i, &j| scores[j].total_cmp(&scores[i]));
    let mut rank = vec![0; scores.len()];
    order.into_iter().enumerate().for_each(|(place, row)| rank[row] = place);
    rows.map(|row| rank[row]).collect()
}
