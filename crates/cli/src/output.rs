//! Stdout, which may be a full disk or a pipe whose reader has seen enough.

use std::io::{Error, ErrorKind, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Explain, exit};

/// The first failure of stdout. It is told at the end: what a program does beside talking goes on.
static FAILED: Mutex<Option<Error>> = Mutex::new(None);

fn failure() -> MutexGuard<'static, Option<Error>> {
    FAILED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a line of data to stdout.
///
/// Nothing is written after a first failure, which the exit code tells at the end.
pub fn say(line: &str) {
    let mut failure = failure();
    if failure.is_none() {
        let mut stdout = std::io::stdout();
        *failure = writeln!(stdout, "{line}").and_then(|()| stdout.flush()).err();
    }
}

/// Whether all of [`say`]'s lines arrived where they were sent.
pub(crate) fn check_output() -> Result<(), LostOutput> {
    arrived(failure().take().map_or(Ok(()), Err))
}

/// A reader that ends early (`bal plan … | head`) has what it wanted: that is no failure.
pub(crate) fn arrived(written: Result<(), Error>) -> Result<(), LostOutput> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(LostOutput(error)),
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
