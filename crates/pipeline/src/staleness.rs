//! Whether an artifact is what its task would write now.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bal_artifact::{DatasetDetails, Manifest, Pruned, SCHEMA_VERSION, digest, file, relative};
use serde_json::Value;

use crate::Error;
use crate::reason::{Reason, Stale};
use crate::words::count;

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
    /// Threads of a training on a CPU, whose bytes depend on them; `None` where their number does not matter.
    pub(crate) threads: Option<usize>,
    /// The files that it may read, by role.
    pub(crate) inputs: Inputs,
    /// Folder that paths in messages are relative to.
    pub(crate) root: PathBuf,
}

/// What a task may read.
#[derive(Clone, Debug)]
pub(crate) enum Inputs {
    /// These, by role.
    Known(BTreeMap<&'static str, Input>),
    /// Whatever a report shows: its roles say themselves what they stand for.
    OfReport {
        /// Folders of the data sets by their keys.
        data: BTreeMap<String, PathBuf>,
    },
}

/// A file that a task reads. Where it lies does not matter, only what it holds now.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// A file of an artifact of this kind.
    Of { folder: PathBuf, kind: &'static str, file: &'static str },
    /// Whatever it was when it was read.
    AsItWas,
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
        manifest.map_or(Ok(None), |manifest| digest_in(manifest, folder, file))
    }

    /// As [`Known::digest`] for an artifact of any kind; a file that is no artifact's is hashed.
    fn digest_below(&mut self, folder: &Path, file: &str) -> Result<Option<String>, Error> {
        if !self.0.contains_key(folder) {
            self.0.insert(folder.to_path_buf(), Manifest::of_folder(folder)?);
        }
        match self.0.get(folder).and_then(Option::as_ref) {
            Some(manifest) => digest_in(manifest, folder, file),
            None if folder.join(file).is_file() => Ok(Some(digest::sha256_cached(&folder.join(file))?)),
            None => Ok(None),
        }
    }
}

/// Digest of a file of an artifact; of `dataset.json` that of the part which stages read.
fn digest_in(manifest: &Manifest, folder: &Path, name: &str) -> Result<Option<String>, Error> {
    if name == file::DATASET {
        return Ok(Some(DatasetDetails::of(manifest.clone(), folder)?.digest()));
    }
    Ok(manifest.outputs.get(name).map(|record| record.sha256.clone()))
}

/// `None` if the artifact is up to date.
///
/// # Errors
/// [`bal_artifact::Error`] for a manifest that cannot be read: nothing is made anew over a damaged one
/// silently.
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
    if let (Some(before), Some(now)) = (manifest.training_threads(), expected.threads)
        && before != now
    {
        return Some(format!("trained with {}, now {now}", count(before, "thread")));
    }
    let difference = differences(&manifest.config, &expected.config).into_iter().next()?;
    Some(format!("`{}` was {}, is {}", difference.key, difference.before, difference.now))
}

/// A setting whose value is another now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// E.g. `evaluate.samples`.
    pub(crate) key: String,
    pub(crate) before: String,
    pub(crate) now: String,
}

/// Where the configuration of an artifact and that of its task differ.
pub(crate) fn differences(before: &Value, now: &Value) -> Vec<Difference> {
    // Through text, because numbers in the manifest have been through text as well.
    let now: Value = serde_json::from_str(&now.to_string()).unwrap_or_default();
    let mut found = Vec::new();
    add_differences("", before, &now, &mut found);
    found
}

fn add_differences(key: &str, before: &Value, now: &Value, found: &mut Vec<Difference>) {
    if before == now {
        return;
    }
    if let (Value::Object(before), Value::Object(now)) = (before, now) {
        let new = now.keys().filter(|name| !before.contains_key(*name));
        for name in before.keys().chain(new) {
            let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
            let value = |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or_default();
            add_differences(&key, &value(before), &value(now), found);
        }
        return;
    }
    let show = |value: &Value| if value.is_null() { "not set".to_owned() } else { value.to_string() };
    found.push(Difference { key: key.to_owned(), before: show(before), now: show(now) });
}

