//! The two tables of results: labels to an accuracy, and the last round.

use polars::prelude::{ChunkAgg as _, ChunkCompareEq as _, Float64Chunked, PlSmallStr, PolarsResult};

use super::history::{CellRows, History, LABELS};
use super::statistics::{Average, Curve, quantile};
use crate::{Error, Metric};

/// How many labels a cell took to an accuracy on the test set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LabelsTo {
    pub(crate) cell: String,
    pub(crate) threshold: f64,
    /// Median over the seeds that got there.
    pub(crate) median: Option<f64>,
    /// Seeds that got there.
    pub(crate) reached: usize,
    /// Seeds that have trained at least once.
    pub(crate) seeds: usize,
    /// Labels at which the mean over seeds gets there.
    pub(crate) of_mean_curve: Option<i64>,
}

/// Every cell at every threshold.
pub(crate) fn labels_to_accuracy(history: &History, thresholds: &[f64]) -> Result<Vec<LabelsTo>, Error> {
    let rows = history.cells.iter().map(|cell| labels_to(cell, thresholds));
    Ok(rows.collect::<PolarsResult<Vec<_>>>()?.concat())
}

fn labels_to(cell: &CellRows, thresholds: &[f64]) -> PolarsResult<Vec<LabelsTo>> {
    let seeds = Curve::of_seeds(cell, Metric::TestAccuracy)?;
    let means = Curve::of_means(cell, Metric::TestAccuracy)?;
    let row = |&threshold: &f64| {
        let labels: Vec<f64> =
            seeds.iter().filter_map(|seed| seed.labels_to(threshold)).map(|labels| labels as f64).collect();
        Ok(LabelsTo {
            cell: cell.name.clone(),
            threshold,
            reached: labels.len(),
            seeds: seeds.len(),
            median: quantile(&Float64Chunked::from_vec(PlSmallStr::EMPTY, labels), 0.5)?,
            of_mean_curve: means.labels_to(threshold),
        })
    };
    thresholds.iter().map(row).collect()
}

/// A cell at the largest number of labels that any of its seeds has reached.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) cell: String,
    pub(crate) labels: i64,
    /// Seeds that have reached it, over which the averages are taken.
    pub(crate) seeds: usize,
    /// Test accuracy, NLL, Brier score and ECE there.
    pub(crate) metrics: [Option<Average>; 4],
    /// Area under test accuracy over labels, divided by the span of labels.
    pub(crate) area: Option<Average>,
}

/// The metrics of [`Summary::metrics`].
pub(crate) const SUMMARISED: [Metric; 4] =
    [Metric::TestAccuracy, Metric::TestNll, Metric::TestBrier, Metric::TestEce];

/// The last round of every cell that has trained at least once.
pub(crate) fn summary(history: &History) -> Result<Vec<Summary>, Error> {
    let rows = history.cells.iter().filter_map(|cell| summary_of(cell).transpose());
    Ok(rows.collect::<PolarsResult<_>>()?)
}

fn summary_of(cell: &CellRows) -> PolarsResult<Option<Summary>> {
    let all_labels = cell.rows.column(LABELS)?.i64()?;
    let Some(labels) = all_labels.max() else { return Ok(None) };
    let last = cell.rows.filter(&all_labels.equal(labels))?;
    let mut metrics = [None; SUMMARISED.len()];
    for (average, metric) in metrics.iter_mut().zip(SUMMARISED) {
        *average = Average::over(last.column(metric.name())?.f64()?);
    }
    let seeds = Curve::of_seeds(cell, Metric::TestAccuracy)?.into_iter();
    let areas = seeds.filter(|seed| seed.end() == Some(labels)).filter_map(|seed| seed.area());
    let area = Average::over(&Float64Chunked::from_vec(PlSmallStr::EMPTY, areas.collect()));
    Ok(Some(Summary { cell: cell.name.clone(), labels, seeds: last.height(), metrics, area }))
}
