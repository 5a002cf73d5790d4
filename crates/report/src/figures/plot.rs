//! The frame of a plot: grid, axes, ticks and labels; and where points stand in it.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::Axis;
use crate::words::{cut, plain};

/// Characters of a tick's text at most: what is longer is cut.
const TICK: usize = 14;

/// A plot of some size around its axes. All lengths are in units of the SVG.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Free space left, right, above and below of what is plotted.
    pub(crate) margins: [f64; 4],
    pub(crate) x: Axis,
    pub(crate) y: Axis,
}

impl Plot {
    pub(crate) fn new(width: f64, height: f64, x: Axis, y: Axis) -> Self {
        let longest = |axis: &Axis| {
            axis.ticks.iter().map(|(_, text)| text.chars().count().min(TICK)).max().unwrap_or(0) as f64
        };
        let left = 34.0 + 7.0 * longest(&y);
        // Names that do not fit side by side are written slanted.
        let place = (width - left) / x.ticks.len().max(1) as f64;
        let below = if 7.5 * longest(&x) > place { 42.0 + 5.0 * longest(&x) } else { 50.0 };
        // Half of the last number stands behind its place, which is the end of the axis or before it.
        let beyond = |(at, text): &(f64, String)| {
            4.5 * text.chars().count().min(TICK) as f64 - (1.0 - x.place(*at)) * (width - left)
        };
        let right = x.ticks.last().filter(|_| below <= 50.0).map_or(18.0, |last| beyond(last).max(18.0));
        Self { width, height, margins: [left, right, 14.0, below], x, y }
    }

    pub(crate) fn left(&self) -> f64 {
        self.margins[0]
    }

    pub(crate) fn right(&self) -> f64 {
        self.width - self.margins[1]
    }

    pub(crate) fn top(&self) -> f64 {
        self.margins[2]
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.height - self.margins[3]
    }

    pub(crate) fn at_x(&self, value: f64) -> f64 {
        self.left() + self.x.place(value) * (self.right() - self.left())
    }

    pub(crate) fn at_y(&self, value: f64) -> f64 {
        self.bottom() - self.y.place(value) * (self.bottom() - self.top())
    }

    /// A line through points in the axes' numbers.
    pub(crate) fn line(&self, points: impl IntoIterator<Item = (f64, f64)>) -> String {
        let mut path = String::new();
        for (x, y) in points {
            let start = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{start}{:.1} {:.1}", self.at_x(x), self.at_y(y));
        }
        path
    }

    /// The area between two lines over the same numbers: x, lower, upper.
    pub(crate) fn area(&self, points: &[(f64, f64, f64)]) -> String {
        let there = points.iter().map(|&(x, _, high)| (x, high));
        let back = points.iter().rev().map(|&(x, low, _)| (x, low));
        if points.is_empty() { String::new() } else { self.line(there.chain(back)) + "Z" }
    }

    /// Grid, axes, ticks and labels around what is plotted.
    pub(crate) fn around(&self, inside: &Markup) -> Markup {
        let Self { x, y, .. } = self;
        let (left, right, top, bottom) = (self.left(), self.right(), self.top(), self.bottom());
        let slanted = self.margins[3] > 50.0;
        let [x_label, y_label] = [&x.label, &y.label].map(|label| cut(&plain(label), 90));
        html! {
            path.grid d=(self.grid()) {}
            (inside)
            path.axis d=(format!("M{left:.1} {top:.1}V{bottom:.1}H{right:.1}")) {}
            @for (tick, text) in &x.ticks {
                @let (at, text) = (self.at_x(*tick), cut(&plain(text), TICK));
                @if slanted {
                    text x=(round(at)) y=(round(bottom + 14.0)) text-anchor="end"
                        transform=(format!("rotate(-40 {at:.1} {:.1})", bottom + 14.0)) { (text) }
                } @else {
                    text x=(round(at)) y=(round(bottom + 18.0)) text-anchor="middle" { (text) }
                }
            }
            @for (tick, text) in &y.ticks {
                text x=(round(left - 7.0)) y=(round(self.at_y(*tick) + 4.5)) text-anchor="end" {
                    (cut(&plain(text), TICK))
                }
            }
            text x=(round(f64::midpoint(left, right))) y=(round(self.height - 8.0)) text-anchor="middle" { (x_label) }
            @let middle = f64::midpoint(top, bottom);
            text x="14" y=(round(middle)) text-anchor="middle" transform=(format!("rotate(-90 14 {middle:.1})")) {
                (y_label)
            }
        }
    }

    fn grid(&self) -> String {
        let mut path = String::new();
        for (tick, _) in &self.y.ticks {
            let _ = write!(path, "M{:.1} {:.1}H{:.1}", self.left(), self.at_y(*tick), self.right());
        }
        path
    }
}

/// A coordinate as it is written.
pub(crate) fn round(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stand_where_their_numbers_are() {
        let plot = Plot::new(200.0, 100.0, Axis::new("x", 0.0, 10.0, 2), Axis::new("y", 0.0, 1.0, 2));
        assert_eq!((plot.at_x(0.0), plot.at_x(10.0)), (plot.left(), plot.right()));
        assert_eq!((plot.at_y(0.0), plot.at_y(1.0)), (plot.bottom(), plot.top()));
        assert_eq!(plot.line([]), "");
        assert_eq!(plot.area(&[(0.0, 0.0, 1.0)]).matches(' ').count(), 2);
        let long = Axis::names("class", ["<b>".repeat(100), "\u{202e}x".to_owned()]);
        let text = Plot::new(200.0, 100.0, long, Axis::new("y", 0.0, 1.0, 2)).around(&html! {}).into_string();
        assert!(text.contains("&lt;b&gt;") && text.contains('…') && !text.contains('\u{202e}'), "{text}");
    }
}
