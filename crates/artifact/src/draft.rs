//! The beginning and the end of every stage: what it is about to make, out of what, and its publication.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bal_stream::Draw;
use serde::Serialize;
use serde_json::Value;

use crate::manifest::{SCHEMA_VERSION, Tool};
use crate::{Clock, Error, Inputs, Manifest, RunInfo, Staging};

/// A stage, by its name and the version of what it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// One of [`crate::KINDS`].
    pub name: &'static str,
    /// Raised when equal inputs give other bytes: older artifacts are then stale.
    pub version: u32,
}

/// Where an artifact goes, and which round of which run it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Output folder.
    pub out: PathBuf,
    /// Folder that paths in the manifest are relative to.
    pub root: PathBuf,
    /// Seed of the run.
    pub seed: u64,
    /// Acquisition round.
    pub round: u64,
}

impl Place {
    /// With the output folder as root, unless another is given.
    pub fn new(out: PathBuf, root: Option<PathBuf>, seed: u64, round: u64) -> Self {
        Self { root: root.unwrap_or_else(|| out.clone()), out, seed, round }
    }

    /// Whose random draws are made for it.
    pub fn draw(&self) -> Draw {
        Draw::new(self.seed, self.round)
    }
}

/// An artifact in the making.
#[derive(Debug)]
pub struct Draft {
    /// The folder in the making.
    pub output: Staging,
    /// What was read so far.
    pub inputs: Inputs,
    /// Time since the beginning.
    pub clock: Clock,
    /// Runs that are computed together.
    pub group: u64,
    /// Threads of a training on a CPU, whose sums they split.
    pub threads: Option<usize>,
    /// Facts about the outputs.
    pub details: Value,
    stage: Stage,
    draw: Draw,
}

impl Draft {
    /// Begins an artifact before any work: what would be lost, or could not be written, is found now.
    /// `reads` are the files and folders that the stage is given.
    ///
    /// # Errors
    /// As [`Staging::new`].
    pub fn begin(stage: Stage, place: &Place, reads: &[&Path], clock: Clock) -> Result<Self, Error> {
        Ok(Self {
            output: Staging::new(&place.out, stage.name, reads)?,
            inputs: Inputs::new(&place.root),
            clock,
            group: 1,
            threads: None,
            details: Value::Null,
            stage,
            draw: place.draw(),
        })
    }

    /// Publishes the artifact with its manifest. `config` is the stage's resolved configuration.
    ///
    /// # Errors
    /// As [`Staging::publish`].
    pub fn publish(self, config: &impl Serialize) -> Result<(), Error> {
        let Self { output, inputs, clock, group, threads, details, stage, draw: Draw { seed, round, .. } } =
            self;
        let manifest = Manifest {
            seed,
            round,
            group,
            threads,
            details,
            run: clock.stop(),
            ..Manifest::new(stage.name, stage.version, to_json(config), inputs)
        };
        output.publish(manifest)
    }
}

impl Manifest {
    /// A manifest without outputs yet; [`crate::Staging::publish`] fills them in.
    pub fn new(stage: &str, stage_version: u32, config: Value, inputs: Inputs) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            stage: stage.to_owned(),
            stage_version,
            tool: Tool {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                commit: env!("BAL_COMMIT").to_owned(),
            },
            config,
            seed: 0,
            round: 0,
            group: 1,
            threads: None,
            details: Value::Null,
            inputs: inputs.records,
            outputs: BTreeMap::new(),
            digest: None,
            run: RunInfo::default(),
        }
    }
}

/// A configuration or facts as they stand in a manifest.
pub fn to_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("strings, finite numbers and lists are always JSON")
}
