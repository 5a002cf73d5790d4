//! Stage: the labels that a round knows. Every later stage of the round reads labels here and nowhere else.

mod args;
mod config;
mod error;
mod run;

pub use args::main_from;
pub use config::{Config, Oracle};
pub use error::Error;
pub use run::{From, Run, STAGE, is_unchanged, run};
