//! The last round of every cell, and the area under its learning curve.

use bal_artifact::Inputs;
use maud::html;

use super::{Made, Section};
use crate::material::Material;
use crate::numbers::{Average, Column, Curves, Entry, Table};
use crate::{Error, Metric};

pub(super) struct Summary;

/// The metrics of the last round, and whether people read them in percent.
const METRICS: [(Metric, &str, bool); 4] = [
    (Metric::TestAccuracy, "accuracy, %", true),
    (Metric::TestNll, "NLL, nats", false),
    (Metric::TestBrier, "Brier score", false),
    (Metric::TestEce, "ECE", false),
];

impl Section for Summary {
    fn id(&self) -> &'static str {
        "summary"
    }

    fn heading(&self) -> &'static str {
        "Summary"
    }

    fn needs(&self) -> &'static str {
        "a round that was trained"
    }

    fn make(&self, material: &Material, _: &mut Inputs) -> Result<Option<Made>, Error> {
        let mut columns = vec![
            Column::text("cell", "method"),
            Column::new("labels", "labels"),
            Column::new("seeds", "seeds"),
            Column::average("aulc", "AULC, %"),
        ];
        columns.extend(
            METRICS
                .iter()
                .map(|(metric, title, _)| Column::average(metric.name(), *title).under("in the last round")),
        );
        let mut table = Table::new(columns);
        for (position, cell) in material.cells.iter().enumerate() {
            let Some(labels) = cell.rounds().map(|round| round.measures.labels).max() else { continue };
            let seeds = cell.rounds().filter(|round| round.measures.labels == labels).count();
            let areas: Vec<f64> =
                material.accuracy[position].areas().into_iter().map(|(_, area)| area).collect();
            let mut row = vec![
                material.entry(position),
                Entry::whole(labels),
                Entry::whole(seeds),
                Entry::average(Average::over(&areas), true),
            ];
            row.extend(METRICS.iter().map(|&(metric, _, in_percent)| {
                Entry::average(Average::over(&Curves::of(cell, metric).at(labels)), in_percent)
            }));
            table.push(row);
        }
        if table.is_empty() {
            return Ok(None);
        }
        let several = material.has_several_seeds();
        let ends = || material.accuracy.iter().filter_map(Curves::end);
        let ends_differ = ends().min() < ends().max();
        let mut made = Made::default();
        made.add(html! { p {
            "Test set, at the largest number of labels"
            @if several { ", mean ± standard error over the seeds that have reached it" }
            ". AULC is the area under test accuracy over labels, divided by the span of labels: the mean \
             accuracy on the way."
            @if ends_differ {
                " Methods with other numbers of labels have other spans, which makes their AULC no comparison."
            }
        } });
        made.table("summary", "The last round of every method", &table);
        Ok(Some(made))
    }
}
