//! `history.parquet`: what every run measured in every round.

use bal_artifact::tables::Metrics;
use polars::prelude::{Column, DataFrame};

use crate::runs::{Cell, Round, SeedRun};
use crate::{Error, Metric};

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
    let numbers = |name: &str, value: &dyn Fn(&Metrics) -> Option<f64>| {
        Column::new(name.into(), rows.iter().map(|(.., round)| value(&round.measures)).collect::<Vec<_>>())
    };
    let mut columns = vec![
        Column::new("cell".into(), names),
        integers("seed", &|run, _| run.seed as i64),
        integers("round", &|_, round| round.index as i64),
        integers("labels", &|_, round| round.measures.labels as i64),
        numbers("weight_decay", &|measures| Some(measures.weight_decay)),
    ];
    columns.extend(Metric::ALL.map(|metric| numbers(metric.name(), &|measures| metric.of(measures))));
    DataFrame::new(rows.len(), columns).map_err(|source| Error::Table { table: "history", source })
}
