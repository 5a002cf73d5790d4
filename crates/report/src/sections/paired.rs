//! Paired comparison of methods over seeds: a matrix of differences, and which are certain.

use std::collections::BTreeMap;

use bal_artifact::Inputs;
use maud::{Markup, html};

use super::{Made, Section, differences};
use crate::Error;
use crate::material::Material;
use crate::numbers::{Column, Comparison, Entry, FEWEST_SEEDS, Table, Test, Value, mean};
use crate::runs::Group;
use crate::words::{count, list, signed};

pub(super) struct PairedComparison;

/// Cells of a matrix at most; the CSV has all pairs.
const MAX_CELLS: usize = 12;

impl Section for PairedComparison {
    fn id(&self) -> &'static str {
        "paired"
    }

    fn heading(&self) -> &'static str {
        "Paired comparison"
    }

    fn needs(&self) -> &'static str {
        "two methods with two common seeds"
    }

    fn make(&self, material: &Material, _: &mut Inputs) -> Result<Option<Made>, Error> {
        let mut made = Made::default();
        for group in &material.groups {
            let pairs = material.pairs_of(group);
            if pairs.is_empty() {
                continue;
            }
            if material.groups.len() > 1 {
                made.add(html! { h3 { (group.title) } });
            }
            made.add(explanation(pairs));
            made.add(matrix(material, group, pairs));
            differences::table(material, group, &mut made);
        }
        if made.is_empty() {
            return Ok(None);
        }
        made.csv("paired_comparison", &numbers(material));
        made.add(html! { p.soft { "All pairs, seed by seed: "
        a href="paired_comparison.csv" { "paired_comparison.csv" } "." } });
        Ok(Some(made))
    }
}

fn explanation(pairs: &[Comparison]) -> Markup {
    let judged = pairs.iter().filter(|pair| pair.test.is_some()).count();
    html! {
        p {
            "AULC of the method on the left minus that of the method above, in percentage points, between the \
             numbers of labels that both have: seed by seed, since equal seeds share initial set, split and \
             initial weights. "
            @if judged > 0 {
                "Mean difference with its 95 % interval (Student’s t, each pair alone). ▲ better and ▼ worse: \
                 certain at 5 % by the paired t-test with Holm’s correction over " (count(judged, "pair")) "; ○ not certain. "
            }
            @if judged < pairs.len() {
                "With fewer than " (FEWEST_SEEDS) " common seeds there is no interval and no verdict, so that no \
                 difference is certain: the mean, in how many seeds it is above 0, and the difference of each seed."
            }
        }
    }
}

fn matrix(material: &Material, group: &Group, pairs: &[Comparison]) -> Markup {
    let compared =
        |position: &&usize| pairs.iter().any(|pair| pair.first == **position || pair.second == **position);
    let cells: Vec<usize> = group.cells.iter().filter(compared).copied().collect();
    if cells.len() > MAX_CELLS {
        return html! { p { "The matrix of " (cells.len()) " methods is too large for a page." } };
    }
    let by_cells: BTreeMap<(usize, usize), &Comparison> =
        pairs.iter().map(|pair| ((pair.first, pair.second), pair)).collect();
    let mut columns = vec![Column::text("", "method")];
    columns.extend(
        cells.iter().map(|&position| Column::shown_only(format!("− {}", material.cells[position].label))),
    );
    let mut table = Table::new(columns);
    for &row in &cells {
        let mut entries = vec![material.entry(row)];
        for &column in &cells {
            let shown = match (by_cells.get(&(row, column)), by_cells.get(&(column, row))) {
                (Some(pair), _) => difference(pair, 1.0),
                (_, Some(pair)) => difference(pair, -1.0),
                _ => html! { span.soft { "·" } },
            };
            entries.push(Entry::new(Vec::new(), shown));
        }
        table.push(entries);
    }
    table.html("Differences of AULC between methods")
}

/// A difference in percentage points; `sign` turns it around.
fn difference(pair: &Comparison, sign: f64) -> Markup {
    let points = |value: f64| signed(100.0 * sign * value, 2);
    let Some(test) = pair.test else {
        let values: Vec<f64> = pair.differences.iter().map(|(_, value)| sign * value).collect();
        return html! {
            (signed(100.0 * mean(&values).unwrap_or(0.0), 2)) br;
            span.soft { (differences::above(&values)) br; (differences::by_seed(&pair.differences, sign)) }
        };
    };
    let (mark, class) = match test.is_certain() {
        false => ("○", "even"),
        true if sign * test.mean > 0.0 => ("▲", "win"),
        true => ("▼", "loss"),
    };
    let ends = [test.mean - test.half_width, test.mean + test.half_width];
    let [low, high] = if sign > 0.0 { ends } else { [ends[1], ends[0]] };
    let word = match class {
        "win" => "better",
        "loss" => "worse",
        _ => "not certain",
    };
    html! {
        span.(class) { (points(test.mean)) " " span role="img" aria-label=(word) { (mark) } }
        br;
        span.soft { "[" (points(low)) ", " (points(high)) "]" }
    }
}

fn numbers(material: &Material) -> Table {
    let names = [
        "first",
        "second",
        "from_labels",
        "to_labels",
        "common_seeds",
        "mean_difference",
        "interval_low",
        "interval_high",
        "p",
        "p_holm",
        "differences_by_seed",
    ];
    let mut table = Table::new(names.map(Column::hidden).into());
    for pair in material.pairs.values().flatten() {
        let values: Vec<f64> = pair.differences.iter().map(|(_, value)| *value).collect();
        let by_seed = pair.differences.iter().map(|(seed, value)| format!("{seed}:{value}"));
        let test = |of: fn(&Test) -> f64| Entry::number(pair.test.as_ref().map(of), 4);
        table.push(vec![
            Entry::text(&material.cells[pair.first].name),
            Entry::text(&material.cells[pair.second].name),
            Entry::whole(pair.span.0),
            Entry::whole(pair.span.1),
            Entry::whole(values.len()),
            Entry::number(mean(&values), 4),
            test(|test| test.mean - test.half_width),
            test(|test| test.mean + test.half_width),
            test(|test| test.p),
            test(|test| test.p_holm),
            Entry::new(vec![Value::Text(list(by_seed, " "))], html! {}),
        ]);
    }
    table
}
