//! Starts measuring processes: the one place of this crate that does.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::context::Context;
use crate::inputs::arguments;
use crate::protocol::{Answer, Request, timed};
use crate::rows::Task;
use crate::{Error, Result};

/// Variables that tell the libraries of either side how many threads to use.
const THREADS: [&str; 4] =
    ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"];

/// `bal`'s side of a row, in a process of its own.
pub(crate) fn own(task: Task, request: &Request) -> Result<Answer> {
    ask(&this_program(), &["side".into(), task.name().into()], &format!("side {}", task.name()), request)
}

/// A peer's side; `script` is a file of `peers/`. Nothing where peers are left out.
pub(crate) fn peer(context: &Context, script: &str, request: &Request) -> Result<Option<Answer>> {
    let Some(python) = &context.python else { return Ok(None) };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script);
    // -B: no __pycache__ in the source tree.
    ask(python, &["-B".into(), path.into()], script, request).map(Some)
}

/// A stage of `bal` with its own command line, in a process of its own: `bal-bench stage train --data …`.
pub(crate) fn stage(arguments: &[OsString]) -> Result<()> {
    let what: Vec<_> = arguments.iter().take(1).map(|name| name.to_string_lossy()).collect();
    let mut command = Command::new(this_program());
    command.arg("stage").args(arguments).stdout(Stdio::null());
    finish(&mut command, &format!("stage {}", what.join(" "))).map(drop)
}

/// `bal` of the same build.
pub(crate) fn program_bal() -> Result<PathBuf> {
    let this = std::env::current_exe().map_err(Error::io("find", &this_program()))?;
    let bal = this.with_file_name("bal");
    if bal.is_file() { Ok(bal) } else { Err(Error::NoBal { path: bal }) }
}

/// Wall-clock seconds of a whole pipeline that starts with nothing but the data set.
pub(crate) fn pipeline(
    bal: &Path,
    file: &Path,
    out: &Path,
    data: &Path,
    jobs: usize,
    more: &[String],
) -> Result<f64> {
    if out.exists() {
        fs_err::remove_dir_all(out).map_err(Error::io("remove", out))?;
    }
    let mut words = arguments(&["run", "--quiet", "--device", "cpu", "--jobs", &jobs.to_string()]);
    words.extend([file.into(), "--out".into(), out.into()]);
    words.extend(["--data-dir".into(), data.parent().unwrap_or(Path::new(".")).into()]);
    words.extend(more.iter().map(OsString::from));
    let (seconds, ended) = timed(|| program(bal, &words));
    ended.map(|()| seconds)
}

/// Another program, which must succeed.
fn program(path: &Path, arguments: &[OsString]) -> Result<()> {
    let mut command = Command::new(path);
    command.args(arguments).stdout(Stdio::null()).env("RUST_LOG", "warn");
    finish(&mut command, &path.display().to_string()).map(drop)
}

fn ask(program: &Path, arguments: &[OsString], what: &str, request: &Request) -> Result<Answer> {
    let mut command = Command::new(program);
    command.args(arguments).arg(serde_json::to_string(request).expect("paths and numbers are always JSON"));
    command.stdout(Stdio::piped()).envs(THREADS.map(|name| (name, request.threads.to_string())));
    // A peer reports seconds, not progress; its bars would only cost time.
    command.env("TQDM_DISABLE", "1");
    let said = finish(&mut command, what)?;
    let line = said.lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|source| Error::Answer {
        what: what.to_owned(),
        found: line.to_owned(),
        source,
    })
}

/// Waits for the end; stderr is passed on. Returns what was written to stdout.
fn finish(command: &mut Command, what: &str) -> Result<String> {
    tracing::debug!("running {command:?}");
    let program = PathBuf::from(command.get_program());
    let child = command.stdin(Stdio::null()).spawn();
    let output = child.and_then(std::process::Child::wait_with_output);
    let output = output.map_err(|source| Error::Spawn { program, source })?;
    // Ctrl-C reaches the child as well; what it then says is of no interest.
    bal_cli::check_interrupt()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Error::Failed { what: what.to_owned(), status: output.status.to_string() })
    }
}

/// This very program, even if its file was replaced by a new build meanwhile.
fn this_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}
