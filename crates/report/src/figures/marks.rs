//! How a series is told apart without its colour: dashes of its line and marks on it.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::{Look, Plot};

/// Marks along a line at most, so that they do not hide it.
const ON_A_LINE: usize = 15;

/// Lengths of dashes and gaps; the first is a solid line.
const DASHES: [&str; 4] = ["", "8 4", "2 3", "9 3 2 3"];

/// How many looks differ without their colours.
pub(super) const APART: usize = DASHES.len() * MARKS;

/// How many marks there are.
pub(super) const MARKS: usize = SHAPES.len();

/// Shapes of marks around 0, 0, closed.
#[rustfmt::skip] // a shape in a line
const SHAPES: [&[(f64, f64)]; 8] = [
    &[(-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)],                       // square
    &[(0.0, -4.2), (3.9, 3.0), (-3.9, 3.0)],                                     // triangle
    &[(0.0, -4.4), (4.0, 0.0), (0.0, 4.4), (-4.0, 0.0)],                         // diamond
    &[(0.0, 4.2), (3.9, -3.0), (-3.9, -3.0)],                                    // triangle that points down
    &[(-1.2, -4.0), (1.2, -4.0), (1.2, 4.0), (-1.2, 4.0)],                       // upright bar
    // plus
    &[(-1.3, -4.2), (1.3, -4.2), (1.3, -1.3), (4.2, -1.3), (4.2, 1.3), (1.3, 1.3), (1.3, 4.2), (-1.3, 4.2),
      (-1.3, 1.3), (-4.2, 1.3), (-4.2, -1.3), (-1.3, -1.3)],
    &[(0.0, -4.4), (4.2, -1.3), (2.6, 3.6), (-2.6, 3.6), (-4.2, -1.3)],          // pentagon
    &[(-3.6, -4.0), (3.6, 4.0), (3.6, -4.0), (-3.6, 4.0)],                       // hourglass
];

impl Look {
    /// What tells it apart without its colour: mark and dashes.
    pub(super) fn without_colour(self) -> (usize, usize) {
        (self.mark % SHAPES.len(), self.dashes % DASHES.len())
    }

    /// Dashes of its line.
    pub(crate) fn dashes(self) -> Option<&'static str> {
        Some(DASHES[self.dashes % DASHES.len()]).filter(|dashes| !dashes.is_empty())
    }

    /// Path of its mark around a place.
    fn mark(self, x: f64, y: f64, path: &mut String) {
        for (i, (dx, dy)) in SHAPES[self.mark % SHAPES.len()].iter().enumerate() {
            let _ = write!(path, "{}{:.1} {:.1}", if i == 0 { 'M' } else { 'L' }, x + dx, y + dy);
        }
        path.push('Z');
    }

    /// A piece of its line with a mark on it, 36 × 18, as SVG without its outermost element.
    pub(crate) fn sample(self) -> Markup {
        let mut mark = String::new();
        self.mark(18.0, 9.0, &mut mark);
        html! {
            g class=(format!("s{}", self.colour)) {
                path.line d="M1 9H35" stroke-dasharray=[self.dashes()] {}
                path.mark d=(mark) {}
            }
        }
    }

    /// The same for the page.
    pub(crate) fn swatch(self) -> Markup {
        swatch(&self.sample())
    }
}

/// A sample as a picture of its own.
pub(crate) fn swatch(sample: &Markup) -> Markup {
    html! { svg.plot.swatch viewBox="0 0 36 18" width="36" height="18" aria-hidden="true" { (sample) } }
}

/// The line of a series with its marks, from points that ascend.
pub(crate) fn marked_line(plot: &Plot, look: Look, points: &[(f64, f64)]) -> Markup {
    let step = points.len().div_ceil(ON_A_LINE).max(1);
    // Series that lie on each other have their marks side by side.
    let first = (look.colour + look.dashes) % step;
    let mut marks = String::new();
    for &(x, y) in points.iter().skip(first).step_by(step) {
        look.mark(plot.at_x(x), plot.at_y(y), &mut marks);
    }
    html! {
        path.line d=(plot.line(points.iter().copied())) stroke-dasharray=[look.dashes()] {}
        path.mark d=(marks) {}
    }
}
