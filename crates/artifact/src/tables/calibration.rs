//! `calibration.parquet`: how sure a mean prediction is and how often it is right, a row per bin.

use std::path::Path;

use polars::prelude::Column;

use super::Columns;
use crate::{Error, Staging};

const LOWER: &str = "lower";
const UPPER: &str = "upper";
const POINTS: &str = "points";
const CONFIDENCE: &str = "confidence";
const ACCURACY: &str = "accuracy";

/// A row of `calibration.parquet`: the test points whose largest mean probability lies in a bin of equal
/// width, above its lower end and up to its upper one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CalibrationBin {
    /// How many they are.
    pub points: u64,
    /// Their mean largest probability; 0 without points.
    pub confidence: f64,
    /// Share of them whose most probable class is the label; 0 without points.
    pub accuracy: f64,
}

impl CalibrationBin {
    /// Writes `calibration.parquet`. Confidence and accuracy of an empty bin are null.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Table`].
    pub fn write_all(bins: &[Self], staging: &mut Staging) -> Result<(), Error> {
        let end = |bin: usize| bin as f64 / bins.len() as f64;
        let measured = |value: fn(&Self) -> f64| -> Vec<Option<f64>> {
            bins.iter().map(|bin| (bin.points > 0).then(|| value(bin))).collect()
        };
        let columns = vec![
            Column::new(LOWER.into(), (0..bins.len()).map(end).collect::<Vec<f64>>()),
            Column::new(UPPER.into(), (1..=bins.len()).map(end).collect::<Vec<f64>>()),
            Column::new(POINTS.into(), bins.iter().map(|bin| bin.points as i64).collect::<Vec<i64>>()),
            Column::new(CONFIDENCE.into(), measured(|bin| bin.confidence)),
            Column::new(ACCURACY.into(), measured(|bin| bin.accuracy)),
        ];
        staging.columns("calibration", bins.len(), columns)
    }

    /// Reads a `calibration.parquet`.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Corrupt`], [`Error::Mismatch`], [`Error::Value`].
    pub fn read_all(path: &Path) -> Result<Vec<Self>, Error> {
        let table = Columns::read("calibration", path, &[POINTS, CONFIDENCE, ACCURACY])?;
        let (points, confidence, accuracy) =
            (table.whole(POINTS)?, table.measured(CONFIDENCE)?, table.measured(ACCURACY)?);
        let row = |bin: usize| match (points[bin], confidence[bin], accuracy[bin]) {
            (0, None, None) => Ok(Self::default()),
            (1.., Some(confidence), Some(accuracy)) => {
                Ok(Self { points: points[bin] as u64, confidence, accuracy })
            }
            (points, confidence, accuracy) => {
                let found =
                    format!("row {bin}: {points} points, confidence {confidence:?}, accuracy {accuracy:?}");
                Err(table.value(found, "confidence and accuracy just where there are points"))
            }
        };
        (0..points.len()).map(row).collect()
    }
}
