//! Learning curves, labels to an accuracy, summary.

use super::content::Content;
use crate::Metric;
use crate::html::{escape, head, joined, table};
use crate::numbers::{Average, LabelsTo, Summary};
use crate::words::{labels, list, percent, plus_minus};

/// Stands for a value that does not exist.
const NONE: &str = "–";

/// The figure and what it shows.
pub(super) fn learning_curves(content: &Content) -> String {
    let chosen = content.config.learning_curves;
    let several = content.cells.iter().any(|cell| cell.seeds.len() > 1);
    let spread = if several { format!(", {}", chosen.band.words()) } else { ", one seed".to_owned() };
    let lines = match (chosen.metric, &content.config.labels_to_accuracy[..]) {
        (Metric::TestAccuracy, [_, ..]) => " Horizontal lines: the accuracies of the next table.",
        _ => "",
    };
    let not_drawn = not_drawn(content);
    format!(
        "<figure class=\"wide\">\n{}\n\
         <figcaption>{} by number of labels{spread}.{lines}{not_drawn}</figcaption>\n</figure>\n",
        content.curves.inline,
        capitalised(&escape(chosen.metric.label())),
    )
}

/// Which cells have no curve, and why.
fn not_drawn(content: &Content) -> String {
    if content.not_drawn.is_empty() {
        return String::new();
    }
    let metric = content.config.learning_curves.metric;
    let why =
        if metric.needs_validation_set() { ", which were trained without a validation set" } else { "" };
    let labels = content.not_drawn.iter().map(|name| &content.cells[content.position(name)].label);
    format!(" No values of {}{why}.", escape(&list(labels, ", ")))
}

/// A row per cell, two columns per accuracy.
pub(super) fn labels_to_accuracy(content: &Content) -> String {
    let thresholds = &content.config.labels_to_accuracy;
    if thresholds.is_empty() {
        return String::new();
    }
    let over = joined(thresholds, |&t| format!("<th class=\"over\" colspan=\"2\">{}</th>", accuracy(t)));
    let under = "<th>median of seeds</th><th>mean curve</th>".repeat(thresholds.len());
    let head = format!("<tr><th></th>{over}</tr>\n<tr><th></th>{under}</tr>\n");
    let row = |position: usize| {
        let of_cell = content.labels_to.iter().filter(|row| row.cell == content.cells[position].name);
        let values = of_cell
            .flat_map(|row| [median(row), row.of_mean_curve.map_or(NONE.to_owned(), |n| n.to_string())]);
        std::iter::once(content.shown(position)).chain(values).collect()
    };
    let rows: Vec<Vec<String>> = (0..content.cells.len()).map(row).collect();
    format!(
        "<p>Labels, initial set included, at the first round whose test accuracy is at least the one given; \
         nothing is interpolated. The median is over the seeds that got there, counted beside it; the other \
         column is for the mean over seeds. {NONE} means not reached.</p>\n{}",
        table(&head, &rows)
    )
}

fn median(row: &LabelsTo) -> String {
    let value = row.median.map_or(NONE.to_owned(), labels);
    format!("{value} <span class=\"soft\">({} of {})</span>", row.reached, row.seeds)
}

/// `90 % accuracy (10 % error)`.
fn accuracy(threshold: f64) -> String {
    let percent = |share: f64| (1e6 * share).round() / 1e4;
    format!("{} % accuracy ({} % error)", percent(threshold), percent(1.0 - threshold))
}

/// The last round of every cell.
pub(super) fn summary(content: &Content) -> String {
    let names = ["", "labels", "seeds", "accuracy, %", "NLL, nats", "Brier score", "ECE", "AULC, %"];
    let head = head(names);
    let in_percent = |average: &Option<Average>| shown(*average, |value| percent(value.mean, value.error));
    let plain = |average: &Option<Average>| shown(*average, |value| plus_minus(value.mean, value.error, 4));
    let row = |row: &Summary| {
        let [accuracy, nll, brier, ece] = &row.metrics;
        vec![
            content.shown(content.position(&row.cell)),
            row.labels.to_string(),
            row.seeds.to_string(),
            in_percent(accuracy),
            plain(nll),
            plain(brier),
            plain(ece),
            in_percent(&row.area),
        ]
    };
    let rows: Vec<Vec<String>> = content.summary.iter().map(row).collect();
    let several = content.summary.iter().any(|row| row.seeds > 1);
    let spread = if several { ", mean ± standard error over the seeds that have reached it" } else { "" };
    format!(
        "<p>Test set, at the largest number of labels{spread}. AULC is the area under test accuracy over \
         labels, divided by the span of labels.</p>\n{}",
        table(&head, &rows)
    )
}

fn shown(average: Option<Average>, text: impl Fn(Average) -> String) -> String {
    average.map_or(NONE.to_owned(), text)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
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
