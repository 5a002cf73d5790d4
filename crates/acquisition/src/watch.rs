//! Whoever waits for scores or a batch.

use std::fmt;

use crate::{Error, Result};

/// Whoever waits for scores or a batch: may stop the work, and hears of every pick.
///
/// Work that takes long asks at least once for every point it reads, from any thread; a stopped one leaves
/// nothing.
pub trait Watch: Sync {
    /// Whether to give up, with [`Error::Stopped`].
    fn is_stopped(&self) -> bool;

    /// One more point of the batch is picked.
    fn picked(&self) {}
}

/// Nobody waits: the work is never stopped.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn is_stopped(&self) -> bool {
        false
    }
}

impl dyn Watch + '_ {
    /// A place where work can be stopped.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_stopped() { Err(Error::Stopped) } else { Ok(()) }
    }
}

impl fmt::Debug for dyn Watch + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}
