//! Tables: what every run measured and how long it took, and what follows from that.

pub(crate) mod csv;
mod history;
mod statistics;
mod summary;
mod times;

pub(crate) use history::History;
pub(crate) use statistics::{Average, Point, learning_curve};
pub(crate) use summary::{LabelsTo, Summary, labels_to_accuracy, summary};
pub(crate) use times::{STAGES, StageTime, times};