/// The first input whose bytes are not those that its producer lists now. An input is known by its role:
/// where it lay when it was read, and where the results lie, does not matter.
fn changed_input(
    expected: &Expected,
    manifest: &Manifest,
    known: &mut Known,
) -> Result<Option<String>, Error> {
    for (role, record) in &manifest.inputs {
        let (place, now) = match &expected.inputs {
            Inputs::OfReport { data } => {
                let Some(place) = bal_report::place_of(role, &expected.root, data) else {
                    return Ok(Some(format!("`{role}` is no longer read")));
                };
                let (Some(folder), Some(name)) = (place.parent(), place.file_name()) else { continue };
                let now = known.digest_below(folder, &name.to_string_lossy())?;
                (place, now)
            }
            Inputs::Known(inputs) => match inputs.get(role.as_str()) {
                None => return Ok(Some(format!("`{role}` is no longer read"))),
                Some(Input::AsItWas) => continue,
                Some(Input::Of { folder, kind, file }) => {
                    (folder.join(file), known.digest(folder, kind, file)?)
                }
            },
        };
        if now.as_ref() != Some(&record.sha256) {
            return Ok(Some(format!("`{}`", relative(&place, &expected.root))));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use bal_artifact::{Inputs as Read, Staging, prune};
    use ndarray::array;
    use serde_json::json;

    use super::*;

    /// `data` (version 1 of its bytes) → `split`, as `check` expects it.
    fn artifacts(root: &Path) -> Expected {
        let data = root.join("data");
        publish(&data, "dataset", json!({}), Read::new(root), 1);
        let mut inputs = Read::new(root);
        inputs.add("ids", &data.join("ids.npy")).unwrap();
        let config = json!({"validation": 0.001, "initial": {"per_class": 2}});
        let folder = root.join("split");
        publish(&folder, "split", config.clone(), inputs, 5);
        let ids = Input::Of { folder: data, kind: "dataset", file: "ids.npy" };
        let inputs = Inputs::Known([("ids", ids)].into());
        let (threads, root) = (None, root.to_path_buf());
        Expected { folder, stage: "split", version: 1, config, seed: 0, round: 0, threads, inputs, root }
    }

    fn publish(folder: &Path, stage: &'static str, config: Value, inputs: Read, value: i64) {
        let mut staging = Staging::new(folder, stage, &[]).unwrap();
        staging.array("ids", &array![value, 2, 3]).unwrap();
        staging.publish(Manifest::new(stage, 1, config, inputs)).unwrap();
    }

    fn reason(expected: &Expected) -> Option<(Reason, String)> {
        check(expected, &mut Known::default()).unwrap().map(|stale| (stale.reason, stale.detail))
    }

    #[test]
    fn an_equal_artifact_is_up_to_date() {
        let root = tempfile::tempdir().unwrap();
        let expected = artifacts(root.path());
        assert_eq!(reason(&expected), None);
    }

    #[test]
    fn what_is_not_there_is_missing() {
        let root = tempfile::tempdir().unwrap();
        let expected = Expected { folder: root.path().join("none"), ..artifacts(root.path()) };
        assert_eq!(reason(&expected), Some((Reason::Missing, String::new())));
    }

    #[test]
    fn a_lost_or_truncated_output_is_incomplete_but_a_pruned_one_is_not() {
        let root = tempfile::tempdir().unwrap();
        let expected = artifacts(root.path());
        let file = expected.folder.join("ids.npy");
        let bytes = fs_err::read(&file).unwrap();
        bal_artifact::write_file(&file, &bytes[..10]).unwrap();
        let truncated = format!("`ids.npy` has 10 bytes, not {}", bytes.len());
        assert_eq!(reason(&expected), Some((Reason::Incomplete, truncated)));
        fs_err::remove_file(&file).unwrap();
        assert_eq!(reason(&expected), Some((Reason::Incomplete, "`ids.npy` is not there".to_owned())));
        let manifest = Manifest::read(&expected.folder, "split").unwrap();
        prune(&expected.folder, &manifest, &["ids.npy"]).unwrap();
        assert_eq!(reason(&expected), None);
        fs_err::remove_file(expected.folder.join("split.json")).unwrap();
        assert_eq!(reason(&expected), Some((Reason::Incomplete, "no `split.json`".to_owned())));
    }

    #[test]
    fn other_bytes_at_the_producer_are_a_changed_input() {
        let root = tempfile::tempdir().unwrap();
        let expected = artifacts(root.path());
        publish(&root.path().join("data"), "dataset", json!({}), Read::new(root.path()), 7);
        assert_eq!(reason(&expected), Some((Reason::InputChanged, "`data/ids.npy`".to_owned())));
        let unread = Expected { inputs: Inputs::Known(BTreeMap::new()), ..expected.clone() };
        let detail = "`ids` is no longer read".to_owned();
        assert_eq!(reason(&unread), Some((Reason::InputChanged, detail)));
        let drawn_once = Inputs::Known([("ids", Input::AsItWas)].into());
        assert_eq!(reason(&Expected { inputs: drawn_once, ..expected }), None);
    }

    #[test]
    fn where_an_input_lies_does_not_matter() {
        let root = tempfile::tempdir().unwrap();
        let expected = artifacts(root.path());
        let elsewhere = root.path().join("deep/below");
        fs_err::create_dir_all(&elsewhere).unwrap();
        fs_err::rename(root.path().join("data"), elsewhere.join("data")).unwrap();
        assert_eq!(reason(&expected), Some((Reason::InputChanged, "`data/ids.npy`".to_owned())));
        let ids = Input::Of { folder: elsewhere.join("data"), kind: "dataset", file: "ids.npy" };
        let inputs = Inputs::Known([("ids", ids)].into());
        assert_eq!(reason(&Expected { inputs, ..expected }), None);
    }

    #[test]
    fn a_changed_setting_is_named() {
        let root = tempfile::tempdir().unwrap();
        let expected = artifacts(root.path());
        let config = json!({"validation": 0.001, "initial": {"per_class": 3}});
        let changed = Expected { config, ..expected.clone() };
        let detail = "`initial.per_class` was 2, is 3".to_owned();
        assert_eq!(reason(&changed), Some((Reason::ConfigChanged, detail)));
        let all = json!({"validation": 0.5, "initial": {"total": 9}});
        let rows: Vec<String> = differences(&expected.config, &all)
            .iter()
            .map(|row| format!("{} {} {}", row.key, row.before, row.now))
            .collect();
        assert_eq!(rows, ["validation 0.001 0.5", "initial.per_class 2 not set", "initial.total not set 9"]);
        let detail = "seed 0 and round 0".to_owned();
        assert_eq!(reason(&Expected { seed: 1, ..expected }), Some((Reason::ConfigChanged, detail)));
    }

    #[test]
    fn other_threads_of_a_training_on_a_cpu_are_named() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("train");
        let publish = |recorded: Option<usize>, device: &str, used: usize| {
            let mut staging = Staging::new(&folder, "train", &[]).unwrap();
            staging.array("ids", &array![1_i64]).unwrap();
            let mut manifest = Manifest::new("train", 1, json!({}), Read::new(root.path()));
            manifest.threads = recorded;
            (manifest.run.device, manifest.run.threads) = (device.to_owned(), used);
            staging.publish(manifest).unwrap();
        };
        let now = |threads| {
            let expected = artifacts(root.path());
            reason(&Expected {
                folder: folder.clone(),
                stage: "train",
                config: json!({}),
                threads,
                ..expected
            })
        };
        let other = |detail: &str| Some((Reason::ConfigChanged, detail.to_owned()));
        publish(Some(1), "cpu", 1);
        assert_eq!((now(Some(1)), now(None)), (None, None));
        assert_eq!(now(Some(2)), other("trained with 1 thread, now 2"));
        // Before the number was recorded, it stood among the facts of the run only.
        publish(None, "cpu", 2);
        assert_eq!((now(Some(2)), now(Some(1))), (None, other("trained with 2 threads, now 1")));
        publish(None, "cuda:0", 2);
        assert_eq!(now(Some(1)), None, "a GPU's sums are its own");
    }

    #[test]
    fn another_version_of_the_stage_is_named() {
        let root = tempfile::tempdir().unwrap();
        let expected = Expected { version: 2, ..artifacts(root.path()) };
        assert_eq!(reason(&expected), Some((Reason::VersionChanged, "1 wrote it, now 2".to_owned())));
    }

    #[test]
    fn a_damaged_manifest_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let expected = artifacts(root.path());
        bal_artifact::write_file(&expected.folder.join("split.json"), b"{").unwrap();
        let error = check(&expected, &mut Known::default()).unwrap_err();
        assert!(matches!(error, Error::Artifact(bal_artifact::Error::Corrupt { .. })), "{error}");
    }
}
