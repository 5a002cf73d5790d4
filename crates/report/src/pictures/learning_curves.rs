//! Learning curves: a metric over the number of labels, a line and a band per cell.

use kuva::plot::{BandPlot, LinePlot};
use kuva::render::annotations::ReferenceLine;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

use super::Look;
use super::figure::{Figure, Ground};
use crate::numbers::{History, Point, learning_curve};
use crate::runs::Cell;
use crate::{Config, Error, LearningCurves, Metric};

/// Characters in a line of the legend; a longer label goes on in the next line.
const LEGEND_WIDTH: usize = 28;

/// The figure of these cells, whose rows `history` has.
///
/// # Errors
/// [`Error::NoValues`] if no cell has a value of the metric.
pub(crate) fn learning_curves(
    cells: &[Cell],
    looks: &[Look],
    history: &History,
    config: &Config,
) -> Result<Figure, Error> {
    let LearningCurves { metric, band } = config.learning_curves;
    let curves = history.cells.iter().map(|rows| learning_curve(rows, metric, band));
    let curves: Vec<Vec<Point>> = curves.collect::<Result<_, _>>()?;
    if curves.iter().all(Vec::is_empty) {
        return Err(Error::NoValues(metric.name()));
    }
    let description =
        format!("{} over the number of labels, a line per acquisition function", metric.label());
    // The library cuts a legend off that is higher than its figure.
    let lines: usize = cells.iter().map(|cell| cell.label.chars().count().div_ceil(LEGEND_WIDTH)).sum();
    Ok(Figure::draw("learning_curves", &description, |ground| {
        let plots = plots(cells, looks, &curves, ground);
        let mut layout = Layout::auto_from_plots(&plots)
            .with_width(860.0)
            .with_height(f64::max(430.0, 60.0 + 18.0 * lines as f64))
            .with_legend_wrap(LEGEND_WIDTH)
            .with_x_label("labels (initial set included)")
            .with_y_label(metric.label());
        if metric == Metric::TestAccuracy {
            for &threshold in &config.labels_to_accuracy {
                layout = layout.with_reference_line(
                    ReferenceLine::horizontal(threshold).with_color(ground.muted()).with_stroke_width(1.0),
                );
            }
        }
        (plots, layout)
    }))
}

fn plots(cells: &[Cell], looks: &[Look], curves: &[Vec<Point>], ground: Ground) -> Vec<Plot> {
    let mut plots = Vec::new();
    for (i, points) in curves.iter().enumerate() {
        // Without a second seed there is no spread to show.
        if points.iter().any(|point| point.high > point.low) {
            let x = points.iter().map(|point| point.labels as f64);
            let (low, high) = (points.iter().map(|point| point.low), points.iter().map(|point| point.high));
            let band = BandPlot::new(x, low, high).with_color(ground.series(looks[i].colour));
            plots.push(Plot::Band(band.with_opacity(0.18)));
        }
    }
    for (i, points) in curves.iter().enumerate() {
        let line = LinePlot::new()
            .with_data(points.iter().map(|point| (point.labels as f64, point.centre)))
            .with_color(ground.series(looks[i].colour))
            .with_stroke_width(1.8)
            .with_line_style(looks[i].line_style())
            .with_legend(&cells[i].label);
        plots.push(Plot::Line(line));
    }
    plots
}
