//! Numbers: what every run measured and how long it took, what follows from that, and tables of it.

mod curves;
mod history;
mod paired;
mod pairwise;
mod statistics;
mod table;
mod times;

pub(crate) use curves::{Curve, Curves, Spread};
pub(crate) use history::history;
pub(crate) use paired::{Comparison, Test, comparisons};
pub(crate) use pairwise::mean_pairwise_information;
pub(crate) use statistics::{Average, FEWEST_SEEDS, deviating, mean, quantile};
pub(crate) use table::{Column, Entry, Table, Value};
pub(crate) use times::{STAGES, StageTime, times};
