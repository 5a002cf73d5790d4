//! Command line of `bal-bench`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bal_cli::{Failure, GlobalArgs};
use clap::{Args, Parser, Subcommand};

use crate::context::{Context, Sizes};
use crate::rows::{RowName, Task};
use crate::{bench, machine, protocol};

/// Measures bal against what a user would run instead, and writes RESULTS.md
///
/// Inputs are made once and kept in the cache folder, and so are the results of every row: with `--only` a
/// row is measured again and the others keep their numbers. Outputs of both sides are compared before times
/// are told; where they differ, the run fails. Needs an idle machine and, for all rows at full size, more
/// than an hour on two cores.
#[derive(Debug, Parser)]
#[command(
    name = "bal-bench",
    version,
    max_term_width = 110,
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  make bench                                   # everything\n  make bench BENCH='--only scores,k_bald'      # measure two rows again\n  make bench BENCH=--render                    # only write RESULTS.md again\n  bal-bench --quick --no-peers                 # bal's side, small, in seconds"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Internal>,
    #[command(flatten)]
    bench: BenchArgs,
    #[command(flatten)]
    global: GlobalArgs,
}

#[derive(Debug, Subcommand)]
enum Internal {
    /// bal's side of a row; prints an answer as JSON
    #[command(hide = true)]
    Side { task: Task, request: String },
    /// A stage of bal with its own arguments
    #[command(hide = true, disable_help_flag = true)]
    Stage {
        name: String,
        #[arg(allow_hyphen_values = true, trailing_var_arg = true)]
        arguments: Vec<OsString>,
    },
}

#[derive(Args, Debug)]
struct BenchArgs {
    /// Measure these rows only
    #[arg(long, value_enum, value_delimiter = ',', value_name = "ROW[,ROW…]", help_heading = "What")]
    only: Vec<RowName>,
    /// Small sizes: seconds a row, minutes for `figure`; all results go to the cache folder
    #[arg(long, help_heading = "What")]
    quick: bool,
    /// Measure bal alone
    #[arg(long, help_heading = "What")]
    no_peers: bool,
    /// Give batchbald_redux so many pool points and multiply its time, linear in them [default: all]
    #[arg(long, value_name = "N", help_heading = "What")]
    peer_points: Option<usize>,
    /// Measure nothing, write RESULTS.md from what is kept
    #[arg(long, help_heading = "What", conflicts_with = "only")]
    render: bool,
    /// Threads of either side [default: all cores]
    #[arg(long, value_name = "N", help_heading = "Execution", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Timed repetitions after one for warming up; peers that take minutes run once
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Execution", value_parser = clap::value_parser!(u16).range(1..))]
    repetitions: u16,
    /// Prepared MNIST
    #[arg(long, value_name = "DIR", default_value = "data/mnist", help_heading = "Inputs")]
    data: PathBuf,
    /// Python with the peers [default: that of the environment which `make bench` makes]
    #[arg(long, value_name = "FILE", help_heading = "Inputs")]
    python: Option<PathBuf>,
    /// Folder for inputs and results [default: bal/bench in the user's cache folder]
    #[arg(long, value_name = "DIR", help_heading = "Outputs")]
    cache: Option<PathBuf>,
    /// The report; the scaling plot goes beside it [default: crates/bench/RESULTS.md]
    #[arg(long, value_name = "FILE.md", help_heading = "Outputs")]
    out: Option<PathBuf>,
}

/// Runs `bal-bench` with these arguments (the first is the program's name).
pub(crate) fn main_from(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // A stage parses its own command line and starts its own logging.
    if arguments.get(1).is_some_and(|word| word == "stage") {
        return stage(arguments.into_iter().skip(2).collect());
    }
    bal_cli::run(
        arguments,
        |arguments: &Arguments| &arguments.global,
        |arguments| {
            match arguments.command {
                Some(Internal::Side { task, request }) => side(task, &request)?,
                Some(Internal::Stage { .. }) | None => measure(arguments.bench)?,
            }
            Ok::<(), Failure>(())
        },
    )
}

/// `bal-train …` and so on, of this build.
fn stage(arguments: Vec<OsString>) -> ExitCode {
    match arguments.first().and_then(|name| name.to_str()) {
        Some("prepare") => bal_prepare::main_from(arguments),
        Some("label") => bal_label::main_from(arguments),
        Some("train") => bal_train::main_from(arguments),
        Some("score") => bal_score::main_from(arguments),
        Some("select") => bal_select::main_from(arguments),
        _ => ExitCode::from(bal_cli::exit::USAGE),
    }
}

fn side(task: Task, request: &str) -> crate::Result<()> {
    let request: protocol::Request = serde_json::from_str(request).map_err(|source| {
        crate::Error::Answer { what: "request".to_owned(), found: request.to_owned(), source }
    })?;
    let mut answer = task.run(&request)?;
    answer.peak_memory_bytes = bal_artifact::peak_memory_bytes();
    answer.version = bench::version();
    bal_cli::say(&serde_json::to_string(&answer).expect("names and numbers are always JSON"));
    Ok(())
}

fn measure(args: BenchArgs) -> crate::Result<()> {
    let cache = user_cache();
    let size = if args.quick { "quick" } else { "full" };
    let folder = args.cache.unwrap_or_else(|| cache.join("bench")).join(size);
    let python = args.python.unwrap_or_else(|| cache.join("bench-venv").join("bin").join("python"));
    let context = Context {
        sizes: if args.quick { Sizes::QUICK } else { Sizes::FULL },
        threads: args.threads.map_or_else(machine::cores, usize::from),
        repetitions: usize::from(args.repetitions),
        python: (!args.no_peers).then_some(python),
        peer_points: args.peer_points,
        data: args.data,
        cache: folder.clone(),
    };
    let out = args.out.unwrap_or_else(|| {
        if args.quick { folder.join("RESULTS.md") } else { PathBuf::from("crates/bench/RESULTS.md") }
    });
    let rows = match (args.render, args.only.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) => RowName::ALL.to_vec(),
        (false, false) => args.only,
    };
    bench::run(&context, &rows, &out)
}

/// `${XDG_CACHE_HOME:-~/.cache}/bal`
fn user_cache() -> PathBuf {
    let given = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    given.unwrap_or_else(home).join("bal")
}
