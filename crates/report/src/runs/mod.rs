//! What was run: cells, seeds and rounds by their folders and manifests, their data sets, and what was
//! planned.

mod cell;
mod chain;
mod data;
mod find;
mod groups;
mod left_out;
mod picks;
mod pipeline_file;
mod planned;
mod rounds;

pub(crate) use cell::{Cell, Round, SeedRun};
pub(crate) use data::{Data, DataSets, TrainInputs};
pub(crate) use find::{find, unlike};
pub(crate) use groups::{Group, groups};
pub use left_out::outside;
pub(crate) use picks::{Picks, class_counts, initial, picks};
pub(crate) use pipeline_file::PipelineFile;
