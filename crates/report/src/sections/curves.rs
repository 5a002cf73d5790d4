//! Learning curves: the figure, its values at any number of labels, and a table at some of them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use bal_artifact::Inputs;
use maud::{Markup, html};

use super::curve_figure::CurveFigure;
use super::{Made, Section};
use crate::figures::Axis;
use crate::material::Material;
use crate::numbers::{Average, Column, Entry, Table, Value, mean};
use crate::published::{self, Publication};
use crate::runs::Group;
use crate::words::{NONE, capitalised, grouped, list, percent};
use crate::{Error, Metric};

pub(super) struct LearningCurves;

/// Numbers of labels in the table at most.
const COLUMNS: usize = 8;

impl Section for LearningCurves {
    fn id(&self) -> &'static str {
        "curves"
    }

    fn heading(&self) -> &'static str {
        "Learning curves"
    }

    fn needs(&self) -> &'static str {
        "a round that was trained"
    }

    /// # Errors
    /// [`Error::NoValues`] if no run has a value of the metric.
    fn make(&self, material: &Material, _: &mut Inputs) -> Result<Option<Made>, Error> {
        let metric = material.config.learning_curves.metric;
        let mut made = Made::default();
        for group in &material.groups {
            let figure =
                CurveFigure::of(material, group, metric, &format!("learning_curves{}", group.suffix));
            let Some(figure) = figure else { continue };
            if material.groups.len() > 1 {
                made.add(html! { h3 { (group.title) } });
            }
            let is_first = made.files.is_empty();
            made.add(figure.html(&caption(material, group, metric)));
            made.files_of(&figure.figure);
            if is_first {
                made.file(format!("{}.png", figure.figure.name), figure.figure.png()?);
            }
            at_labels(material, group, &mut made);
        }
        if made.is_empty() { Err(Error::NoValues(metric.name())) } else { Ok(Some(made)) }
    }
}

fn caption(material: &Material, group: &Group, metric: Metric) -> Markup {
    let thresholds = metric == Metric::TestAccuracy && !material.config.labels_to_accuracy.is_empty();
    let lacks = |&&position: &&usize| {
        let cell = &material.cells[position];
        cell.rounds().next().is_some() && cell.rounds().all(|round| metric.of(&round.measures).is_none())
    };
    let without: Vec<&String> =
        group.cells.iter().filter(lacks).map(|&position| &material.cells[position].label).collect();
    for label in &without {
        tracing::warn!("not drawn: `{label}` has no value of `{}`", metric.name());
    }
    html! {
        (capitalised(metric.label())) " by number of labels, initial set included."
        @if !material.has_several_seeds() { " With a single seed each nothing is known of the spread." }
        @if thresholds { " Broken lines: the accuracies of the next section." }
        @if !without.is_empty() {
            " No values of " bdi { (list(without, ", ")) }
            @if metric.needs_validation_set() { ", which were trained without a validation set" }
            "."
        }
    }
}

/// Test accuracy at round numbers of labels, and what was published there.
fn at_labels(material: &Material, group: &Group, made: &mut Made) {
    let labels = chosen(material, group);
    let those_of = |labels: u64| {
        let has = |publication: &&Publication| {
            let of_cell = |&position: &usize| publication.accuracy_at(labels, &material.cells[position].own);
            group.cells.iter().any(|position| of_cell(position).is_some())
        };
        material.publications.iter().filter(has).collect::<Vec<_>>()
    };
    let mut columns = vec![Column::text("cell", "method")];
    for &labels in &labels {
        let over = format!("{} labels", grouped(labels as usize));
        let title = if those_of(labels).is_empty() { "accuracy, %" } else { "measured, %" };
        columns.push(Column::average(&format!("at_{labels}"), title).under(&over));
        for publication in those_of(labels) {
            columns.push(publication.column(", %").under(&over));
        }
    }
    let mut table = Table::new(columns);
    for &position in &group.cells {
        let curves = &material.accuracy[position];
        let mut row = vec![material.entry(position)];
        for &labels in &labels {
            let means = || group.cells.iter().filter_map(|&other| mean(&material.accuracy[other].at(labels)));
            let [least, most] = [means().reduce(f64::min), means().reduce(f64::max)];
            // Where all are equal, as with the initial set, none is the best.
            let best = most.filter(|most| least.is_some_and(|least| *most > least + 1e-12));
            row.push(entry(Average::over(&curves.at(labels)), best));
            for publication in those_of(labels) {
                let value = publication.accuracy_at(labels, &material.cells[position].own);
                row.push(published::entry(value, 0.0, 100.0));
            }
        }
        table.push(row);
    }
    let several = if material.has_several_seeds() { ", mean ± standard error over seeds" } else { "" };
    let caption = format!("Test accuracy by number of labels{several}");
    made.add(html! { p {
        (caption) ". The highest is set in bold, whether or not the difference is certain"
        @if !material.pairs_of(group).is_empty() { ": see " a href="#paired" { "paired comparison" } }
        "."
    } });
    made.table(&format!("accuracy_at_labels{}", group.suffix), &caption, &table);
}

/// A mean and its error in percent; the `best` one in bold.
fn entry(average: Option<Average>, best: Option<f64>) -> Entry {
    let of = |value: Option<f64>| value.map_or(Value::Nothing, Value::Number);
    let values = vec![of(average.map(|average| average.mean)), of(average.and_then(|average| average.error))];
    let Some(Average { mean, error }) = average else { return Entry::new(values, html! { (NONE) }) };
    let text = percent(mean, error);
    let shown =
        html! { @if best.is_some_and(|best| mean >= best - 1e-12) { strong { (text) } } @else { (text) } };
    Entry::new(values, shown)
}

/// Numbers of labels that most cells have: the last, those nearest to round numbers, and published ones.
pub(super) fn chosen(material: &Material, group: &Group) -> Vec<u64> {
    let curves = || group.cells.iter().map(|&position| &material.accuracy[position]);
    let spreads = curves().flat_map(|curves| curves.mean_curve().0).map(|(labels, _)| labels);
    let all: BTreeSet<u64> = spreads.collect();
    let (Some(&first), Some(&last)) = (all.first(), all.last()) else { return Vec::new() };
    let at = |labels: u64| curves().filter(|curves| !curves.at(labels).is_empty()).count();
    let step = Axis::new("", first as f64, last as f64, COLUMNS - 1);
    // Of those near a round number, the one that most cells have.
    let near = |tick: f64| {
        let key = |labels: &&u64| (at(**labels), Reverse((**labels as f64 - tick).abs() as u64));
        let reach = (last - first) as f64 / (3 * COLUMNS) as f64;
        all.iter().filter(|&&labels| (labels as f64 - tick).abs() <= reach).max_by_key(key).copied()
    };
    let published = material.publications.iter().flat_map(|publication| {
        publication.accuracy_at_labels.iter().map(|row| row.labels + publication.initial)
    });
    let mut chosen: BTreeSet<u64> = step.ticks.iter().filter_map(|(tick, _)| near(*tick)).collect();
    chosen.extend(published.filter(|labels| all.contains(labels)));
    chosen.insert(last);
    chosen.into_iter().collect()
}
