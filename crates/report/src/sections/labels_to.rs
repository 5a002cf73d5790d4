//! Labels that each cell took to an accuracy on the test set, beside published numbers.

use bal_artifact::Inputs;
use maud::html;

use super::{Made, Section};
use crate::Error;
use crate::material::Material;
use crate::numbers::{Column, Curves, Entry, Table, quantile};
use crate::published::{self, Publication};
use crate::runs::Group;
use crate::words::{NONE, labels};

pub(super) struct LabelsToAccuracy;

impl Section for LabelsToAccuracy {
    fn id(&self) -> &'static str {
        "labels"
    }

    fn heading(&self) -> &'static str {
        "Labels to reach an accuracy"
    }

    fn needs(&self) -> &'static str {
        "accuracies in `report.labels_to_accuracy`"
    }

    fn make(&self, material: &Material, _: &mut Inputs) -> Result<Option<Made>, Error> {
        let thresholds = &material.config.labels_to_accuracy;
        if thresholds.is_empty() {
            return Ok(None);
        }
        let mut made = Made::default();
        made.add(html! {
            p {
                "Labels, initial set included, at the first round whose test accuracy is at least the one given; \
                 nothing is interpolated. The median is over the seeds that got there, with the least and the \
                 most of them, and their count; the next column is for the mean over all seeds. "
                (NONE) " means not reached."
                @if !material.publications.is_empty() {
                    " Numbers in italics were published, and are shown in total: see "
                    a href="#published" { "published numbers" } "."
                }
            }
        });
        for group in &material.groups {
            if material.groups.len() > 1 {
                made.add(html! { h3 { (group.title) } });
            }
            made.add(for_people(material, group, thresholds).html("Labels to reach a test accuracy"));
        }
        made.csv("labels_to_accuracy", &for_programs(material, thresholds));
        Ok(Some(made))
    }
}

/// A row per cell; for each accuracy two columns and those of published numbers.
fn for_people(material: &Material, group: &Group, thresholds: &[f64]) -> Table {
    let own = |position: usize| material.cells[position].own.as_str();
    let those_of = |threshold: f64| {
        let has = move |publication: &&Publication| {
            group.cells.iter().any(|&position| publication.labels_to(threshold, own(position)).is_some())
        };
        material.publications.iter().filter(has).collect::<Vec<_>>()
    };
    let mut columns = vec![Column::text("cell", "method")];
    for &threshold in thresholds {
        let over = accuracy(threshold);
        columns.push(Column::shown_only("median of seeds").under(&over));
        columns.push(Column::shown_only("mean curve").under(&over));
        columns.extend(those_of(threshold).iter().map(|publication| publication.column("").under(&over)));
    }
    let mut table = Table::new(columns);
    for &position in &group.cells {
        let curves = &material.accuracy[position];
        let mut row = vec![material.entry(position)];
        for &threshold in thresholds {
            row.push(median(curves, threshold));
            let of_mean = curves.mean_curve().labels_to(threshold);
            row.push(Entry::new(Vec::new(), html! { (of_mean.map_or(NONE.to_owned(), |n| n.to_string())) }));
            for publication in those_of(threshold) {
                let value = publication.labels_to(threshold, own(position));
                row.push(published::entry(value, publication.initial as f64, 1.0));
            }
        }
        table.push(row);
    }
    table
}

/// `45 (40–50, 2 of 3)`.
fn median(curves: &Curves, threshold: f64) -> Entry {
    let reached = curves.labels_to(threshold);
    let seeds = curves.0.len();
    let shown = html! {
        @match (quantile(&reached, 0.5), &reached[..]) {
            (Some(median), [least, .., most]) if least < most => {
                (labels(median)) " " span.soft { "(" (labels(*least)) "–" (labels(*most)) ", " (reached.len()) " of " (seeds) ")" }
            }
            (median, _) => {
                (median.map_or(NONE.to_owned(), labels)) " " span.soft { "(" (reached.len()) " of " (seeds) ")" }
            }
        }
    };
    Entry::new(Vec::new(), shown)
}

/// A row per cell and accuracy.
fn for_programs(material: &Material, thresholds: &[f64]) -> Table {
    let names = [
        "cell",
        "threshold",
        "median_labels",
        "seeds_reached",
        "seeds",
        "mean_curve_labels",
        "least_labels",
        "most_labels",
    ];
    let mut table = Table::new(names.map(Column::hidden).into());
    for (cell, curves) in material.cells.iter().zip(&material.accuracy) {
        for &threshold in thresholds {
            let reached = curves.labels_to(threshold);
            let of_mean = curves.mean_curve().labels_to(threshold);
            table.push(vec![
                Entry::text(&cell.name),
                Entry::number(Some(threshold), 2),
                Entry::number(quantile(&reached, 0.5), 1),
                Entry::whole(reached.len()),
                Entry::whole(curves.0.len()),
                of_mean.map_or_else(|| Entry::nothing(1), Entry::whole),
                Entry::number(reached.first().copied(), 0),
                Entry::number(reached.last().copied(), 0),
            ]);
        }
    }
    table
}

/// `90 % accuracy (10 % error)`.
pub(super) fn accuracy(threshold: f64) -> String {
    let percent = |share: f64| (1e6 * share).round() / 1e4;
    format!("{} % accuracy ({} % error)", percent(threshold), percent(1.0 - threshold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracies_in_percent_have_no_rounding_noise() {
        assert_eq!(accuracy(0.9), "90 % accuracy (10 % error)");
        assert_eq!(accuracy(0.995), "99.5 % accuracy (0.5 % error)");
    }
}
