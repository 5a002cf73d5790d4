//! How much accuracy the methods have over the first one, at some numbers of labels.

use maud::{Markup, html};

use super::Made;
use super::curves::chosen;
use crate::material::Material;
use crate::numbers::{Column, Entry, FEWEST_SEEDS, Table, Test, Value, mean};
use crate::runs::Group;
use crate::words::{grouped, list, signed};

/// A table for the page and as a file; nothing where no two methods have two common seeds.
pub(super) fn table(material: &Material, group: &Group, made: &mut Made) {
    let Some((&reference, others)) = group.cells.split_first() else { return };
    let labels = chosen(material, group);
    let mut columns = vec![Column::text("cell", "method")];
    for at in &labels {
        let fields = ["mean", "interval_low", "interval_high"].map(|what| format!("at_{at}_{what}"));
        columns.push(Column::of(fields.into(), format!("{} labels", grouped(*at as usize))));
    }
    let mut table = Table::new(columns);
    for &position in others {
        let differences = labels.iter().map(|&at| of_seeds(material, position, reference, at));
        let differences: Vec<Vec<f64>> = differences.collect();
        if differences.iter().any(|values| values.len() > 1) {
            let mut row = vec![material.entry(position)];
            row.extend(differences.iter().map(|values| entry(values)));
            table.push(row);
        }
    }
    if table.is_empty() {
        return;
    }
    made.add(html! { p {
        "Test accuracy of a method minus that of " (material.shown(reference)) ", in percentage points, at some \
         numbers of labels: mean over the common seeds, and below it the 95 % interval (Student’s t, each number \
         alone: of twenty such intervals one misses by chance), or with fewer than " (FEWEST_SEEDS) " seeds in how \
         many of them it is above 0."
    } });
    let name = format!("accuracy_differences{}", group.suffix);
    made.table(&name, &format!("Accuracy over {}", material.cells[reference].label), &table);
    made.add(html! { p.soft { "Numbers: " a href=(format!("{name}.csv")) { (name) ".csv" } "." } });
}

/// Differences of test accuracy by common seed, in the order of the seeds.
fn of_seeds(material: &Material, position: usize, reference: usize, labels: u64) -> Vec<f64> {
    let base = material.accuracy[reference].by_seed(labels);
    let of_cell = material.accuracy[position].by_seed(labels).into_iter();
    of_cell.filter_map(|(seed, value)| Some(value - base.get(&seed)?)).collect()
}

fn entry(values: &[f64]) -> Entry {
    let Some(mean) = mean(values).filter(|_| values.len() > 1) else { return Entry::nothing(3) };
    let interval = interval(values);
    let below = interval.map_or_else(|| above(values), bracketed);
    let mut numbers = vec![Value::Number(mean)];
    numbers.extend([0, 1].map(|end| interval.map_or(Value::Nothing, |ends| Value::Number(ends[end]))));
    Entry::new(numbers, html! { (signed(100.0 * mean, 2)) br; span.soft { (below) } })
}

/// The 95 % interval of the mean, of as many seeds as are judged.
fn interval(values: &[f64]) -> Option<[f64; 2]> {
    let test = Test::of(values).filter(|_| values.len() >= FEWEST_SEEDS)?;
    Some([test.mean - test.half_width, test.mean + test.half_width])
}

/// `95 % interval [+0.21, +2.86]` in percentage points; of fewer seeds than are judged `above 0 in 3 of 4`.
pub(super) fn spread(values: &[f64]) -> String {
    match interval(values) {
        Some(ends) => format!("95 % interval {}", bracketed(ends)),
        None => above(values),
    }
}

fn bracketed(ends: [f64; 2]) -> String {
    let [low, high] = ends.map(|end| signed(100.0 * end, 2));
    format!("[{low}, {high}]")
}

/// `above 0 in 3 of 4 seeds`.
pub(super) fn above(values: &[f64]) -> String {
    let above = values.iter().filter(|value| **value > 0.0).count();
    format!("above 0 in {above} of {}", values.len())
}

/// The differences of each seed: `0: +0.35`.
pub(super) fn by_seed(differences: &[(u64, f64)], sign: f64) -> Markup {
    let texts =
        differences.iter().map(|(seed, value)| format!("{seed}:\u{a0}{}", signed(100.0 * sign * value, 2)));
    html! { span.seeds { (list(texts, ", ")) } }
}
