//! Points of the plane: the training points, and among them the acquired ones in their order.

use std::fmt::Write as _;

use maud::{Markup, html};
use ndarray::ArrayView2;

use super::super::made::links;
use super::{Acquired, class};
use crate::figures::{Axis, Figure, Plot, round, shade};
use crate::numbers::{Column, Entry, Table};

/// With more acquired points than this, their numbers would hide each other.
const MAX_NUMBERED: usize = 120;

/// Training points that are drawn at most.
const MAX_POINTS: usize = 3000;

/// The figure of a cell. `points` are [N, 2], with the class of each.
pub(super) fn figure(acquired: &Acquired, points: &ArrayView2<'_, f32>, labels: &[i64]) -> Figure {
    let data = acquired.data;
    let place = |id: usize| [0, 1].map(|axis| f64::from(points[[data.row(id), axis]]));
    let range = |axis: usize| {
        let values = || points.column(axis).into_iter().map(|&value| f64::from(value));
        (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
    };
    let [x, y] = [0, 1].map(|axis| {
        let (least, most) = range(axis);
        Axis::rounded(["x₁", "x₂"][axis], least, most, 6)
    });
    let plot = Plot::new(560.0, 400.0, x, y);
    let last = acquired.picks.last().map_or(0, |picks| picks.round);
    let total: usize = acquired.picks.iter().map(|picks| picks.points.len()).sum();
    let at = |id: usize| {
        let [x, y] = place(id);
        (plot.at_x(x), plot.at_y(y))
    };
    let mut squares = String::new();
    for &id in &acquired.initial {
        let (x, y) = at(id);
        let _ = write!(squares, "M{:.1} {:.1}h7v7h-7z", x - 3.5, y - 3.5);
    }
    let mut number = 0;
    let body = plot.around(&html! {
        (dots(&plot, points, labels, data.details.classes.len()))
        path.open.ink d=(squares) {}
        @for picks in &acquired.picks {
            g fill=(shade(picks.round, last)) stroke="#ffffff" stroke-width=".8" {
                @for &(id, _) in &picks.points {
                    circle cx=(round(at(id).0)) cy=(round(at(id).1)) r="4.6" {}
                }
            }
        }
        @if total <= MAX_NUMBERED { @for &(id, _) in acquired.picks.iter().flat_map(|picks| &picks.points) {
            ({ number += 1; numbered(number, at(id)) })
        } }
    });
    Figure {
        name: format!("acquired-{}", acquired.cell.file_name),
        description: format!(
            "training points, and those that {} acquired, numbered in their order",
            acquired.cell.label
        ),
        width: 560.0,
        height: 400.0,
        body,
        legend: Vec::new(),
        band: None,
        numbers: numbers(acquired, place),
    }
}

/// A small number beside a point, with a rim so that it can be read on anything.
pub(in super::super) fn numbered(number: usize, (x, y): (f64, f64)) -> Markup {
    html! { text.number x=(round(x + 5.0)) y=(round(y - 4.0)) { (number) } }
}

/// For the page.
pub(super) fn html(figure: &Figure, heading: &Markup) -> Markup {
    html! { figure {
        h3 { (heading) }
        div.scroll tabindex="0" role="group" aria-label=(crate::words::plain(&figure.description)) { (figure.inline()) }
        figcaption {
            "Training points by class (round and square dots by turns), the initial set (open squares), and the \
             acquired ones from early (dark) to late (light), numbered in their order. " (links(&figure.name))
        }
    } }
}

/// Training points as small dots: classes by colour, and by turns round and square.
fn dots(plot: &Plot, points: &ArrayView2<'_, f32>, labels: &[i64], classes: usize) -> Markup {
    let step = points.nrows().div_ceil(MAX_POINTS).max(1);
    html! { @for class in 0..classes {
        @let rows = (0..points.nrows()).step_by(step).filter(|&row| labels[row] == class as i64);
        @let path = rows.fold(String::new(), |mut path, row| {
            let [x, y] = [0, 1].map(|axis| f64::from(points[[row, axis]]));
            let _ = write!(path, "M{:.1} {:.1}h0", plot.at_x(x), plot.at_y(y));
            path
        });
        path class=(format!("dots s{class}")) stroke-linecap=(if class % 2 == 0 { "round" } else { "square" }) d=(path) {}
    } }
}

fn numbers(acquired: &Acquired, place: impl Fn(usize) -> [f64; 2]) -> Table {
    let names = ["number", "round", "id", "x1", "x2", "class"];
    let mut table = Table::new(names.map(Column::hidden).into());
    let picks =
        acquired.picks.iter().flat_map(|picks| picks.points.iter().map(move |point| (picks.round, point)));
    for (number, (round, &(id, label))) in picks.enumerate() {
        let [x, y] = place(id);
        table.push(vec![
            Entry::whole(number + 1),
            Entry::whole(round),
            Entry::whole(id),
            Entry::number(Some(x), 4),
            Entry::number(Some(y), 4),
            class(acquired, label).map_or_else(|| Entry::nothing(1), Entry::text),
        ]);
    }
    table
}
