//! Figures: SVG that is drawn once for page and file, with the numbers that it shows.

mod axis;
mod figure;
mod looks;
mod marks;
mod plot;
mod scale;

pub(crate) use axis::Axis;
pub(crate) use figure::{Figure, STYLE, encode, page_colours};
pub(crate) use looks::{Look, SERIES, looks};
pub(crate) use marks::{marked_line, swatch};
pub(crate) use plot::{Plot, round};
pub(crate) use scale::{colour, shade};
