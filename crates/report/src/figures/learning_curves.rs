//! Learning curves: a metric over the number of labels, a line and a band per cell.

use kuva::plot::{BandPlot, LinePlot, LineStyle};
use kuva::render::annotations::ReferenceLine;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

use super::{Figure, Ground, SERIES};
use crate::history::{CellRows, History, failed};
use crate::statistics::{Point, learning_curve};
use crate::{Config, Error, LearningCurves, Metric};

/// The figure.
///
/// # Errors
/// [`Error::NoValues`] if no cell has a value of the metric.
pub(crate) fn learning_curves(history: &History, config: &Config) -> Result<Figure, Error> {
    let LearningCurves { metric, band } = config.learning_curves;
    let curve = |cell: &'_ CellRows| Ok((cell.name.clone(), learning_curve(cell, metric, band)?));
    let curves: Vec<(String, Vec<Point>)> =
        history.cells.iter().map(curve).collect::<Result<_, _>>().map_err(failed)?;
    if curves.iter().all(|(_, points)| points.is_empty()) {
        return Err(Error::NoValues { metric });
    }
    let description =
        format!("{} over the number of labels, a line per acquisition function", metric.label());
    Ok(Figure::draw("learning_curves", &description, |ground| {
        let plots = plots(&curves, ground);
        let mut layout = Layout::auto_from_plots(&plots)
            .with_width(860.0)
            .with_height(430.0)
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

fn plots(curves: &[(String, Vec<Point>)], ground: Ground) -> Vec<Plot> {
    let mut plots = Vec::new();
    for (i, (_, points)) in curves.iter().enumerate() {
        // Without a second seed there is no spread to show.
        if points.iter().any(|point| point.high > point.low) {
            let x = points.iter().map(|point| point.labels as f64);
            let (low, high) = (points.iter().map(|point| point.low), points.iter().map(|point| point.high));
            plots.push(Plot::Band(
                BandPlot::new(x, low, high).with_color(ground.series(i)).with_opacity(0.18),
            ));
        }
    }
    for (i, (name, points)) in curves.iter().enumerate() {
        let line = LinePlot::new()
            .with_data(points.iter().map(|point| (point.labels as f64, point.centre)))
            .with_color(ground.series(i))
            .with_stroke_width(1.8)
            .with_line_style(style(i))
            .with_legend(name);
        plots.push(Plot::Line(line));
    }
    plots
}

/// Colours come again after [`SERIES`] is used up, then with other dashes.
fn style(i: usize) -> LineStyle {
    match i / SERIES.len() {
        0 => LineStyle::Solid,
        1 => LineStyle::Dashed,
        2 => LineStyle::Dotted,
        _ => LineStyle::DashDot,
    }
}
