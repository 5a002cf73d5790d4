//! `make bench`: measures `bal` against what a user would run instead, and writes RESULTS.md.
//!
//! Both sides of a row are processes of their own with the same protocol (`protocol.rs`): a peer is a Python
//! script of `peers/`, `bal` is this program again (`bal-bench side …`). So each has its own threads and its
//! own peak of memory. Outputs are compared before any time is told. Rows are kept as JSON in the cache
//! folder, so that one of them can be measured again alone.

#![expect(non_snake_case, reason = "array names carry their axes: `log_probs_N_K_C`")]

mod args;
mod bench;
mod compare;
mod context;
mod error;
mod figure;
mod flop;
mod inputs;
mod machine;
mod made;
mod markdown;
mod process;
mod protocol;
mod results;
mod rows;
mod stages;

pub(crate) use error::{Error, Result};

fn main() -> std::process::ExitCode {
    args::main_from(std::env::args_os())
}
