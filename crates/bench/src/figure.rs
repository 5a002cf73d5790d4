//! The scaling plot: seconds over the size that grows, in log-log, relative to each curve's start.

use kuva::backend::svg::SvgBackend;
use kuva::plot::{LinePlot, LineStyle};
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use kuva::render::render::render_multiple;
use kuva::render::theme::Theme;

use crate::results::Curve;

/// One colour per axis, told apart also by the colour-blind (Okabe & Ito 2008).
const COLOURS: [(&str, &str); 5] =
    [("N", "#0072b2"), ("K", "#d55e00"), ("C", "#009e73"), ("b", "#cc79a7"), ("workers", "#6b6f76")];
/// One kind of line per thing that is measured.
const STYLES: [(&str, LineStyle); 3] =
    [("bald", LineStyle::Dotted), ("k_bald", LineStyle::Dashed), ("batch_bald", LineStyle::Solid)];

/// The plot as SVG; nothing without curves.
pub(crate) fn scaling(curves: &[&Curve]) -> Option<String> {
    if curves.is_empty() {
        return None;
    }
    let plots: Vec<Plot> = curves.iter().filter_map(|curve| line(curve)).map(Plot::Line).collect();
    let theme = Theme {
        font_family: Some("'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif".to_owned()),
        ..Theme::light()
    };
    let layout = Layout::auto_from_plots(&plots)
        .with_width(720.0)
        .with_height(460.0)
        .with_log_scale()
        .with_x_label("size, relative to the smallest")
        .with_y_label("time, relative to the smallest size")
        .with_legend_box(false)
        .with_theme(theme);
    let svg = SvgBackend::new().render_scene(&render_multiple(plots, layout));
    let described = "<svg role=\"img\" aria-label=\"time over size in log-log, a line per method and size\" ";
    Some(svg.replacen("<svg ", described, 1))
}

fn line(curve: &Curve) -> Option<LinePlot> {
    let &(x, y) = curve.points.first()?;
    let colour = COLOURS.iter().find(|(axis, _)| *axis == curve.axis).map_or("#1b1f24", |(_, colour)| colour);
    let style = STYLES
        .iter()
        .find(|(what, _)| *what == curve.what)
        .map_or(LineStyle::DashDot, |(_, style)| style.clone());
    let points: Vec<(f64, f64)> = curve.points.iter().map(|point| (point.0 / x, point.1 / y)).collect();
    let plot =
        LinePlot::new().with_data(points).with_color(colour).with_line_style(style).with_stroke_width(1.8);
    Some(plot.with_legend(format!("{}, {}", curve.what, curve.axis)))
}
