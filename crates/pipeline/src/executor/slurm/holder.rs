//! Whether whoever left a note in a lock is gone: the scheduler decides.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bal_artifact::{Holder, Job};

use super::client;
use super::states::State;
use crate::Error;

/// How long an answer of the scheduler is taken again.
const FRESH: Duration = Duration::from_secs(5);

/// Whether the holder of a lock, who left its note on another machine, has ended. Asked only where the file
/// itself is not locked, which not every file system tells other machines.
pub(crate) fn is_gone(holder: &Holder) -> bool {
    static LAST: Mutex<Option<(Instant, Holder, bool)>> = Mutex::new(None);
    let Some((id, restart)) = &holder.job else { return true };
    if let Some(own) = Job::current().filter(|own| own.id == *id) {
        // An earlier start of this very job. With as many starts it is one that the scheduler has forgotten.
        return own.restart >= *restart;
    }
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((when, of, gone)) = &*last
        && of == holder
        && when.elapsed() < FRESH
    {
        return *gone;
    }
    let gone = ask(id);
    *last = Some((Instant::now(), holder.clone(), gone));
    gone
}

fn ask(id: &str) -> bool {
    match client::squeue_of(id) {
        Ok(text) => text.lines().next().is_none_or(is_over),
        // Not where that cluster is.
        Err(Error::NoScheduler { .. }) => true,
        Err(Error::Scheduler { said, .. }) if said.contains("Invalid job id") => true,
        Err(error) => {
            tracing::warn!("whether job {id} lives cannot be told: {error}");
            false
        }
    }
}

/// Whether `state|reason|limit|name` is of a job that has ended, or of somebody else's.
fn is_over(line: &str) -> bool {
    let mut parts = line.splitn(4, '|');
    let mut part = || parts.next().unwrap_or_default().to_owned();
    let (name, reason, _, job_name) = (part(), part(), part(), part());
    !job_name.starts_with("bal-") || !State { name, reason, node: String::new() }.is_alive()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_lives_by_its_state_and_name() {
        assert!(!is_over("RUNNING|None|1:00|bal-x"));
        assert!(!is_over("PENDING|BeginTime|1:00|bal-x"), "it is about to be started again");
        assert!(is_over("COMPLETED|None|1:00|bal-x"));
        assert!(is_over("RUNNING|None|1:00|somebodys"));
    }

    #[test]
    fn who_is_no_job_is_judged_by_the_file_alone() {
        assert!(is_gone(&Holder { text: "process 7".to_owned(), host: Some("n".to_owned()), job: None }));
    }
}
