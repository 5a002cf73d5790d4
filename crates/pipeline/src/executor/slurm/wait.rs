//! Waiting for elements that were submitted.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bal_artifact::Layout;
use bal_cli::check_interrupt;

use super::queue::Queue;
use crate::Error;
use crate::words::count;

/// First and longest pause between two looks at the queue: a scheduler has other things to do.
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_mins(3);

/// Waits until none of these runs has an element that waits or runs.
///
/// # Errors
/// [`Error::Interrupted`]: the elements go on. [`Error::NoScheduler`].
pub(crate) fn wait(layout: &Layout, runs: &BTreeSet<String>) -> Result<(), Error> {
    let (mut interval, mut left) = (FIRST, usize::MAX);
    loop {
        pause(interval)?;
        interval = (interval * 3 / 2).min(LONGEST);
        match Queue::look(layout) {
            Ok(queue) => {
                let alive = queue.runs_alive().into_iter().filter(|run| runs.contains(*run)).count();
                if alive != left {
                    tracing::info!("{} queued or running", count(alive, "run"));
                }
                left = alive;
                if alive == 0 {
                    return Ok(());
                }
            }
            // It may be on its way back.
            Err(error @ Error::Scheduler { .. }) => tracing::warn!("{error}"),
            Err(error) => return Err(error),
        }
    }
}

/// Sleeps, but not through a signal.
pub(super) fn pause(time: Duration) -> Result<(), Error> {
    let start = Instant::now();
    while start.elapsed() < time {
        check_interrupt()?;
        std::thread::sleep(Duration::from_millis(50).min(time));
    }
    Ok(check_interrupt()?)
}
