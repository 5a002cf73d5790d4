//! The two tables of results: labels to an accuracy, and the last round.

use crate::runs::{Cell, SeedRun};
use crate::statistics::{area_under, curve, labels_to, mean, quantile, series, standard_error};
use crate::{Band, Metric};

/// How many labels a cell took to an accuracy on the test set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LabelsTo {
    /// Name of the cell.
    pub(crate) cell: String,
    /// The accuracy.
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
pub(crate) fn labels_to_accuracy(cells: &[Cell], thresholds: &[f64]) -> Vec<LabelsTo> {
    let row = |cell: &Cell, threshold: f64| {
        let runs: Vec<_> = cell.seeds.iter().map(|run| series(run, Metric::TestAccuracy)).collect();
        let labels: Vec<f64> =
            runs.iter().filter_map(|run| labels_to(run, threshold)).map(|labels| labels as f64).collect();
        let mean_curve: Vec<(i64, f64)> = curve(cell, Metric::TestAccuracy, Band::StandardError)
            .into_iter()
            .map(|point| (point.labels, point.centre))
            .collect();
        LabelsTo {
            cell: cell.name.clone(),
            threshold,
            median: (!labels.is_empty()).then(|| quantile(&labels, 0.5)),
            reached: labels.len(),
            seeds: runs.iter().filter(|run| !run.is_empty()).count(),
            of_mean_curve: labels_to(&mean_curve, threshold),
        }
    };
    cells.iter().flat_map(|cell| thresholds.iter().map(move |&threshold| row(cell, threshold))).collect()
}

/// Mean and standard error over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Average {
    /// Mean over seeds.
    pub(crate) mean: f64,
    /// Standard error; none for a single seed.
    pub(crate) error: Option<f64>,
}

impl Average {
    fn over(values: &[f64]) -> Option<Self> {
        (!values.is_empty()).then(|| Self { mean: mean(values), error: standard_error(values) })
    }
}

/// A cell at the largest number of labels that any of its seeds has reached.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    /// Name of the cell.
    pub(crate) cell: String,
    /// The number of labels.
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
pub(crate) fn summary(cells: &[Cell]) -> Vec<Summary> {
    let row = |cell: &Cell| {
        let last = |run: &SeedRun| run.rounds.last().map(|round| round.measures.labels as i64);
        let labels = cell.seeds.iter().filter_map(last).max()?;
        let runs: Vec<_> = cell.seeds.iter().filter(|run| last(run) == Some(labels)).collect();
        let at_the_end = |metric: Metric| {
            let values: Vec<f64> =
                runs.iter().filter_map(|run| metric.of(&run.rounds.last()?.measures)).collect();
            Average::over(&values)
        };
        let areas: Vec<f64> =
            runs.iter().filter_map(|run| area_under(&series(run, Metric::TestAccuracy))).collect();
        Some(Summary {
            cell: cell.name.clone(),
            labels,
            seeds: runs.len(),
            metrics: SUMMARISED.map(at_the_end),
            area: Average::over(&areas),
        })
    };
    cells.iter().filter_map(row).collect()
}
