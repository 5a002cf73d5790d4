//! Stdout, which may be a full disk or a pipe whose reader has seen enough.

use std::io::{Error, ErrorKind, IsTerminal as _, Write as _};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::{Explain, exit};

/// The first failure of stdout. It is told at the end: what a program does beside talking goes on.
static FAILED: Mutex<Option<Error>> = Mutex::new(None);

/// Whether stdout is a terminal, or was one before that went away.
static TERMINAL: OnceLock<bool> = OnceLock::new();

/// Remembers what stdout is at the start of the program.
pub(crate) fn look_at_output() {
    TERMINAL.get_or_init(|| std::io::stdout().is_terminal());
}

fn failure() -> MutexGuard<'static, Option<Error>> {
    FAILED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a line of data to stdout.
pub fn say(line: &str) {
    show(&format!("{line}\n"));
}

/// Writes text to stdout at once, without a line feed of its own. False if stdout takes no more: who talks
/// without end may stop then.
///
/// Nothing is written after a first failure, which the exit code tells at the end.
pub fn show(text: &str) -> bool {
    let mut failure = failure();
    if failure.is_none() {
        let mut stdout = std::io::stdout();
        *failure = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).err();
    }
    failure.is_none()
}

/// Whether all of [`say`]'s lines arrived where they were sent.
pub(crate) fn check_output() -> Result<(), LostOutput> {
    arrived(failure().take().map_or(Ok(()), Err))
}

/// A reader that ends early (`bal plan … | head`) has what it wanted, and a terminal that went away shows
/// nobody anything: that is no failure.
pub(crate) fn arrived(written: Result<(), Error>) -> Result<(), LostOutput> {
    /// What a terminal says that was hung up; a disk says so when it is damaged.
    const EIO: i32 = 5;
    let is_gone = |error: &Error| error.raw_os_error() == Some(EIO) && TERMINAL.get() == Some(&true);
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe && !is_gone(&error) => Err(LostOutput(error)),
        _ => Ok(()),
    }
}

/// Stdout did not take what was written to it.
#[derive(Debug, thiserror::Error)]
#[error("failed to write to stdout")]
pub(crate) struct LostOutput(#[source] Error);

impl Explain for LostOutput {
    fn exit_code(&self) -> u8 {
        exit::UNEXPECTED
    }

    fn hint(&self) -> Option<String> {
        Some("files that this call was to write are complete; only what it prints was lost".to_owned())
    }
}
