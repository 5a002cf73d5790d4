//! `metrics.parquet`: how a training went and how good its network is, in one row.

use std::ops::Range;
use std::path::Path;

use polars::prelude::Column;

use super::Columns;
use crate::{Error, Staging};

const ROUND: &str = "round";
const LABELS: &str = "labels";
const WEIGHT_DECAY: &str = "weight_decay";
const EPOCHS: &str = "epochs";

/// The row of `metrics.parquet`. What was not measured is null in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metrics {
    /// Acquisition round.
    pub round: u64,
    /// Labels that the network was trained on, initial set included.
    pub labels: u64,
    /// Weight decay that it was trained with.
    pub weight_decay: f64,
    /// Epochs of the fit; of an ensemble, of the member that took the most.
    pub epochs: u64,
    /// Mean loss of the last epoch, over members; none without epochs.
    pub train_loss: Option<f64>,
    /// On the validation set; none without one.
    pub validation: Option<Quality>,
    /// On the test set.
    pub test: Quality,
}

/// How good a mean prediction is on a labelled set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Share of points whose most probable class is the label.
    pub accuracy: f64,
    /// Negative log-likelihood of the labels in nats, a mean over points.
    pub nll: f64,
    /// Brier score, a mean over points.
    pub brier: f64,
    /// Expected calibration error.
    pub ece: f64,
}

/// Where the two qualities stand in [`Metrics::MEASURES`].
const VALIDATION: Range<usize> = 1..5;
const TEST: Range<usize> = 5..9;

impl Metrics {
    /// Columns of what is measured.
    pub const MEASURES: [&str; 9] = [
        "train_loss",
        "validation_accuracy",
        "validation_nll",
        "validation_brier",
        "validation_ece",
        "test_accuracy",
        "test_nll",
        "test_brier",
        "test_ece",
    ];

    /// A value per column of [`Metrics::MEASURES`].
    pub fn measured(&self) -> [Option<f64>; 9] {
        let mut values = [None; 9];
        values[0] = self.train_loss;
        if let Some(validation) = self.validation {
            values[VALIDATION].copy_from_slice(&validation.values());
        }
        values[TEST].copy_from_slice(&self.test.values());
        values
    }

    /// Writes `metrics.parquet`.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Table`].
    pub fn write(&self, staging: &mut Staging) -> Result<(), Error> {
        let mut columns = vec![
            Column::new(ROUND.into(), [self.round as i64]),
            Column::new(LABELS.into(), [self.labels as i64]),
            Column::new(WEIGHT_DECAY.into(), [self.weight_decay]),
            Column::new(EPOCHS.into(), [self.epochs as i64]),
        ];
        let measured = Self::MEASURES.iter().zip(self.measured());
        columns.extend(measured.map(|(&name, value)| Column::new(name.into(), [value])));
        staging.columns("metrics", 1, columns)
    }

    /// Reads a `metrics.parquet`.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Corrupt`]; [`Error::Mismatch`] for other columns or rows;
    /// [`Error::Value`] for a number that is not finite, and for a quality of which only a part is there.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let names: Vec<&str> =
            [ROUND, LABELS, WEIGHT_DECAY, EPOCHS].into_iter().chain(Self::MEASURES).collect();
        let row = Columns::read("metrics", path, &names)?.of_one_row()?;
        let test = Quality::read(&row, TEST)?;
        Ok(Self {
            round: row.count(ROUND)?,
            labels: row.count(LABELS)?,
            weight_decay: row.numbers(WEIGHT_DECAY)?[0],
            epochs: row.count(EPOCHS)?,
            train_loss: row.measured(Self::MEASURES[0])?[0],
            // Before version 5 `train` wrote zeros where there was no validation set. Nothing that was
            // measured looks like that: with an NLL of 0 every prediction is right.
            validation: Quality::read(&row, VALIDATION)?.filter(|quality| quality.values() != [Some(0.0); 4]),
            test: test.ok_or_else(|| row.value("no quality on the test set".to_owned(), "one"))?,
        })
    }
}

impl Quality {
    fn values(&self) -> [Option<f64>; 4] {
        [self.accuracy, self.nll, self.brier, self.ece].map(Some)
    }

    /// All of it or nothing.
    fn read(row: &Columns, columns: Range<usize>) -> Result<Option<Self>, Error> {
        let names = &Metrics::MEASURES[columns];
        let values: Vec<Option<f64>> =
            names.iter().map(|name| Ok(row.measured(name)?[0])).collect::<Result<_, Error>>()?;
        match values[..] {
            [Some(accuracy), Some(nll), Some(brier), Some(ece)] => {
                Ok(Some(Self { accuracy, nll, brier, ece }))
            }
            [None, None, None, None] => Ok(None),
            _ => {
                let found = format!("null in some of {}", names.join(", "));
                Err(row.value(found, "a number in all of them or in none"))
            }
        }
    }
}
