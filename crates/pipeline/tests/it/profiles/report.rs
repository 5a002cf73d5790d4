//! The report: all cells are in it, and its tables follow from the metrics of the runs.

use std::collections::BTreeMap;
use std::path::Path;

use bal_artifact::{file, read_table};
use serde_json::Value;

use super::experiment::{Experiment, Run};

/// How far sums in another order may take a number.
const CLOSE: f64 = 1e-12;

pub(crate) fn check(experiment: &Experiment) {
    let found: Vec<String> = experiment.runs.iter().map(Run::name).collect();
    assert_eq!(found, experiment.asked, "every run that is asked for, and no other");
    let report = experiment.report();
    let page = fs_err::read_to_string(report.join(file::REPORT)).unwrap();
    let mut cells: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    for run in &experiment.runs {
        cells.entry(&run.cell).or_default().push(run);
    }
    for cell in cells.keys() {
        let label = experiment.pipeline["cells"][cell]["label"].as_str().unwrap_or(cell);
        let escaped = label.replace('&', "&amp;").replace('<', "&lt;");
        assert!(page.contains(&escaped), "`{label}` is not in the report");
    }
    check_history(experiment, &report);
    let (summary, labels_to) =
        (Csv::read(&report, "summary.csv"), Csv::read(&report, "labels_to_accuracy.csv"));
    for (cell, runs) in cells {
        check_summary(&summary, cell, &runs);
        for threshold in thresholds(&experiment.pipeline) {
            check_labels_to(&labels_to, cell, &runs, threshold);
        }
    }
}

fn thresholds(pipeline: &Value) -> Vec<f64> {
    pipeline["report"]["labels_to_accuracy"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_f64().unwrap())
        .collect()
}

/// A row for every run and round, with what its training measured.
fn check_history(experiment: &Experiment, report: &Path) {
    let table = read_table("history", &report.join(file::HISTORY), &[]).unwrap();
    let whole =
        |name: &str| -> Vec<i64> { table.column(name).unwrap().i64().unwrap().iter().flatten().collect() };
    let numbers =
        |name: &str| -> Vec<f64> { table.column(name).unwrap().f64().unwrap().iter().flatten().collect() };
    let cells: Vec<&str> = table.column("cell").unwrap().str().unwrap().iter().flatten().collect();
    let (seeds, labels) = (whole("seed"), whole("labels"));
    let (accuracies, nlls) = (numbers("test_accuracy"), numbers("test_nll"));
    let rows = (0..cells.len()).map(|row| {
        ((cells[row].to_owned(), seeds[row] as u64, labels[row] as u64), [accuracies[row], nlls[row]])
    });
    let history: BTreeMap<_, _> = rows.collect();
    let of_run = |run: &Run| {
        let (cell, seed) = (run.cell.clone(), run.seed);
        let row = move |metrics: bal_artifact::tables::Metrics| {
            ((cell.clone(), seed, metrics.labels), [metrics.test.accuracy, metrics.test.nll])
        };
        run.rounds.iter().map(|round| row(round.metrics)).collect::<Vec<_>>()
    };
    let measured: BTreeMap<_, _> = experiment.runs.iter().flat_map(of_run).collect();
    assert_eq!(history, measured);
}

/// Labels and test accuracy of a run, round by round.
fn curve(run: &Run) -> Vec<(f64, f64)> {
    run.rounds.iter().map(|round| (round.metrics.labels as f64, round.metrics.test.accuracy)).collect()
}

fn check_summary(summary: &Csv, cell: &str, runs: &[&Run]) {
    let equal = |column: &str, values: &[f64]| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let error = (n > 1.0).then(|| (squares / (n - 1.0) / n).sqrt());
        for (column, expected) in
            [(format!("{column}_mean"), Some(mean)), (format!("{column}_standard_error"), error)]
        {
            summary.check(&[("cell", cell)], &column, expected);
        }
    };
    let last = |of: fn(&bal_artifact::tables::Quality) -> f64| -> Vec<f64> {
        runs.iter().map(|run| of(&run.rounds.last().unwrap().metrics.test)).collect()
    };
    equal("test_accuracy", &last(|test| test.accuracy));
    equal("test_nll", &last(|test| test.nll));
    equal("test_brier", &last(|test| test.brier));
    let area = |curve: Vec<(f64, f64)>| {
        let trapezoid = |pair: &[(f64, f64)]| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0;
        curve.windows(2).map(trapezoid).sum::<f64>() / (curve.last().unwrap().0 - curve[0].0)
    };
    equal("aulc", &runs.iter().copied().map(curve).map(area).collect::<Vec<_>>());
}

fn check_labels_to(table: &Csv, cell: &str, runs: &[&Run], threshold: f64) {
    let first = |curve: &[(f64, f64)]| {
        curve.iter().find(|(_, accuracy)| *accuracy >= threshold - CLOSE).map(|(labels, _)| *labels)
    };
    let curves: Vec<Vec<(f64, f64)>> = runs.iter().copied().map(curve).collect();
    let mut reached: Vec<f64> = curves.iter().filter_map(|curve| first(curve)).collect();
    reached.sort_by(f64::total_cmp);
    let (half, even) = (reached.len() / 2, reached.len().is_multiple_of(2));
    let median = match reached.len() {
        0 => None,
        _ if even => Some(f64::midpoint(reached[half - 1], reached[half])),
        _ => Some(reached[half]),
    };
    let mean = |round: usize| {
        let of_round = curves.iter().map(|curve| curve[round].1);
        (curves[0][round].0, of_round.sum::<f64>() / curves.len() as f64)
    };
    let mean_curve: Vec<(f64, f64)> = (0..curves[0].len()).map(mean).collect();
    let threshold = threshold.to_string();
    let row = [("cell", cell), ("threshold", threshold.as_str())];
    table.check(&row, "median_labels", median);
    table.check(&row, "seeds_reached", Some(reached.len() as f64));
    table.check(&row, "seeds", Some(runs.len() as f64));
    table.check(&row, "mean_curve_labels", first(&mean_curve));
}

/// A table of a report. No field of it has a comma inside.
struct Csv {
    name: &'static str,
    rows: Vec<BTreeMap<String, String>>,
}

impl Csv {
    fn read(report: &Path, name: &'static str) -> Self {
        let text = fs_err::read_to_string(report.join(name)).unwrap();
        let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<String>>());
        let head = lines.next().unwrap();
        Self { name, rows: lines.map(|fields| head.iter().cloned().zip(fields).collect()).collect() }
    }

    /// Whether the row with these fields has this number, or none, in a column.
    fn check(&self, row: &[(&str, &str)], column: &str, expected: Option<f64>) {
        let is_it =
            |fields: &&BTreeMap<String, String>| row.iter().all(|(name, value)| fields[*name] == **value);
        let fields: Vec<_> = self.rows.iter().filter(is_it).collect();
        let [fields] = fields[..] else { panic!("{}: {} rows of {row:?}", self.name, fields.len()) };
        let field = &fields[column];
        let found: Option<f64> = if field.is_empty() { None } else { Some(field.parse().unwrap()) };
        let same = match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() <= CLOSE * expected.abs().max(1.0),
            (found, expected) => found == expected,
        };
        assert!(same, "{}, {row:?}: `{column}` is `{field}`, not {expected:?}", self.name);
    }
}
