//! Data sets: fetched or generated, checked, decoded, described, published.

pub(crate) mod catalogue;
mod download;
mod fetch;
mod folder;
mod idx;
mod labels;
mod package;
mod raw;
mod source;
mod state;
mod statistics;
mod turn;
mod two_moons;

use std::collections::BTreeMap;
use std::path::Path;

use bal_artifact::{
    Clock, DatasetDetails, DatasetKind, Draft, Element, FileRecord, Inputs, Manifest, Place, Stage, digest,
    to_json,
};
use bal_settings::{Checked, Invalid, Problem, Settings};
use ndarray::{Array, Array1, Array4, Dimension};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::Error;
use catalogue::{Digests, IdxDataset, ROLES};
use labels::{Half, count_from_zero};
use raw::Raw;
use state::{is_current, is_up_to_date, take_turn};

/// This stage and the version of what [`run`] writes; a newer one makes older data sets stale.
pub const STAGE: Stage = Stage { name: "dataset", version: 1 };

/// Every data set there is.
pub const NAMES: [&str; 4] = ["mnist", "fashion_mnist", "two_moons", "idx"];

/// The source that stands for "look in all known places".
pub const AUTO: &str = "auto";

/// What to prepare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the data set.
    #[schemars(schema_with = "names")]
    pub dataset: String,
    /// First label of your own files: with 1, labels 1 … 26 become classes 0 … 25 (`idx` only). Without it,
    /// labels of which none is 0 are refused. Class names stay the labels of the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 255))]
    pub labels_start_at: Option<u8>,
}

fn names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "examples": NAMES })
}

impl Settings for Config {
    type Resolved = ();

    fn resolve(&mut self) -> Result<(), Invalid> {
        if !NAMES.contains(&self.dataset.as_str()) {
            let problem =
                Problem::new(format!("unknown data set `{}`; known are {}", self.dataset, NAMES.join(", ")));
            return Err(problem.with_nearest(&self.dataset, NAMES).of("dataset"));
        }
        if self.labels_start_at.is_some() && catalogue::find(&self.dataset).is_none_or(IdxDataset::is_known) {
            let problem = Problem::new(format!("data set `{}` does not read it", self.dataset));
            let hint = "leave it out; only `idx`, files of your own, reads it";
            return Err(problem.of("labels_start_at").with_hint(hint));
        }
        Ok(())
    }
}

impl Config {
    /// A data set as it is made unless something else is asked for.
    pub fn named(dataset: &str) -> Self {
        Self { dataset: dataset.to_owned(), labels_start_at: None }
    }
}

/// Inputs and labels, as they are stored.
struct Arrays<T, D: Dimension> {
    train_inputs: Array<T, D>,
    train_labels: Array1<i64>,
    test_inputs: Array<T, D>,
    test_labels: Array1<i64>,
}

/// Prepares a data set in the folder `out`, unless it lies there already. While another process makes the
/// same, this one waits, and goes on with what that one made.
///
/// `source` is a folder or a URL, which is then tried alone. `None` or [`AUTO`] tries in turn the download
/// cache, the place that the environment variable `BAL_DATA_SOURCE` names, the official URLs and packages.
///
/// # Errors
/// [`Error::Fetch`] with everything that was tried, [`Error::Checksum`] if a source named by the user has
/// other bytes, [`Error::Idx`] if the bytes are no data set.
pub fn run(config: &Checked<Config>, source: Option<&str>, out: &Path) -> Result<(), Error> {
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
    let clock = Clock::start("cpu", 1);
    if let Some(digests) = dataset.digests() {
        let Some(_turn) = take_turn(config, Some(&digests), out)? else { return Ok(()) };
        let draft = begin(source, clock, out)?;
        return make_images(dataset, config, fetch::fetch(dataset, source)?, draft, out);
    }
    let _turn = turn::wait("data set", out)?;
    let draft = begin(source, clock, out)?;
    let files = match fetch::fetch(dataset, source) {
        // Without the user's own files, what was made of them earlier is the best there is.
        Err(Error::NoSource { .. }) if is_up_to_date(config, None, out) => return Ok(()),
        files => files?,
    };
    // Only now are the digests of a user's own files known.
    let digests = digests_of(&file_records(dataset, &files));
    if is_current(config, Some(&digests), out) {
        return Ok(());
    }
    make_images(dataset, config, files, draft, out)
}

/// Begins a data set in the folder `out`, made of `source` where that is a folder.
fn begin(source: Option<&str>, clock: Clock, out: &Path) -> Result<Draft, Error> {
    let place = Place::new(out.to_path_buf(), None, 0, 0);
    Ok(Draft::begin(STAGE, &place, source.map(Path::new).as_slice(), clock)?)
}

