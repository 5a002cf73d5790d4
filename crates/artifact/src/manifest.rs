//! The manifest of an artifact folder: what made it, out of what, and what lies in it.
//!
//! An artifact exists if and only if its manifest does (it is written last, see [`crate::Staging`]).

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files::if_there;
use crate::{Error, Job, KINDS, digest, manifest_name};

/// Version of the manifest format itself. Version 1, which is read as well, had no digest of the manifest.
pub const SCHEMA_VERSION: u32 = 2;

/// One file that a stage read or wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Relative to `--root` for inputs, to the artifact's folder for outputs.
    pub path: String,
    /// Hex SHA-256 of the bytes.
    pub sha256: String,
    /// Length of the file.
    pub bytes: u64,
    /// Array shape or table rows × columns, where the file has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shape: Option<Vec<usize>>,
    /// NumPy type of an array, e.g. `<i8`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dtype: Option<String>,
}

/// Which program wrote an artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Version of `bal`.
    pub version: String,
    /// Git commit of a release build, else `unknown`.
    pub commit: String,
}

/// Everything that may differ between two equal runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunInfo {
    /// UTC time at which the stage started.
    pub started: String,
    /// Wall-clock seconds of the whole stage, for all runs of a group together.
    pub seconds: f64,
    /// Wall-clock seconds of its parts.
    pub timings: BTreeMap<String, f64>,
    /// Peak resident memory of the process so far, in bytes.
    pub peak_memory_bytes: u64,
    /// Name of the machine.
    pub host: String,
    /// Model of its processor, where the system tells.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub processor: Option<String>,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Threads the stage was given.
    pub threads: usize,
    /// The job that it was part of, on a cluster.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub slurm: Option<Job>,
}

impl RunInfo {
    /// When the stage began and ended, in seconds since 1970; `None` where `started` is no time.
    pub fn span(&self) -> Option<[f64; 2]> {
        let start = self.started.parse::<jiff::Timestamp>().ok()?.as_second() as f64;
        Some([start, start + self.seconds])
    }
}

/// The manifest, `<stage>.json`. All but `run` is the same in two equal runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// One of [`crate::KINDS`].
    pub stage: String,
    /// Version of the stage's outputs; a newer stage makes older artifacts stale.
    pub stage_version: u32,
    /// Which program wrote it.
    pub tool: Tool,
    /// The stage's resolved configuration.
    pub config: serde_json::Value,
    /// Seed of the run.
    pub seed: u64,
    /// Acquisition round.
    pub round: u64,
    /// Runs that were computed together (1: alone).
    pub group: u64,
    /// Threads of a training on a CPU, whose sums they split: other numbers of threads give other bytes.
    /// Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub threads: Option<usize>,
    /// Facts about the outputs, e.g. the classes of a data set.
    #[serde(skip_serializing_if = "serde_json::Value::is_null", default)]
    pub details: serde_json::Value,
    /// What was read, by role.
    pub inputs: BTreeMap<String, FileRecord>,
    /// What was written, by file name.
    pub outputs: BTreeMap<String, FileRecord>,
    /// Hex SHA-256 of the file up to here: a damaged manifest is no manifest. Filled in when it is written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
    /// Clock, memory, machine.
    pub run: RunInfo,
}

impl Manifest {
    /// Reads `<stage>.json` of an artifact folder; `None` where there is none.
    pub fn find(folder: &Path, stage: &str) -> Result<Option<Self>, Error> {
        let path = folder.join(manifest_name(stage));
        let bytes = if_there(fs_err::read(&path)).map_err(Error::io("read", &path))?;
        bytes.map(|bytes| Self::parse(&bytes, &path)).transpose()
    }

    /// As [`Manifest::find`], but its absence is an error.
    pub fn read(folder: &Path, stage: &str) -> Result<Self, Error> {
        let missing = || Error::Missing { what: "manifest", path: folder.join(manifest_name(stage)) };
        Self::find(folder, stage)?.ok_or_else(missing)
    }

    /// The manifest of whatever kind of artifact this folder is. A file that is only named like one is none.
    pub fn of_folder(folder: &Path) -> Result<Option<Self>, Error> {
        for kind in KINDS {
            match Self::find(folder, kind) {
                Ok(None) => {}
                Err(Error::Corrupt { .. }) if !Self::looks_like_ours(folder, kind) => {}
                other => return other,
            }
        }
        Ok(None)
    }

    /// Whether `<stage>.json`, which cannot be read, begins as all manifests do: then it is a damaged one.
    pub(crate) fn looks_like_ours(folder: &Path, stage: &str) -> bool {
        const BEGINNING: &[u8] = b"{\n  \"schema_version\": ";
        fs_err::read(folder.join(manifest_name(stage))).is_ok_and(|bytes| bytes.starts_with(BEGINNING))
    }

    /// Threads that a training on a CPU was split over; `None` for whatever does not depend on them.
    ///
    /// Manifests that do not say so under `threads` were written when only `run` had the number.
    pub fn training_threads(&self) -> Option<usize> {
        let recorded = || (self.stage == "train" && self.run.device == "cpu").then_some(self.run.threads);
        self.threads.or_else(recorded)
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let corrupt = |found: String| {
            Error::corrupt(path, format!("a manifest of schema version {SCHEMA_VERSION}"), found)
        };
        let value: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|error| corrupt(error.to_string()))?;
        if value.get("schema_version").is_none() {
            return Err(corrupt("JSON of another kind".to_owned()));
        }
        let version = value.get("schema_version").and_then(serde_json::Value::as_u64);
        if !version.is_some_and(|version| (1..=u64::from(SCHEMA_VERSION)).contains(&version)) {
            let found = version.map_or_else(|| "none".to_owned(), |version| format!("version {version}"));
            return Err(Error::mismatch(path, format!("manifest schema version {SCHEMA_VERSION}"), found));
        }
        let manifest: Self = serde_json::from_value(value).map_err(|error| corrupt(error.to_string()))?;
        let found = stable_part(bytes, DIGEST).map(digest::sha256_of);
        if manifest.digest == found && (found.is_some() || version == Some(1)) {
            return Ok(manifest);
        }
        let [expected, found] = [&manifest.digest, &found].map(|digest| digest.as_deref().unwrap_or("none"));
        let expected = format!("contents with sha256 {expected}, as it says itself");
        Err(Error::corrupt(path, expected, format!("sha256 {found}")))
    }

    /// Pretty JSON with a final line feed, keys as declared, and the digest of all that comes before `run`.
    pub fn to_json(&self) -> Vec<u8> {
        let bare = Self { digest: None, ..self.clone() };
        let json = serde_json::to_vec_pretty(&bare).expect("a manifest holds only strings, numbers and maps");
        let stable = stable_part(&json, RUN).expect("every manifest has the key `run`");
        let digest = format!("{DIGEST}{}\",", digest::sha256_of(stable));
        [stable, digest.as_bytes(), &json[stable.len()..], b"\n"].concat()
    }
}

/// How the lines of two keys begin. Within strings there are no line feeds, and deeper keys stand further in.
const DIGEST: &str = "\n  \"digest\": \"";
const RUN: &str = "\n  \"run\": ";

/// The text of a manifest up to the line of a key.
fn stable_part<'a>(json: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let at = json.windows(key.len()).position(|window| window == key.as_bytes())?;
    Some(&json[..at])
}
