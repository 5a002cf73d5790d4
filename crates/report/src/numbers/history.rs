//! `history.parquet`: what every run measured in every round. All numbers of the report come from it.

use bal_artifact::tables::Metrics;
use clap::ValueEnum as _;
use polars::prelude::{ChunkCompareEq as _, Column, DataFrame, PolarsResult};

use crate::runs::{Cell, Round, SeedRun};
use crate::{Error, Metric};

const CELL: &str = "cell";
pub(crate) const SEED: &str = "seed";
pub(crate) const LABELS: &str = "labels";

/// The table, and its rows by cell.
#[derive(Debug)]
pub(crate) struct History {
    /// A row per run and round: `cell, seed, round, labels, weight_decay` and the metrics, null where one
    /// was not measured. Cells in their order; seeds and rounds ascend.
    pub(crate) table: DataFrame,
    /// All cells, also those without a row.
    pub(crate) cells: Vec<CellRows>,
}

/// The rows of one cell.
#[derive(Debug)]
pub(crate) struct CellRows {
    pub(crate) name: String,
    pub(crate) rows: DataFrame,
}

impl History {
    pub(crate) fn of(cells: &[Cell]) -> Result<Self, Error> {
        let table = table(cells)?;
        let cells = cells.iter().map(|cell| CellRows::of(&cell.name, &table)).collect::<Result<_, _>>()?;
        Ok(Self { table, cells })
    }

    /// Cells that were trained, but have no value of this metric.
    pub(crate) fn without(&self, metric: Metric) -> Vec<&str> {
        let lacks = |cell: &&CellRows| {
            let height = cell.rows.height();
            height > 0 && cell.rows.column(metric.name()).is_ok_and(|values| values.null_count() == height)
        };
        self.cells.iter().filter(lacks).map(|cell| cell.name.as_str()).collect()
    }
}

impl CellRows {
    fn of(name: &str, table: &DataFrame) -> PolarsResult<Self> {
        let rows = table.filter(&table.column(CELL)?.str()?.equal(name))?;
        Ok(Self { name: name.to_owned(), rows })
    }

    /// The rows that have a value of this metric.
    pub(crate) fn measured(&self, metric: Metric) -> PolarsResult<DataFrame> {
        self.rows.select([SEED, LABELS, metric.name()])?.drop_nulls(Some(&[metric.name()]))
    }
}

fn table(cells: &[Cell]) -> PolarsResult<DataFrame> {
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
        Column::new(CELL.into(), names),
        integers(SEED, &|run, _| run.seed),
        integers("round", &|_, round| round.index),
        integers(LABELS, &|_, round| round.measures.labels),
        numbers("weight_decay", &|metrics| Some(metrics.weight_decay)),
    ];
    let all = Metric::value_variants().iter();
    columns.extend(all.map(|metric| numbers(metric.name(), &|metrics| metric.of(metrics))));
    DataFrame::new(rows.len(), columns)
}
