//! The reliability diagram: how often predictions of a confidence are right.

use bal_artifact::tables::CalibrationBin;
use bal_artifact::{Inputs, file};
use maud::html;

use crate::Error;
use crate::figures::{Axis, Figure, Plot, marked_line};
use crate::material::Material;
use crate::numbers::{Column, Entry, Table};
use crate::runs::{Cell, Group};
use crate::words::grouped;

/// Bins with fewer points are not drawn: a frequency of so few says little.
pub(super) const LEAST_POINTS: u64 = 20;

/// The bins of a cell with its last number of labels, over all seeds that have come so far.
struct Reliability {
    position: usize,
    labels: u64,
    seeds: usize,
    /// Mean over seeds of the expected calibration error.
    ece: f64,
    bins: Vec<CalibrationBin>,
}

/// The diagram of a group; `None` if no cell has bins, as those of earlier versions of `train` have none.
pub(super) fn figure(
    material: &Material,
    group: &Group,
    inputs: &mut Inputs,
) -> Result<Option<Figure>, Error> {
    let mut all = Vec::new();
    for &position in &group.cells {
        all.extend(reliability(position, &material.cells[position], inputs)?);
    }
    if all.is_empty() {
        return Ok(None);
    }
    let axis = |label| Axis::new(label, 0.0, 1.0, 5).in_percent();
    let plot = Plot::new(480.0, 440.0, axis("confidence"), axis("accuracy"));
    let look = |cell: &Reliability| material.looks[cell.position];
    let body = plot.around(&html! {
        path.rule.muted d=(plot.line([(0.0, 0.0), (1.0, 1.0)])) {}
        @for cell in &all {
            g class=(format!("s{}", look(cell).colour)) {
                @let drawn = cell.bins.iter().filter(|bin| bin.points >= LEAST_POINTS);
                @let points: Vec<(f64, f64)> = drawn.map(|bin| (bin.confidence, bin.accuracy)).collect();
                (marked_line(&plot, look(cell), &points))
            }
        }
    });
    let differ = all.iter().any(|cell| cell.labels != all[0].labels);
    let label = |cell: &Reliability| {
        let with =
            if differ { format!(" with {} labels", grouped(cell.labels as usize)) } else { String::new() };
        format!("{}: ECE {:.4}{with}", material.cells[cell.position].label, cell.ece)
    };
    Ok(Some(Figure {
        name: format!("reliability{}", group.suffix),
        description: "accuracy by confidence on the test set, a line per method".to_owned(),
        width: plot.width,
        height: plot.height,
        body,
        legend: all.iter().map(|cell| (look(cell).sample(), label(cell))).collect(),
        band: None,
        numbers: numbers(material, &all),
    }))
}

fn reliability(position: usize, cell: &Cell, inputs: &mut Inputs) -> Result<Option<Reliability>, Error> {
    let Some(labels) = cell.rounds().map(|round| round.measures.labels).max() else { return Ok(None) };
    let mut of_seeds = Vec::new();
    let mut errors = Vec::new();
    for run in &cell.seeds {
        let Some(round) = run.rounds.iter().find(|round| round.measures.labels == labels) else { continue };
        if round.train.outputs.contains_key(file::CALIBRATION) {
            let path = cell.read(run, inputs, "calibration", ("train", round.index, file::CALIBRATION))?;
            of_seeds.push(CalibrationBin::read_all(&path)?);
            errors.push(round.measures.test.ece);
        }
    }
    let seeds = of_seeds.len();
    let ece = errors.iter().sum::<f64>() / seeds.max(1) as f64;
    Ok((seeds > 0).then(|| Reliability { position, labels, seeds, ece, bins: pooled(&of_seeds) }))
}

/// The bins of all seeds as if their points were those of one.
fn pooled(of_seeds: &[Vec<CalibrationBin>]) -> Vec<CalibrationBin> {
    let bins = of_seeds.iter().map(Vec::len).max().unwrap_or(0);
    let bin = |bin: usize| {
        let all = || of_seeds.iter().filter_map(|bins| bins.get(bin));
        let points: u64 = all().map(|bin| bin.points).sum();
        let mean = |value: fn(&CalibrationBin) -> f64| {
            all().map(|bin| bin.points as f64 * value(bin)).sum::<f64>() / points.max(1) as f64
        };
        CalibrationBin { points, confidence: mean(|bin| bin.confidence), accuracy: mean(|bin| bin.accuracy) }
    };
    (0..bins).map(bin).collect()
}

fn numbers(material: &Material, all: &[Reliability]) -> Table {
    let names = ["cell", "labels", "seeds", "lower", "upper", "points", "confidence", "accuracy"];
    let mut table = Table::new(names.map(Column::hidden).into());
    for cell in all {
        let end = |bin: usize| Entry::number(Some(bin as f64 / cell.bins.len() as f64), 4);
        for (number, bin) in cell.bins.iter().enumerate() {
            let measured = |value: f64| Entry::number((bin.points > 0).then_some(value), 4);
            table.push(vec![
                Entry::text(&material.cells[cell.position].name),
                Entry::whole(cell.labels),
                Entry::whole(cell.seeds),
                end(number),
                end(number + 1),
                Entry::whole(bin.points),
                measured(bin.confidence),
                measured(bin.accuracy),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_of_seeds_are_pooled_by_points() {
        let bin = |points, confidence, accuracy| CalibrationBin { points, confidence, accuracy };
        let empty = CalibrationBin::default();
        let pooled = pooled(&[vec![bin(1, 0.2, 0.0), empty], vec![bin(3, 0.4, 1.0), empty]]);
        assert_eq!(pooled[0].points, 4);
        assert!((pooled[0].confidence - 0.35).abs() < 1e-12 && (pooled[0].accuracy - 0.75).abs() < 1e-12);
        assert_eq!(pooled[1], empty);
    }
}
