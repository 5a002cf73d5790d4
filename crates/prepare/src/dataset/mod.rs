//! Data sets: fetched or generated, checked, decoded, described, published.

pub(crate) mod catalogue;
mod download;
mod fetch;
mod idx;
mod package;
mod source;
mod statistics;
mod two_moons;

use std::collections::BTreeMap;
use std::path::Path;

use bal_artifact::{
    Clock, DatasetDetails, DatasetKind, Element, FileRecord, Inputs, Manifest, Staging, digest,
};
use ndarray::{Array, Array1, Array4, Dimension};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;
use catalogue::{IdxDataset, ROLES};

/// Version of what [`run`] writes; a newer one makes older data sets stale.
pub const VERSION: u32 = 1;

/// Every data set there is.
pub const NAMES: [&str; 4] = ["mnist", "fashion_mnist", "two_moons", "idx"];

/// The source that stands for "look in all known places".
pub const AUTO: &str = "auto";

/// What to prepare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// One of [`NAMES`].
    pub dataset: String,
}

impl Config {
    /// Refuses an unknown name, before any work.
    pub fn check(&self) -> Result<(), Error> {
        catalogue::check_name(&self.dataset)
    }
}

/// Inputs and labels, as they are stored.
struct Arrays<T, D: Dimension> {
    train_inputs: Array<T, D>,
    train_labels: Array1<i64>,
    test_inputs: Array<T, D>,
    test_labels: Array1<i64>,
}

/// Prepares a data set in the folder `out`, unless it lies there already.
///
/// `source` is a folder or a URL, which is then tried alone; `None` or [`AUTO`] tries in turn the download
/// cache, the place that the environment variable `BAL_DATA_SOURCE` names, the official URLs, and packages that
/// hold the files.
///
/// # Errors
/// [`Error::Fetch`] with everything that was tried, [`Error::Checksum`] if a source named by the user has other
/// bytes, [`Error::Idx`] if the bytes are no data set.
pub fn run(config: &Config, source: Option<&str>, out: &Path) -> Result<(), Error> {
    config.check()?;
    let source = source.filter(|source| *source != AUTO);
    refuse_another(config, out)?;
    match catalogue::find(&config.dataset) {
        Some(dataset) => prepare_images(dataset, config, source, out),
        None => prepare_two_moons(config, source, out),
    }
}

fn prepare_images(
    dataset: &IdxDataset,
    config: &Config,
    source: Option<&str>,
    out: &Path,
) -> Result<(), Error> {
    if let Some(digests) = dataset.digests()
        && is_current(out, config, Some(&digests))
    {
        return Ok(());
    }
    let mut clock = Clock::start("cpu", 1);
    let folder = source.map(Path::new);
    let staging = Staging::new(out, "dataset", folder.as_slice())?;
    let files = match fetch::fetch(dataset, source) {
        // Without the user's own files, what was made of them earlier is the best there is.
        Err(Error::NoSource { .. }) if is_current(out, config, None) => return Ok(()),
        files => files?,
    };
    let raw = file_records(dataset, &files);
    // Only now are the digests of a user's own files known.
    if dataset.digests().is_none() && is_current(out, config, Some(&digests_of(&raw))) {
        return Ok(());
    }
    clock.lap("fetch");
    let arrays = decode(dataset, files)?;
    let (mean, std) = statistics::of_images(&arrays.train_inputs);
    dataset.check_statistics(&mean, &std)?;
    let (_, channels, height, width) = arrays.train_inputs.dim();
    let details = DatasetDetails {
        name: dataset.name.to_owned(),
        kind: DatasetKind::Images,
        classes: dataset.class_names(arrays.train_labels.iter().chain(&arrays.test_labels)),
        input_shape: vec![channels, height, width],
        mean,
        std,
        licence: dataset.licence.to_owned(),
        source: dataset.origin.to_owned(),
    };
    clock.lap("decode");
    publish(config, &arrays, &details, raw, clock, staging)?;
    say_prepared(&arrays, &details, out);
    Ok(())
}

fn prepare_two_moons(config: &Config, source: Option<&str>, out: &Path) -> Result<(), Error> {
    if let Some(source) = source {
        tracing::warn!("`two_moons` is generated: source `{source}` is not used");
    }
    if is_current(out, config, None) {
        return Ok(());
    }
    let clock = Clock::start("cpu", 1);
    let staging = Staging::new(out, "dataset", &[])?;
    let arrays = two_moons::generate();
    let (mean, std) = statistics::of_points(&arrays.train_inputs);
    let details = DatasetDetails {
        name: "two_moons".to_owned(),
        kind: DatasetKind::Points,
        classes: vec!["upper".to_owned(), "lower".to_owned()],
        input_shape: vec![2],
        mean,
        std,
        licence: "none needed: generated".to_owned(),
        source: two_moons::ORIGIN.to_owned(),
    };
    publish(config, &arrays, &details, BTreeMap::new(), clock, staging)?;
    say_prepared(&arrays, &details, out);
    Ok(())
}

