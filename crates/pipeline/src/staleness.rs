//! Whether an artifact is what its task would write now.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use bal_artifact::{Manifest, Pruned, SCHEMA_VERSION, digest, relative};
use serde_json::Value;

use crate::Error;

/// Why a task runs. A closed list: every task that runs has one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// There is no artifact, or a file of it was pruned and is needed again.
    Missing,
    /// The artifact's folder lacks its manifest or an output.
    Incomplete,
    /// An input has other bytes, or is about to be made again.
    InputChanged,
    /// The resolved configuration, the seed or the round differs.
    ConfigChanged,
    /// Another version of the stage wrote it.
    VersionChanged,
    /// `--force`.
    Forced,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Incomplete => "incomplete",
            Self::InputChanged => "input changed",
            Self::ConfigChanged => "config changed",
            Self::VersionChanged => "version changed",
            Self::Forced => "forced",
        })
    }
}

/// A reason, and which file or key it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stale {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl Stale {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail.as_str() {
            "" => write!(f, "{}", self.reason),
            detail => write!(f, "{} ({detail})", self.reason),
        }
    }
}

/// What a task would write into `folder` now.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) folder: PathBuf,
    /// Stage, also the manifest's name.
    pub(crate) stage: &'static str,
    pub(crate) version: u32,
    pub(crate) config: Value,
    pub(crate) seed: u64,
    pub(crate) round: u64,
    /// The artifacts whose files it may read: folder and kind; `None` for any below the root.
    pub(crate) sources: Option<Vec<(PathBuf, &'static str)>>,
    /// Folder that the paths in the manifest are relative to.
    pub(crate) root: PathBuf,
}

/// Manifests that were read already; one for a look at a tree that does not change meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Known(BTreeMap<PathBuf, Option<Manifest>>);

impl Known {
    /// Digest of an output as the manifest of its artifact lists it: it may have been pruned.
    fn digest(&mut self, folder: &Path, kind: &str, file: &str) -> Result<Option<String>, Error> {
        if !self.0.contains_key(folder) {
            self.0.insert(folder.to_path_buf(), Manifest::find(folder, kind)?);
        }
        let manifest = self.0.get(folder).and_then(Option::as_ref);
        Ok(manifest.and_then(|manifest| manifest.outputs.get(file)).map(|record| record.sha256.clone()))
    }

    /// As [`Known::digest`] for an artifact of any kind; a file that is no artifact's is hashed.
    fn digest_below(&mut self, folder: &Path, file: &str) -> Result<Option<String>, Error> {
        if !self.0.contains_key(folder) {
            self.0.insert(folder.to_path_buf(), Manifest::of_folder(folder)?);
        }
        match self.0.get(folder).and_then(Option::as_ref) {
            Some(manifest) => Ok(manifest.outputs.get(file).map(|record| record.sha256.clone())),
            None if folder.join(file).is_file() => Ok(Some(digest::sha256_cached(&folder.join(file))?)),
            None => Ok(None),
        }
    }
}

/// `None` if the artifact is up to date.
///
/// # Errors
/// [`bal_artifact::Error`] for a manifest that cannot be read: nothing is made anew over a damaged one silently.
pub(crate) fn check(expected: &Expected, known: &mut Known) -> Result<Option<Stale>, Error> {
    let manifest = match Manifest::find(&expected.folder, expected.stage) {
        Ok(Some(manifest)) => manifest,
        Ok(None) if expected.folder.is_dir() => {
            return Ok(Some(Stale::new(Reason::Incomplete, format!("no `{}.json`", expected.stage))));
        }
        Ok(None) => return Ok(Some(Stale::new(Reason::Missing, ""))),
        Err(bal_artifact::Error::Mismatch { found, .. }) => {
            let detail = format!("manifest schema {found}, now version {SCHEMA_VERSION}");
            return Ok(Some(Stale::new(Reason::VersionChanged, detail)));
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(detail) = missing_output(&expected.folder, &manifest)? {
        return Ok(Some(Stale::new(Reason::Incomplete, detail)));
    }
    if manifest.stage_version != expected.version {
        let detail = format!("{} wrote it, now {}", manifest.stage_version, expected.version);
        return Ok(Some(Stale::new(Reason::VersionChanged, detail)));
    }
    if let Some(detail) = changed_config(expected, &manifest) {
        return Ok(Some(Stale::new(Reason::ConfigChanged, detail)));
    }
    Ok(changed_input(expected, &manifest, known)?.map(|detail| Stale::new(Reason::InputChanged, detail)))
}

/// The first output that is neither there in full length nor pruned.
fn missing_output(folder: &Path, manifest: &Manifest) -> Result<Option<String>, Error> {
    let pruned = Pruned::read(folder)?;
    for record in manifest.outputs.values().filter(|record| !pruned.contains(&record.path)) {
        match fs_err::metadata(folder.join(&record.path)) {
            Ok(metadata) if metadata.len() == record.bytes => {}
            Ok(metadata) => {
                return Ok(Some(format!(
                    "`{}` has {} bytes, not {}",
                    record.path,
                    metadata.len(),
                    record.bytes
                )));
            }
            Err(_) => return Ok(Some(format!("`{}` is not there", record.path))),
        }
    }
    Ok(None)
}

/// The first key that differs.
fn changed_config(expected: &Expected, manifest: &Manifest) -> Option<String> {
    if (manifest.seed, manifest.round) != (expected.seed, expected.round) {
        return Some(format!("seed {} and round {}", manifest.seed, manifest.round));
    }
    // Through text, because numbers in the manifest have been through text as well.
    let now: Value = serde_json::from_str(&expected.config.to_string()).unwrap_or_default();
    first_difference("", &manifest.config, &now)
}

fn first_difference(key: &str, before: &Value, now: &Value) -> Option<String> {
    if before == now {
        return None;
    }
    if let (Value::Object(before), Value::Object(now)) = (before, now) {
        let keys = before.keys().chain(now.keys());
        return keys.into_iter().find_map(|name| {
            let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            let value = |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or_default();
            first_difference(&key, &value(before), &value(now))
        });
    }
    let show = |value: &Value| if value.is_null() { "not set".to_owned() } else { value.to_string() };
    Some(format!("`{key}` was {}, is {}", show(before), show(now)))
}

/// The first input whose bytes are not those that its producer lists now.
fn changed_input(
    expected: &Expected,
    manifest: &Manifest,
    known: &mut Known,
) -> Result<Option<String>, Error> {
    let from_root = |(folder, kind): &(PathBuf, &'static str)| {
        (relative(folder, &expected.root), (folder.clone(), *kind))
    };
    let sources: Option<BTreeMap<_, _>> =
        expected.sources.as_ref().map(|all| all.iter().map(from_root).collect());
    for record in manifest.inputs.values() {
        let (folder, file) = record.path.rsplit_once('/').unwrap_or(("", &record.path));
        let now = match &sources {
            None => known.digest_below(&expected.root.join(folder), file)?,
            Some(sources) => match sources.get(folder) {
                None => return Ok(Some(format!("`{}` is no longer read", record.path))),
                Some((source, kind)) => known.digest(source, kind, file)?,
            },
        };
        if now.as_ref() != Some(&record.sha256) {
            return Ok(Some(format!("`{}`", record.path)));
        }
    }
    Ok(None)
}
