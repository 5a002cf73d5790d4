//! Class histogram: the share of each class in what was acquired, beside its share in the pool.

use std::sync::Arc;

use kuva::plot::BarPlot;
use kuva::render::layout::{AxisLabelOverlap, Layout, TickFormat};
use kuva::render::plots::Plot;

use super::figure::{Figure, Ground};
use crate::runs::Cell;

/// More classes than this are numbered instead of named.
const MAX_NAMED: usize = 20;
/// Characters that fit below the axis; longer names are written slanted.
const MAX_UPRIGHT: usize = 45;

/// The histogram of a cell in its colour: shares of each class in what it acquired, and in its pool. The axis
/// goes up to `top`, so that cells can be compared.
pub(crate) fn class_histogram(
    cell: &Cell,
    colour: usize,
    shares: &[[f64; 2]],
    classes: &[String],
    top: f64,
) -> Figure {
    let tick =
        |class: usize| if classes.len() > MAX_NAMED { class.to_string() } else { classes[class].clone() };
    let longest = classes.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let slanted = classes.len() <= MAX_NAMED && longest * classes.len() > MAX_UPRIGHT;
    let description =
        format!("share of each class among the points that {} acquired, and in its pool", cell.label);
    Figure::draw(&format!("class_histogram-{}", cell.file_name()), &description, |ground: Ground| {
        let bars = shares.iter().enumerate().fold(BarPlot::new().with_width(0.8), |bars, (class, shares)| {
            let colours = [ground.series(colour), ground.colour("pool", "#c3c8ce")];
            bars.with_group(tick(class), shares.iter().copied().zip(colours))
        });
        let plots = vec![Plot::Bar(bars.with_legend(vec!["acquired", "pool"]))];
        let layout = Layout::auto_from_plots(&plots)
            .with_width(560.0)
            .with_height(if slanted { 320.0 } else { 270.0 })
            .with_x_label("class")
            .with_y_label("share")
            .with_y_axis_min(0.0)
            .with_y_axis_max((20.0 * top).ceil() / 20.0)
            .with_y_tick_format(TickFormat::Custom(Arc::new(percent)))
            .with_x_label_overlap(AxisLabelOverlap::Thin);
        (plots, if slanted { layout.with_x_tick_rotate(-40.0) } else { layout })
    })
}

/// `5 %`, `2.5 %`.
fn percent(share: f64) -> String {
    format!("{} %", (1000.0 * share).round() / 10.0)
}
