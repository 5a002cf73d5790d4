//! Pictures: learning curves of all cells, and of each cell what it acquired.

mod acquired;
mod acquired_points;
mod acquired_texts;
mod class_histogram;
mod colours;
mod contact_sheet;
mod digits;
mod figure;
mod learning_curves;
mod of_cell;

pub(crate) use colours::{Look, SERIES, looks};
pub(crate) use contact_sheet::ContactSheet;
pub(crate) use figure::Figure;
pub(crate) use learning_curves::learning_curves;
pub(crate) use of_cell::{CellPictures, Shown, draw};
