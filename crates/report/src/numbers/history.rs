//! `history.parquet`: what every run measured in every round.

use bal_artifact::tables::Metrics;
use clap::ValueEnum as _;
use polars::prelude::{Column, DataFrame, PolarsResult};

use crate::Metric;
use crate::runs::{Cell, Round, SeedRun};

/// A row per run and round: `cell, seed, round, labels, weight_decay` and the metrics, null where one was
/// not measured. Cells in their order; seeds and rounds ascend.
pub(crate) fn history(cells: &[Cell]) -> PolarsResult<DataFrame> {
    let rows: Vec<(&Cell, &SeedRun, &Round)> = cells
        .iter()
        .flat_map(|cell| cell.seeds.iter().map(move |run| (cell, run)))
        .flat_map(|(cell, run)| run.rounds.iter().map(move |round| (cell, run, round)))
        .collect();
    let names: Vec<&str> = rows.iter().map(|(cell, ..)| cell.name.as_str()).collect();
    let integers = |name: &str, value: &dyn Fn(&SeedRun, &Round) -> u64| {
        let values = rows.iter().map(|(_, run, round)| value(run, round) as i64);
        Column::new(name.into(), values.collect::<Vec<_>>())
    };
    let numbers = |name: &str, value: &dyn Fn(&Metrics) -> Option<f64>| {
        Column::new(name.into(), rows.iter().map(|(.., round)| value(&round.measures)).collect::<Vec<_>>())
    };
    let mut columns = vec![
        Column::new("cell".into(), names),
        integers("seed", &|run, _| run.seed),
        integers("round", &|_, round| round.index),
        integers("labels", &|_, round| round.measures.labels),
        numbers("weight_decay", &|metrics| Some(metrics.weight_decay)),
    ];
    let all = Metric::value_variants().iter();
    columns.extend(all.map(|metric| numbers(metric.name(), &|metrics| metric.of(metrics))));
    DataFrame::new(rows.len(), columns)
}