/// The four decoded arrays, once their sizes and labels agree.
fn decode(dataset: &IdxDataset, files: [Vec<u8>; 4]) -> Result<Arrays<u8, ndarray::Ix4>, Error> {
    let [train_images, train_labels, test_images, test_labels] = files;
    let [images_name, labels_name, test_images_name, test_labels_name] = dataset.files.map(|file| file.name);
    let train_inputs: Array4<u8> = idx::images(images_name, train_images)?;
    let train_labels = idx::labels(labels_name, train_labels, train_inputs.dim().0, dataset.classes.len())?;
    let test_inputs: Array4<u8> = idx::images(test_images_name, test_images)?;
    let test_labels = idx::labels(test_labels_name, test_labels, test_inputs.dim().0, dataset.classes.len())?;
    let (train_shape, test_shape) = (&train_inputs.shape()[1..], &test_inputs.shape()[1..]);
    if train_shape != test_shape {
        let expected = format!("images of shape {train_shape:?}, as in `{images_name}`");
        return Err(Error::Idx { file: test_images_name, expected, found: format!("{test_shape:?}") });
    }
    Ok(Arrays { train_inputs, train_labels, test_inputs, test_labels })
}

fn publish<T: Element, D: Dimension>(
    config: &Config,
    arrays: &Arrays<T, D>,
    details: &DatasetDetails,
    raw: BTreeMap<String, FileRecord>,
    mut clock: Clock,
    mut staging: Staging,
) -> Result<(), Error> {
    staging.array("train_inputs", &arrays.train_inputs)?;
    staging.array("train_labels", &arrays.train_labels)?;
    staging.array("test_inputs", &arrays.test_inputs)?;
    staging.array("test_labels", &arrays.test_labels)?;
    clock.lap("write");
    let mut manifest = Manifest::new("dataset", VERSION, to_json(config), Inputs::new(Path::new(".")));
    // Raw files are known by name and digest alone: two machines that fetched them from different places
    // write the same manifest.
    manifest.inputs = raw;
    manifest.details = to_json(details);
    manifest.run = clock.stop();
    Ok(staging.publish(manifest)?)
}

fn say_prepared<T, D: Dimension>(arrays: &Arrays<T, D>, details: &DatasetDetails, out: &Path) {
    let (train, test) = (arrays.train_labels.len(), arrays.test_labels.len());
    tracing::info!(
        "`{}` prepared in `{}`: {train} training, {test} test points",
        details.name,
        out.display()
    );
}

/// A data set is replaced by itself only.
fn refuse_another(config: &Config, out: &Path) -> Result<(), Error> {
    let Ok(Some(manifest)) = Manifest::find(out, "dataset") else { return Ok(()) };
    let there = manifest.config.get("dataset").and_then(serde_json::Value::as_str).unwrap_or_default();
    if there == config.dataset {
        return Ok(());
    }
    let found = format!("it holds the data set `{there}`, not `{}`", config.dataset);
    Err(bal_artifact::Error::Occupied { path: out.to_path_buf(), found }.into())
}

/// Whether `out` holds what [`run`] would write: same configuration and version, raw files of these digests
/// (`None`: there are none to compare with), and intact outputs.
fn is_current(out: &Path, config: &Config, digests: Option<&BTreeMap<String, String>>) -> bool {
    let Ok(Some(manifest)) = Manifest::find(out, "dataset") else { return false };
    let intact = |record: &FileRecord| {
        digest::sha256_cached(&out.join(&record.path)).is_ok_and(|sha256| sha256 == record.sha256)
    };
    let current = manifest.stage_version == VERSION
        && manifest.config == to_json(config)
        && digests.is_none_or(|digests| digests_of(&manifest.inputs) == *digests)
        && manifest.outputs.values().all(intact);
    if current {
        tracing::info!("`{}` in `{}` is up to date", config.dataset, out.display());
    }
    current
}

fn file_records(dataset: &IdxDataset, files: &[Vec<u8>; 4]) -> BTreeMap<String, FileRecord> {
    let record = |name: &str, bytes: &Vec<u8>| FileRecord {
        path: name.to_owned(),
        sha256: digest::sha256_of(bytes),
        bytes: bytes.len() as u64,
        shape: None,
        dtype: None,
    };
    let files = dataset.files.iter().zip(files).map(|(file, bytes)| record(file.name, bytes));
    ROLES.iter().map(|role| (*role).to_owned()).zip(files).collect()
}

fn digests_of(records: &BTreeMap<String, FileRecord>) -> BTreeMap<String, String> {
    records.iter().map(|(role, record)| (role.clone(), record.sha256.clone())).collect()
}

fn to_json(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("strings, numbers and lists are always JSON")
}
