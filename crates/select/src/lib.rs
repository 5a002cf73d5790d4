//! Stage: picks the acquisition batch.

mod args;
mod config;
mod error;
mod run;

pub use args::main_from;
pub use config::{Config, Method};
pub use error::Error;
pub use run::{Run, STAGE_VERSION, run};
