//! `epochs.parquet`: how a training went, a row per member and epoch.

use std::path::Path;

use polars::prelude::Column;

use super::Columns;
use crate::{Error, Staging};

const MEMBER: &str = "member";
const EPOCH: &str = "epoch";
const LOSS: &str = "train_loss";
const ACCURACY: &str = "train_accuracy";
const VALIDATION: [&str; 2] = ["validation_nll", "validation_accuracy"];

/// A row of `epochs.parquet`: means over the points of an epoch while they are learnt from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Network of the ensemble, from 0.
    pub member: u64,
    /// Training loss without the penalty.
    pub loss: f64,
    /// Share of points classified correctly.
    pub accuracy: f64,
    /// Negative log-likelihood and accuracy on the validation set behind it, dropout off; only where early
    /// stopping looks at them.
    pub validation: Option<[f64; 2]>,
}

impl Epoch {
    /// Writes `epochs.parquet`: the epochs of all members, one member after the other.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Table`].
    pub fn write_all(members: &[Vec<Self>], staging: &mut Staging) -> Result<(), Error> {
        let epochs: Vec<Self> = members.iter().flatten().copied().collect();
        let numbers: Vec<i64> = members.iter().flat_map(|epochs| 0..epochs.len() as i64).collect();
        let measured = |value: fn(&Self) -> f64| epochs.iter().map(value).collect::<Vec<f64>>();
        let validated = |which: usize| -> Vec<Option<f64>> {
            epochs.iter().map(|epoch| epoch.validation.map(|values| values[which])).collect()
        };
        let members: Vec<i64> = epochs.iter().map(|epoch| epoch.member as i64).collect();
        let columns = vec![
            Column::new(MEMBER.into(), members),
            Column::new(EPOCH.into(), numbers),
            Column::new(LOSS.into(), measured(|epoch| epoch.loss)),
            Column::new(ACCURACY.into(), measured(|epoch| epoch.accuracy)),
            Column::new(VALIDATION[0].into(), validated(0)),
            Column::new(VALIDATION[1].into(), validated(1)),
        ];
        staging.columns("epochs", epochs.len(), columns)
    }

    /// Reads an `epochs.parquet`, row by row. Before version 6 `train` wrote neither members nor validation.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Corrupt`], [`Error::Mismatch`], [`Error::Value`].
    pub fn read_all(path: &Path) -> Result<Vec<Self>, Error> {
        let table = Columns::read("epochs", path, &[])?;
        let (losses, accuracies) = (table.numbers(LOSS)?, table.numbers(ACCURACY)?);
        let rows = losses.len();
        let members = if table.has(MEMBER) { table.whole(MEMBER)? } else { vec![0; rows] };
        let validated = |name| if table.has(name) { table.measured(name) } else { Ok(vec![None; rows]) };
        let [nll, accuracy] = [validated(VALIDATION[0])?, validated(VALIDATION[1])?];
        let row = |row: usize| Self {
            member: members[row].max(0) as u64,
            loss: losses[row],
            accuracy: accuracies[row],
            validation: nll[row].zip(accuracy[row]).map(|(nll, accuracy)| [nll, accuracy]),
        };
        Ok((0..rows).map(row).collect())
    }
}
