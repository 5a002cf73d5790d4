//! Stage: the labels that a round knows. In a pipeline all later stages of the round read labels here.

mod args;
mod config;
mod error;
mod run;

pub use args::main_from;
pub use config::{Config, Oracle};
pub use error::Error;
pub use run::{Files, From, STAGE, is_unchanged, run};
