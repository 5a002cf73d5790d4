//! Shared by the binaries: logging, progress, exit codes, errors with hints, signals.

mod effort;
mod entry;
pub mod exit;
mod failure;
mod output;
mod progress;
mod signals;

pub use effort::Effort;
pub use entry::{GlobalArgs, LogFormat, MAX_ROUND, MAX_SEED, MAX_THREADS, StageArgs, run};
pub use failure::{Explain, Failure, Interrupted, nearest};
pub use output::say;
pub use progress::Progress;
pub use signals::{check_interrupt, request_stop, watch};
