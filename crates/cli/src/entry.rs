//! The way every binary starts and ends.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::output::{arrived, check_output, look_at_output};
use crate::{Failure, signals};

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Options that every command has.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Say more (-v: debug, -vv: trace); `RUST_LOG` wins
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Form of log lines on stderr
    #[arg(long, value_enum, default_value = "text", global = true, value_name = "FORMAT")]
    pub log_format: LogFormat,
}

/// Threads at most: each that draws posterior samples takes some 80 MB.
pub const MAX_THREADS: i64 = 1024;

/// Largest round: as many rounds as all runs of a pipeline have together at most.
pub const MAX_ROUND: u64 = 1_000_000;

/// Largest seed: tables hold it as a signed number.
pub const MAX_SEED: u64 = i64::MAX as u64;

/// Threads of a stage that has work for them.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Execution")]
pub struct ThreadArgs {
    /// Threads of libtorch and rayon
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MAX_THREADS))]
    threads: u16,
}

impl ThreadArgs {
    /// Their number, with a warning if there are more than processors.
    pub fn number(&self) -> usize {
        checked_threads(self.threads)
    }
}

/// Warns of more threads than this process may use processors. They are taken all the same: the bytes of a
/// training depend on their number, and somebody may want those of a larger machine again.
pub fn checked_threads(threads: u16) -> usize {
    let threads = usize::from(threads);
    let processors = std::thread::available_parallelism().map_or(usize::MAX, usize::from);
    if threads > processors {
        tracing::warn!(
            "{threads} threads share {processors} processors: they take turns, which is slower than {processors}"
        );
    }
    threads
}

/// Where and when a stage of a run takes place.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Execution")]
pub struct PlaceArgs {
    /// Seed of the run
    #[arg(long, default_value_t = 0, value_name = "S", value_parser = clap::value_parser!(u64).range(..=MAX_SEED))]
    pub seed: u64,
    /// Acquisition round, 0 to 1000000
    #[arg(long, default_value_t = 0, value_name = "R", value_parser = clap::value_parser!(u64).range(..=MAX_ROUND))]
    pub round: u64,
    /// Output folder, replaced if it is there
    #[arg(long, value_name = "DIR", help_heading = "Outputs")]
    pub out: PathBuf,
    /// Folder that the paths in the manifest are relative to [default: the output folder]
    #[arg(long, value_name = "DIR", help_heading = "Outputs")]
    pub root: Option<PathBuf>,
}

/// Parses `arguments`, starts logging and signal watching, runs, prints an error as users should see it.
pub fn run<A: Parser>(
    arguments: impl IntoIterator<Item = OsString>,
    global: impl FnOnce(&A) -> &GlobalArgs,
    command: impl FnOnce(A) -> Result<(), Failure>,
) -> ExitCode {
    look_at_output();
    let arguments = match A::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(answer) => return explain_usage(&answer),
    };
    start_logging(global(&arguments));
    signals::watch();
    let outcome = command(arguments).and_then(|()| Ok(check_output()?));
    outcome.map_or_else(|failure| end(&failure), |()| ExitCode::from(crate::exit::OK))
}

/// Prints what was asked for (`--help`, `--version`) to stdout, or what was wrong to stderr.
fn explain_usage(answer: &clap::Error) -> ExitCode {
    let printed = answer.print();
    match arrived(printed) {
        Err(lost) if !answer.use_stderr() => end(&lost.into()),
        _ => ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(crate::exit::USAGE)),
    }
}

fn end(failure: &Failure) -> ExitCode {
    // The exit code says it also where nobody reads stderr any more.
    let _ = write!(std::io::stderr(), "{}", failure.render());
    ExitCode::from(failure.exit_code())
}

fn start_logging(global: &GlobalArgs) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (_, 0) => "info",
        (_, 1) => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // It would tell of a closed stderr on stderr, and panic.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in one process (tests) keeps the first.
    let _ = match global.log_format {
        LogFormat::Text => logs.without_time().with_target(false).try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
}
