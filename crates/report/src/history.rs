//! `history.parquet`: what every run measured in every round.

use std::path::Path;

use bal_artifact::{Error as ArtifactError, read_table};
use polars::prelude::{Column, DataFrame};

use crate::runs::{Cell, Round, SeedRun};
use crate::{Error, Metric};

/// The one row of a `metrics.parquet`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measures {
    /// Labels that the model was trained on, initial set included.
    pub(crate) labels: i64,
    /// Weight decay that it was trained with.
    pub(crate) weight_decay: Option<f64>,
    /// In the order of [`Metric::ALL`]; without a validation set there are no values for it.
    values: [Option<f64>; Metric::ALL.len()],
}

impl Measures {
    /// The value of a metric, if it was measured.
    pub(crate) fn get(&self, metric: Metric) -> Option<f64> {
        Metric::ALL.iter().zip(self.values).find_map(|(&each, value)| (each == metric).then_some(value)?)
    }
}

/// Reads a `metrics.parquet`.
pub(crate) fn read_metrics(path: &Path) -> Result<Measures, Error> {
    // All columns: which metrics were measured differs.
    let table = read_table("metrics", path, &[])?;
    if table.height() != 1 {
        let (expected, found) = ("one row".to_owned(), format!("{} rows", table.height()));
        return Err(ArtifactError::Mismatch { path: path.to_path_buf(), expected, found }.into());
    }
    let labels = table.column("labels").ok().and_then(|column| column.i64().ok()?.get(0));
    let labels = labels.ok_or_else(|| ArtifactError::Mismatch {
        path: path.to_path_buf(),
        expected: "a number of type i64 in column `labels`".to_owned(),
        found: "something else".to_owned(),
    })?;
    let mut values = [None; Metric::ALL.len()];
    for (value, metric) in values.iter_mut().zip(Metric::ALL) {
        *value = number(&table, metric.name(), path)?;
    }
    Ok(Measures { labels, weight_decay: number(&table, "weight_decay", path)?, values })
}

/// The number in the first row of a column; `None` where there is no column or no value.
fn number(table: &DataFrame, name: &str, path: &Path) -> Result<Option<f64>, Error> {
    let Ok(column) = table.column(name) else { return Ok(None) };
    let values = column.f64().map_err(|_| ArtifactError::Mismatch {
        path: path.to_path_buf(),
        expected: format!("a column `{name}` of type f64"),
        found: column.dtype().to_string(),
    })?;
    match values.get(0) {
        Some(value) if !value.is_finite() => Err(ArtifactError::Value {
            path: path.to_path_buf(),
            expected: "a finite number, or none at all".to_owned(),
            found: format!("{value} in column `{name}`"),
        }
        .into()),
        value => Ok(value),
    }
}

/// A row per run and round: `cell, seed, round, labels, weight_decay` and the metrics.
pub(crate) fn table(cells: &[Cell]) -> Result<DataFrame, Error> {
    let rows: Vec<(&Cell, &SeedRun, &Round)> = cells
        .iter()
        .flat_map(|cell| cell.seeds.iter().map(move |run| (cell, run)))
        .flat_map(|(cell, run)| run.rounds.iter().map(move |round| (cell, run, round)))
        .collect();
    let names: Vec<&str> = rows.iter().map(|(cell, ..)| cell.name.as_str()).collect();
    let integers = |name: &str, value: &dyn Fn(&SeedRun, &Round) -> i64| {
        Column::new(name.into(), rows.iter().map(|(_, run, round)| value(run, round)).collect::<Vec<_>>())
    };
    let numbers = |name: &str, value: &dyn Fn(&Measures) -> Option<f64>| {
        Column::new(name.into(), rows.iter().map(|(.., round)| value(&round.measures)).collect::<Vec<_>>())
    };
    let mut columns = vec![
        Column::new("cell".into(), names),
        integers("seed", &|run, _| run.seed as i64),
        integers("round", &|_, round| round.index as i64),
        integers("labels", &|_, round| round.measures.labels),
        numbers("weight_decay", &|measures| measures.weight_decay),
    ];
    columns.extend(Metric::ALL.map(|metric| numbers(metric.name(), &|measures| measures.get(metric))));
    DataFrame::new(rows.len(), columns).map_err(|source| Error::Table { table: "history", source })
}
