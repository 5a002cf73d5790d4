//! Stage: data sets from their sources, and the split into initial, validation and pool.
//!
//! [`dataset::run`] fetches a data set, checks its bytes and writes arrays; [`split::run`] divides its
//! training points among the initial training set, the validation set and the pool. Files of foreign formats
//! are read here and nowhere else; everything that is written goes through `bal_artifact`.

mod args;
pub mod dataset;
mod error;
pub mod split;

pub use args::main_from;
pub use error::Error;
