//! The front `bal`: pipelines, plan, staleness, executors.
//!
//! [`main_from`] is the whole program. A pipeline file becomes runs (`config`, `sweep`), runs have tasks
//! (`task`), `staleness` compares each task's artifact with what the task would write now, `plan` puts that
//! together, and `executor` does it in worker processes or in jobs of a cluster. Stages are called as
//! libraries; this is the only crate that knows all of them.

mod args;
mod call;
mod cells;
mod commands;
mod config;
mod cost;
mod data;
mod error;
mod executor;
mod experiment;
mod feasibility;
mod home;
mod makefile;
mod metrics;
mod plan;
mod reason;
mod resolve;
mod settings;
mod staleness;
mod standing;
mod steps;
mod sweep;
mod task;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

pub use bal_settings::Place;
pub use config::{
    Cell, Cells, Granularity, Keep, Pipeline, Prepare, Retention, SlurmConfig, SlurmRequest, Text, Values,
    Warning, schema_json,
};
pub use error::Error;
pub use resolve::{Resolved, resolve};

/// Runs `bal` with these arguments (the first is the program's name); `bal train …` is `bal-train …`.
pub fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let name = arguments.get(1).and_then(|argument| argument.to_str()).unwrap_or_default();
    let stage: fn(Vec<OsString>) -> ExitCode = match name {
        "prepare" => bal_prepare::main_from,
        "label" => bal_label::main_from,
        "train" => bal_train::main_from,
        "score" => bal_score::main_from,
        "select" => bal_select::main_from,
        "report" => bal_report::main_from,
        _ => return bal_cli::run(arguments, |args: &args::Arguments| &args.global, commands::dispatch),
    };
    let program = OsString::from(format!("bal {name}"));
    stage(std::iter::once(program).chain(arguments.into_iter().skip(2)).collect())
}
