//! Points of the plane: the training points of one run, and among them the acquired ones by round.

use kuva::plot::legend::{LegendEntry, LegendShape};
use kuva::plot::scatter::{MarkerShape, ScatterPlot};
use kuva::render::annotations::TextAnnotation;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use ndarray::ArrayView2;

use super::acquired::Picks;
use super::figure::{Figure, Ground};
use crate::runs::Cell;

/// With more acquired points than this, their numbers would hide each other.
const MAX_NUMBERED: usize = 120;
/// Rounds named in the legend.
const LEGEND_ROUNDS: usize = 6;
/// Stops of a scale from early to late whose lightness rises evenly (after viridis, without its palest end).
const SCALE: [[f64; 3]; 5] =
    [[68.0, 1.0, 84.0], [59.0, 82.0, 139.0], [33.0, 145.0, 140.0], [94.0, 201.0, 98.0], [220.0, 215.0, 50.0]];

/// The figure of a cell. `points` are [N, 2], with the class of each and the names of the classes.
pub(crate) fn acquired_points(
    cell: &Cell,
    (points, labels): (&ArrayView2<'_, f32>, &[i64]),
    classes: &[String],
    initial: &[usize],
    picks: &[Picks],
) -> Figure {
    let place = |id: usize| (f64::from(points[[id, 0]]), f64::from(points[[id, 1]]));
    let last = picks.last().map_or(0, |picks| picks.round);
    let total: usize = picks.iter().map(|picks| picks.points.len()).sum();
    let description = format!("training points, and those that {} acquired, coloured by round", cell.label);
    Figure::draw(&format!("acquired-{}", cell.file_name()), &description, |ground: Ground| {
        let mut plots = Vec::new();
        for class in 0..classes.len() {
            let of_class = (0..points.nrows()).filter(|&id| labels[id] == class as i64).map(place);
            let marker =
                ScatterPlot::new().with_data(of_class).with_size(2.6).with_color(ground.series(class));
            plots.push(Plot::Scatter(marker.with_marker_opacity(0.45)));
        }
        let square = ScatterPlot::new().with_data(initial.iter().map(|&id| place(id))).with_size(4.5);
        plots.push(Plot::Scatter(square.with_marker(MarkerShape::Square).with_color(ground.ink())));
        for picks in picks {
            let of_round = picks.points.iter().map(|(id, _)| place(*id));
            let marker = ScatterPlot::new().with_data(of_round).with_size(4.5);
            plots.push(Plot::Scatter(marker.with_color(shade(picks.round, last))));
        }
        let mut layout = Layout::auto_from_plots(&plots)
            .with_width(600.0)
            .with_height(400.0)
            .with_x_label("x₁")
            .with_y_label("x₂")
            .with_legend_entries(legend(classes, picks, last, ground))
            .with_equal_aspect();
        if total <= MAX_NUMBERED {
            for (round, (id, _)) in picks.iter().flat_map(|p| p.points.iter().map(|point| (p.round, point))) {
                let (x, y) = place(*id);
                layout =
                    layout.with_annotation(TextAnnotation::new(round.to_string(), x, y).with_font_size(9));
            }
        }
        (plots, layout)
    })
}

fn legend(classes: &[String], picks: &[Picks], last: u64, ground: Ground) -> Vec<LegendEntry> {
    let entry = |label: String, color: String, shape| LegendEntry { label, color, shape, dasharray: None };
    let small = LegendShape::CircleSize(2.6);
    let named = classes.iter().enumerate();
    let mut entries: Vec<LegendEntry> =
        named.map(|(class, name)| entry(name.clone(), ground.series(class), small)).collect();
    entries.push(entry("initial set".to_owned(), ground.ink(), LegendShape::Marker(MarkerShape::Square)));
    let step = picks.len().div_ceil(LEGEND_ROUNDS).max(1);
    entries.extend(picks.iter().step_by(step).map(|picks| {
        entry(format!("acquired, round {}", picks.round), shade(picks.round, last), LegendShape::Circle)
    }));
    entries
}

/// Colour of a round between the first and the `last`.
fn shade(round: u64, last: u64) -> String {
    let place = (SCALE.len() - 1) as f64 * round as f64 / last.max(1) as f64;
    let below = (place as usize).min(SCALE.len() - 2);
    let part = place - below as f64;
    let channel = |c: usize| (SCALE[below][c] + part * (SCALE[below + 1][c] - SCALE[below][c])).round() as u8;
    format!("#{:02x}{:02x}{:02x}", channel(0), channel(1), channel(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_run_from_dark_to_light() {
        assert_eq!(shade(0, 10), "#440154");
        assert_eq!(shade(5, 10), "#21918c");
        assert_eq!(shade(10, 10), "#dcd732");
        assert_eq!(shade(0, 0), "#440154");
    }
}
