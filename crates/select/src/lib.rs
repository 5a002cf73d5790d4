//! Stage: picks the acquisition batch.

#![expect(non_snake_case, reason = "array names carry their axes: `values_N_K_C`")]

mod args;
mod basis;
mod batch;
mod config;
mod error;
mod explain;
mod featured;
mod files;
mod method;
mod pick;
mod run;

mod waiting;

pub use args::main_from;
pub use bal_acquisition::{BatchMethod, Form};
pub use basis::{Basis, Predictions};
pub use config::Config;
pub use error::Error;
pub use files::{Execution, Files, Labelled};
pub use method::{By, ByFeatures, ByPredictions, ByScores, Method};
pub use run::{STAGE, run};
