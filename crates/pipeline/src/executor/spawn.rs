//! Starting one worker process and listening to it.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

use super::events::Event;
use super::order::Order;
use crate::Error;
use crate::sweep::Run;

/// Something a worker said.
#[derive(Debug)]
pub(super) enum Message {
    /// Progress.
    Event(Event),
    /// A line of its stderr, after its name.
    Line(String, String),
}

/// A running worker. Dropping it closes the pipe to its stdin, which ends it at once.
#[derive(Debug)]
pub(super) struct Worker {
    /// Names of its runs.
    pub(super) runs: Vec<String>,
    child: Child,
    stdin: Option<ChildStdin>,
    readers: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Starts `bal worker` for a group of runs.
    pub(super) fn start(order: &Order, group: &[Run], messages: &Sender<Message>) -> Result<Self, Error> {
        // This very program, even if its file was replaced by a new build while the runs go on.
        let program = PathBuf::from("/proc/self/exe");
        let runs: Vec<String> = group.iter().map(Run::name).collect();
        let mut command = Command::new(&program);
        command
            .arg("worker")
            .arg("--out")
            .arg(&order.layout.root)
            .arg("--data-dir")
            .arg(&order.layout.data_dir);
        command.args(["--device", &order.compute.device, "--threads", &order.compute.threads.to_string()]);
        if let Some(stage) = order.force {
            command.args(["--force", stage.name()]);
        }
        command.args(&runs);
        if std::env::var_os("RUST_LOG").is_none() {
            command.env("RUST_LOG", if order.verbose > 0 { "debug" } else { "warn" });
        }
        // Its own process group: Ctrl-C reaches the parent alone, which then stops its workers in order.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|source| Error::Spawn { program, source })?;
        let stdin = child.stdin.take();
        let name = match runs.as_slice() {
            [] => String::new(),
            [run] => run.clone(),
            [first, others @ ..] => format!("{first} and {} more", others.len()),
        };
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            readers.push(listen(stdout, messages.clone(), |line| Event::parse(&line).map(Message::Event)));
        }
        if let Some(stderr) = child.stderr.take() {
            readers
                .push(listen(stderr, messages.clone(), move |line| Some(Message::Line(name.clone(), line))));
        }
        Ok(Self { runs, child, stdin, readers })
    }

    /// Asks the worker to stop at its next safe point.
    pub(super) fn stop(&mut self) {
        // A worker that takes no line any more has ended.
        let _ = self.stdin.as_mut().map(|stdin| stdin.write_all(b"stop\n"));
    }

    /// Its exit status once it has ended and everything it said was sent.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().ok().flatten()?;
        for reader in self.readers.drain(..) {
            // A reader cannot panic; should it, its worker has ended all the same.
            let _ = reader.join();
        }
        Some(status)
    }
}

fn listen(
    pipe: impl Read + Send + 'static,
    messages: Sender<Message>,
    message: impl Fn(String) -> Option<Message> + Send + 'static,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let lines = BufReader::new(pipe).split(b'\n').map_while(Result::ok);
        for line in lines {
            if let Some(message) = message(String::from_utf8_lossy(&line).into_owned())
                && messages.send(message).is_err()
            {
                return;
            }
        }
    })
}