/// Decodes, describes and publishes images.
fn make_images(
    dataset: &IdxDataset,
    config: &Config,
    files: [Raw; 4],
    mut draft: Draft,
    out: &Path,
) -> Result<(), Error> {
    // Raw files are known by name and digest alone: two machines that fetched them from different places
    // write the same manifest.
    draft.inputs = Inputs::of(file_records(dataset, &files));
    draft.clock.lap("fetch");
    let arrays = decode(dataset, config, files)?;
    let (mean, std) = statistics::of_images(&arrays.train_inputs);
    dataset.check_statistics(&mean, &std)?;
    let (_, channels, height, width) = arrays.train_inputs.dim();
    let labels = arrays.train_labels.iter().chain(&arrays.test_labels);
    let details = DatasetDetails {
        name: dataset.name.to_owned(),
        kind: DatasetKind::Images,
        classes: dataset.class_names(labels, config.labels_start_at.unwrap_or(0)),
        input_shape: vec![channels, height, width],
        words: None,
        view: None,
        mean,
        std,
        licence: dataset.licence.to_owned(),
        source: dataset.origin.to_owned(),
    };
    draft.clock.lap("decode");
    publish(config, &arrays, &details, draft, out)
}

fn prepare_two_moons(config: &Config, source: Option<&str>, out: &Path) -> Result<(), Error> {
    if let Some(source) = source {
        tracing::warn!("`two_moons` is generated: source `{source}` is not used");
    }
    let Some(_turn) = take_turn(config, None, out)? else { return Ok(()) };
    let draft = begin(None, Clock::start("cpu", 1), out)?;
    let arrays = two_moons::generate();
    let (mean, std) = statistics::of_points(&arrays.train_inputs);
    let details = DatasetDetails {
        name: "two_moons".to_owned(),
        kind: DatasetKind::Points,
        classes: vec!["upper".to_owned(), "lower".to_owned()],
        input_shape: vec![2],
        words: None,
        view: None,
        mean,
        std,
        licence: "none needed: generated".to_owned(),
        source: two_moons::ORIGIN.to_owned(),
    };
    publish(config, &arrays, &details, draft, out)
}

/// The four decoded arrays, once their sizes and labels agree.
fn decode(dataset: &IdxDataset, config: &Config, files: [Raw; 4]) -> Result<Arrays<u8, ndarray::Ix4>, Error> {
    let [images_file, labels_file, test_images_file, test_labels_file] =
        files.each_ref().map(|file| file.place.clone());
    let [train_images, train_labels, test_images, test_labels] = files;
    let train_inputs: Array4<u8> = idx::images(train_images)?;
    let mut train_labels = idx::labels(train_labels, train_inputs.dim().0, dataset.classes.len())?;
    let test_inputs: Array4<u8> = idx::images(test_images)?;
    let mut test_labels = idx::labels(test_labels, test_inputs.dim().0, dataset.classes.len())?;
    let (train_shape, test_shape) = (&train_inputs.shape()[1..], &test_inputs.shape()[1..]);
    if train_shape != test_shape {
        let expected = format!("images of shape {train_shape:?}, as in `{images_file}`");
        return Err(Error::Idx { file: test_images_file, expected, found: format!("{test_shape:?}") });
    }
    // Networks see pixels divided by their standard deviation.
    let first = train_inputs[[0, 0, 0, 0]];
    if train_inputs.iter().all(|&pixel| pixel == first) {
        let (expected, found) =
            ("images that differ".to_owned(), format!("{first} in every pixel of all of them"));
        return Err(Error::Idx { file: images_file, expected, found });
    }
    if !dataset.is_known() {
        let train = Half { file: &labels_file, labels: &mut train_labels };
        let test = Half { file: &test_labels_file, labels: &mut test_labels };
        count_from_zero([train, test], config.labels_start_at)?;
    }
    Ok(Arrays { train_inputs, train_labels, test_inputs, test_labels })
}

fn publish<T: Element, D: Dimension>(
    config: &Config,
    arrays: &Arrays<T, D>,
    details: &DatasetDetails,
    mut draft: Draft,
    out: &Path,
) -> Result<(), Error> {
    draft.output.array("train_inputs", &arrays.train_inputs)?;
    draft.output.array("train_labels", &arrays.train_labels)?;
    draft.output.array("test_inputs", &arrays.test_inputs)?;
    draft.output.array("test_labels", &arrays.test_labels)?;
    draft.clock.lap("write");
    draft.details = to_json(details);
    draft.publish(config)?;
    let (train, test) = (arrays.train_labels.len(), arrays.test_labels.len());
    tracing::info!(
        "`{}` prepared in `{}`: {train} training, {test} test points",
        details.name,
        out.display()
    );
    Ok(())
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

fn file_records(dataset: &IdxDataset, files: &[Raw; 4]) -> BTreeMap<String, FileRecord> {
    let record = |name: &str, bytes: &[u8]| FileRecord {
        path: name.to_owned(),
        sha256: digest::sha256_of(bytes),
        bytes: bytes.len() as u64,
        ..FileRecord::default()
    };
    let files = dataset.files.iter().zip(files).map(|(file, raw)| record(file.name, &raw.bytes));
    ROLES.iter().map(|role| (*role).to_owned()).zip(files).collect()
}

fn digests_of(records: &BTreeMap<String, FileRecord>) -> Digests {
    records.iter().map(|(role, record)| (role.clone(), record.sha256.clone())).collect()
}
