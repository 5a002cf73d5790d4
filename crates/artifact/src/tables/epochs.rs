//! `epochs.parquet`: how a training went, a row per epoch.

use std::path::Path;

use polars::prelude::Column;

use super::Columns;
use crate::{Error, Staging};

const EPOCH: &str = "epoch";
const LOSS: &str = "train_loss";
const ACCURACY: &str = "train_accuracy";

/// A row of `epochs.parquet`: means over the labelled points while they are learnt from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Training loss without the penalty.
    pub loss: f64,
    /// Share of points classified correctly.
    pub accuracy: f64,
}

impl Epoch {
    /// Writes `epochs.parquet`.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Table`].
    pub fn write_all(epochs: &[Self], staging: &mut Staging) -> Result<(), Error> {
        let numbers = |value: fn(&Self) -> f64| epochs.iter().map(value).collect::<Vec<f64>>();
        let columns = vec![
            Column::new(EPOCH.into(), (0..epochs.len() as i64).collect::<Vec<_>>()),
            Column::new(LOSS.into(), numbers(|epoch| epoch.loss)),
            Column::new(ACCURACY.into(), numbers(|epoch| epoch.accuracy)),
        ];
        staging.columns("epochs", epochs.len(), columns)
    }

    /// Reads an `epochs.parquet`, epoch by epoch.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Corrupt`], [`Error::Mismatch`], [`Error::Value`].
    pub fn read_all(path: &Path) -> Result<Vec<Self>, Error> {
        let table = Columns::read("epochs", path, &[LOSS, ACCURACY])?;
        let (losses, accuracies) = (table.numbers(LOSS)?, table.numbers(ACCURACY)?);
        Ok(losses.into_iter().zip(accuracies).map(|(loss, accuracy)| Self { loss, accuracy }).collect())
    }
}
