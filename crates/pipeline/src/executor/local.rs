//! The parent: starts workers, shows what they do, stops them, sums up.

use std::collections::VecDeque;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::mpsc;
use std::time::Duration;

use bal_cli::{Interrupted, LogFormat, check_interrupt, exit};
use bal_model::Compute;

use super::display::Display;
use super::spawn::{Message, Worker};
use crate::Error;
use crate::layout::Layout;
use crate::sweep::RunSpec;
use crate::task::Stage;

/// How often signals and ended workers are looked for.
const POLL: Duration = Duration::from_millis(100);

/// What the workers are to do.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) layout: Layout,
    /// In the order in which they start.
    pub(crate) runs: Vec<RunSpec>,
    /// Workers at a time.
    pub(crate) workers: usize,
    pub(crate) compute: Compute,
    pub(crate) force: Option<Stage>,
    pub(crate) verbose: u8,
    pub(crate) quiet: bool,
    pub(crate) log_format: LogFormat,
}

/// Brings all runs to their last round.
///
/// # Errors
/// [`Error::RunsFailed`] once all others are done; [`Error::Interrupted`] once all workers have stopped.
pub(crate) fn execute(job: &Job) -> Result<(), Error> {
    let mut waiting: VecDeque<&[RunSpec]> = job.runs.chunks(1).collect();
    let (sender, messages) = mpsc::channel();
    let mut display = Display::new(job);
    let mut active: Vec<Worker> = Vec::new();
    let mut failed: Vec<Failed> = Vec::new();
    let mut stopped: Option<Interrupted> = None;
    loop {
        while stopped.is_none()
            && active.len() < job.workers
            && let Some(group) = waiting.pop_front()
        {
            active.push(Worker::start(job, group, &sender)?);
        }
        if active.is_empty() {
            break;
        }
        if let Ok(message) = messages.recv_timeout(POLL) {
            show(&mut display, message, stopped.is_some());
        }
        if stopped.is_none()
            && let Err(interrupted) = check_interrupt()
        {
            tracing::info!("stopping at the next safe point");
            active.iter_mut().for_each(Worker::stop);
            stopped = Some(interrupted);
        }
        active.retain_mut(|worker| {
            let Some(status) = worker.ended() else { return true };
            for message in messages.try_iter() {
                show(&mut display, message, stopped.is_some());
            }
            for run in &worker.runs {
                display.ended(run, status.success());
            }
            if !status.success() && stopped.is_none() {
                failed.push(Failed { runs: worker.runs.clone(), status });
            }
            false
        });
    }
    display.clear();
    match stopped {
        Some(interrupted) => Err(interrupted.into()),
        None => sum_up(&failed, job.runs.len()),
    }
}

/// A group that did not reach its last round.
struct Failed {
    runs: Vec<String>,
    status: ExitStatus,
}

/// While stopping, every worker says that it was interrupted: nobody needs to read that.
fn show(display: &mut Display, message: Message, stopping: bool) {
    match message {
        Message::Event(event) => display.event(&event),
        Message::Line(run, line) if !stopping => display.line(&run, &line),
        Message::Line(..) => {}
    }
}

fn sum_up(failed: &[Failed], total: usize) -> Result<(), Error> {
    if failed.is_empty() {
        return Ok(());
    }
    let locked = failed.iter().all(|failed| failed.status.code() == Some(i32::from(exit::LOCKED)));
    let describe = |failed: &Failed| {
        let how = match (failed.status.code(), failed.status.signal()) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => format!("killed by signal {signal}"),
            (None, None) => "unknown end".to_owned(),
        };
        failed.runs.iter().map(|run| format!("`{run}` ({how})")).collect::<Vec<_>>()
    };
    Err(Error::RunsFailed { failed: failed.iter().flat_map(describe).collect(), total, locked })
}
