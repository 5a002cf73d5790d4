//! What a measuring process is asked and what it answers, in JSON; `peers/protocol.py` is the same in Python.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Result;
use crate::context::Context;

/// One task, to be repeated.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Runs once more at first, untimed.
    pub(crate) warm_up: bool,
    pub(crate) repetitions: usize,
    pub(crate) threads: usize,
    /// Files by role; `out` is where the output goes.
    pub(crate) inputs: BTreeMap<String, PathBuf>,
    pub(crate) options: BTreeMap<String, Value>,
}

/// What was measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// Wall-clock seconds of each repetition.
    pub(crate) seconds: Vec<f64>,
    /// Peak resident memory of the process, in bytes.
    pub(crate) peak_memory_bytes: u64,
    /// Who measured: program and version.
    pub(crate) version: String,
    /// Other figures by name.
    pub(crate) values: BTreeMap<String, f64>,
}

impl Request {
    /// With warm-up and as many repetitions as the context says.
    pub(crate) fn new(context: &Context) -> Self {
        let (repetitions, threads) = (context.repetitions, context.threads);
        Self { warm_up: true, repetitions, threads, inputs: BTreeMap::new(), options: BTreeMap::new() }
    }

    /// Once and cold, for what takes minutes.
    pub(crate) fn once(self) -> Self {
        Self { warm_up: false, repetitions: 1, ..self }
    }

    pub(crate) fn input(mut self, role: &str, path: &Path) -> Self {
        self.inputs.insert(role.to_owned(), path.to_path_buf());
        self
    }

    pub(crate) fn option(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.options.insert(name.to_owned(), value.into());
        self
    }

    /// The file of a role.
    ///
    /// # Panics
    /// If the row that asks did not give it, which is a mistake in this crate.
    pub(crate) fn path(&self, role: &str) -> &Path {
        self.inputs.get(role).unwrap_or_else(|| panic!("no input `{role}`"))
    }

    /// A whole number.
    ///
    /// # Panics
    /// As [`Request::path`].
    pub(crate) fn count(&self, name: &str) -> usize {
        let value = self.options.get(name).and_then(Value::as_u64);
        value.unwrap_or_else(|| panic!("no count `{name}`")) as usize
    }

    /// A word; empty where there is none.
    pub(crate) fn word(&self, name: &str) -> &str {
        self.options.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Seconds of each repetition of `work`, which is told which one it is and says how long it took.
    pub(crate) fn measure(&self, mut work: impl FnMut(usize) -> Result<f64>) -> Result<Vec<f64>> {
        if self.warm_up {
            work(0)?;
        }
        (0..self.repetitions).map(work).collect()
    }
}

/// Wall-clock seconds of `work`, and what it gave.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed().as_secs_f64(), result)
}
