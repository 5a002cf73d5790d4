//! One process at a time where several would do the same: who comes second waits and finds it done.

use std::path::Path;
use std::thread;
use std::time::Duration;

use bal_artifact::Lock;

use crate::Error;

/// How often a lock that another process holds is looked at.
const PAUSE: Duration = Duration::from_millis(100);

/// Waits until nobody else makes `what` at `target`, and keeps others from it while the lock is held.
///
/// # Errors
/// [`Error::Interrupted`] if a signal ends the wait, [`Error::Artifact`] if there can be no lock.
pub(super) fn wait(what: &str, target: &Path) -> Result<Lock, Error> {
    let mut said = false;
    loop {
        match Lock::beside(target) {
            Err(bal_artifact::Error::Locked { holder, .. }) => {
                if !said {
                    tracing::info!("waiting for {holder}: it is making {what} `{}`", target.display());
                    said = true;
                }
                bal_cli::check_interrupt()?;
                thread::sleep(PAUSE);
            }
            lock => return Ok(lock?),
        }
    }
}
