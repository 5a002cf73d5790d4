//! The parent: starts workers, shows what they do, stops them, sums up.

use std::collections::{BTreeSet, VecDeque};
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::mpsc;
use std::time::Duration;

use bal_cli::{Interrupted, check_interrupt, exit};

use super::display::Display;
use super::events::{Event, Failed};
use super::order::Order;
use super::spawn::{Message, Worker};
use crate::Error;
use crate::sweep::Run;

/// How often signals and ended workers are looked for.
const POLL: Duration = Duration::from_millis(100);

/// Brings all runs to their last round.
///
/// # Errors
/// [`Error::RunsFailed`] once all others are done; [`Error::Interrupted`] once all workers have stopped.
pub(crate) fn execute(order: &Order) -> Result<(), Error> {
    let mut waiting: VecDeque<&[Run]> = order.groups.iter().map(Vec::as_slice).collect();
    let (sender, messages) = mpsc::channel();
    let mut active: Vec<Worker> = Vec::new();
    let mut outcome = Outcome::new(order);
    loop {
        while outcome.stopped.is_none()
            && active.len() < order.workers
            && let Some(group) = waiting.pop_front()
        {
            active.push(Worker::start(order, group, &sender)?);
        }
        if active.is_empty() {
            break;
        }
        if let Ok(message) = messages.recv_timeout(POLL) {
            outcome.message(message);
        }
        if outcome.stopped.is_none()
            && let Err(interrupted) = check_interrupt()
        {
            tracing::info!("stopping at the next safe point; Ctrl-C once more stops at once");
            active.iter_mut().for_each(Worker::stop);
            outcome.stopped = Some(interrupted);
        }
        active.retain_mut(|worker| {
            let Some(status) = worker.ended() else { return true };
            for message in messages.try_iter() {
                outcome.message(message);
            }
            outcome.ended(worker, status);
            false
        });
    }
    outcome.display.clear();
    match outcome.stopped {
        Some(interrupted) => Err(interrupted.into()),
        None => sum_up(&outcome.failures, order.groups.iter().map(Vec::len).sum()),
    }
}

/// What has become of the runs so far.
struct Outcome {
    display: Display,
    stopped: Option<Interrupted>,
    /// Runs that have reached their last round, or never will.
    over: BTreeSet<String>,
    failures: Vec<Failure>,
}

/// A run that did not reach its last round.
struct Failure {
    run: String,
    how: String,
    locked: bool,
}

impl Outcome {
    fn new(order: &Order) -> Self {
        Self { display: Display::new(order), stopped: None, over: BTreeSet::new(), failures: Vec::new() }
    }

    /// While stopping, every worker says that it was interrupted: nobody needs to read that.
    fn message(&mut self, message: Message) {
        match message {
            Message::Event(Event::Round(round)) => {
                self.display.round(&round);
                if round.round == round.rounds {
                    self.over.insert(round.run);
                }
            }
            Message::Event(Event::Failed(Failed { run, code, text })) => {
                text.lines().for_each(|line| self.display.line(&run, line));
                self.display.ended(&run, false);
                self.over.insert(run.clone());
                self.failures.push(Failure {
                    run,
                    how: format!("exit code {code}"),
                    locked: code == exit::LOCKED,
                });
            }
            Message::Line(name, line) if self.stopped.is_none() => self.display.line(&name, &line),
            Message::Line(..) => {}
        }
    }

    /// A worker that does not end well takes along all of its runs that were still on their way.
    fn ended(&mut self, worker: &Worker, status: ExitStatus) {
        let how = match (status.code(), status.signal()) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => format!("killed by signal {signal}"),
            (None, None) => "unknown end".to_owned(),
        };
        let locked = status.code() == Some(i32::from(exit::LOCKED));
        for run in &worker.runs {
            let lost = !status.success() && !self.over.contains(run);
            self.display.ended(run, !lost);
            if lost && self.stopped.is_none() {
                self.failures.push(Failure { run: run.clone(), how: how.clone(), locked });
            }
        }
    }
}

fn sum_up(failures: &[Failure], total: usize) -> Result<(), Error> {
    if failures.is_empty() {
        return Ok(());
    }
    let locked = failures.iter().all(|failure| failure.locked);
    let failed = failures.iter().map(|Failure { run, how, .. }| format!("`{run}` ({how})")).collect();
    Err(Error::RunsFailed { failed, total, locked })
}
