//! Class histogram: the share of each class in what was acquired, beside its share in the pool.

use kuva::plot::BarPlot;
use kuva::render::layout::{AxisLabelOverlap, Layout, TickFormat};
use kuva::render::plots::Plot;

use super::{Figure, Ground};
use crate::acquired::ClassCounts;

/// More classes than this are numbered instead of named.
const MAX_NAMED: usize = 20;
/// Longer names are written slanted.
const MAX_UPRIGHT: usize = 3;

/// The histogram of the cell at `position`, which has this `name` as part of a file name.
pub(crate) fn class_histogram(
    position: usize,
    name: &str,
    counts: &ClassCounts,
    classes: &[String],
) -> Figure {
    let share =
        |counts: &[usize], class: usize| counts[class] as f64 / counts.iter().sum::<usize>().max(1) as f64;
    let tick =
        |class: usize| if classes.len() > MAX_NAMED { class.to_string() } else { classes[class].clone() };
    let slanted = classes.len() <= MAX_NAMED && classes.iter().any(|name| name.chars().count() > MAX_UPRIGHT);
    let description = format!("share of each class among the points that {name} acquired, and in its pool");
    Figure::draw(&format!("class_histogram-{name}"), &description, |ground: Ground| {
        let bars = (0..classes.len()).fold(BarPlot::new().with_width(0.8), |bars, class| {
            let acquired = (share(&counts.acquired, class), ground.series(position));
            bars.with_group(
                tick(class),
                [acquired, (share(&counts.pool, class), ground.colour("pool", "#c3c8ce"))],
            )
        });
        let plots = vec![Plot::Bar(bars.with_legend(vec!["acquired", "pool"]))];
        let layout = Layout::auto_from_plots(&plots)
            .with_width(560.0)
            .with_height(if slanted { 320.0 } else { 270.0 })
            .with_x_label("class")
            .with_y_label("share")
            .with_y_tick_format(TickFormat::Custom(std::sync::Arc::new(|share| {
                format!("{:.0} %", 100.0 * share)
            })))
            .with_x_label_overlap(AxisLabelOverlap::Thin);
        (plots, if slanted { layout.with_x_tick_rotate(-40.0) } else { layout })
    })
}
