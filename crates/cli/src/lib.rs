//! Shared by the binaries: logging, progress, exit codes, errors with hints, signals.

mod effort;
mod entry;
mod failure;
mod output;
mod progress;
mod signals;
mod words;

pub use bal_error::{Explain, did_you_mean, exit, nearest};
pub use effort::Effort;
pub use entry::{
    GlobalArgs, LogFormat, MAX_ROUND, MAX_SEED, MAX_THREADS, PlaceArgs, ThreadArgs, checked_threads, run,
};
pub use failure::{Failure, Interrupted};
pub use output::{say, show};
pub use progress::Progress;
pub use signals::{check_interrupt, leave_at_once, request_stop, watch};
pub use words::Words;
