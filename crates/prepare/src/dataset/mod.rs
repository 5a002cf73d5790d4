//! Data sets: fetched or generated, checked, decoded, described, published.

pub(crate) mod catalogue;
mod fetch;
mod format;
mod labels;
mod made;
mod rows;
mod state;
mod statistics;
mod turn;
mod two_moons;
mod view;

use std::collections::BTreeMap;
use std::path::Path;

use bal_artifact::{
    Clock, DatasetDetails, DatasetKind, Draft, Element, FileRecord, Inputs, Manifest, Place, Stage, file,
    to_json,
};
use bal_settings::{Checked, Invalid, Problem, Settings};
use ndarray::{Array, Array1, Dimension, Ix2, Ix4};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::Error;
use catalogue::{Digests, Spec};
use fetch::Raw;
pub use made::prepare_made;
pub(crate) use rows::help;
pub use rows::{Row, rows};
use state::{is_current, is_up_to_date, take_turn};

/// This stage and the version of what [`run`] writes; a newer one makes older data sets stale.
pub const STAGE: Stage = Stage { name: "dataset", version: 1 };

/// Every data set there is.
pub const NAMES: [&str; catalogue::NAMES.len()] = catalogue::NAMES;

/// The source that stands for "look in all known places".
pub const AUTO: &str = "auto";

/// What to prepare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Leaves only these classes, by number, in the training and the test half; labels count in this order.
    /// With this or what follows, a data set of its own is made, which shares its inputs with the whole one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("uniqueItems" = true))]
    pub classes: Vec<usize>,
    /// Leaves only this many training points, the same ones for every run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub distinct: Option<usize>,
    /// Copies of the training points: copy c of point i has the id i + c·N. The test half stays as it is.
    #[serde(default = "Config::once", skip_serializing_if = "Config::is_once")]
    #[schemars(range(min = 1, max = 1000), extend("default" = 1))]
    pub repeat: usize,
    /// Standard deviation of the noise that is added to every number of a normalised training input, of the
    /// first copy too. It is drawn once for each point, the same for every run.
    #[serde(default, skip_serializing_if = "bal_settings::is_default")]
    #[schemars(range(min = 0.0, max = 1000.0), extend("default" = 0.0))]
    pub noise: f64,
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
        if self.labels_start_at.is_some() && catalogue::find(&self.dataset).is_none_or(Spec::is_known) {
            let problem = Problem::new(format!("data set `{}` does not read it", self.dataset));
            let hint = "leave it out; only `idx`, files of your own, reads it";
            return Err(problem.of("labels_start_at").with_hint(hint));
        }
        let is_text = catalogue::find(&self.dataset).is_some_and(|spec| spec.kind == DatasetKind::Texts);
        if is_text && self.noise > 0.0 {
            return Err(Invalid::new(
                "noise",
                "none for texts, whose inputs are words",
                &self.noise.to_string(),
            ));
        }
        match self.classes[..] {
            [class] => Err(Invalid::new("classes", "two or more to tell apart", &class.to_string())),
            _ => Ok(()),
        }
    }
}

impl Config {
    /// A data set as it is made unless something else is asked for.
    pub fn named(dataset: &str) -> Self {
        let dataset = dataset.to_owned();
        Self { dataset, labels_start_at: None, classes: Vec::new(), distinct: None, repeat: 1, noise: 0.0 }
    }

    fn once() -> usize {
        1
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_once(copies: &usize) -> bool {
        *copies == 1
    }
}

/// Inputs and labels, as they are stored.
#[derive(Debug)]
pub(crate) struct Arrays<T, D: Dimension> {
    pub(crate) train_inputs: Array<T, D>,
    pub(crate) train_labels: Array1<i64>,
    pub(crate) test_inputs: Array<T, D>,
    pub(crate) test_labels: Array1<i64>,
}

/// What becomes of raw files.
#[derive(Debug)]
pub(crate) enum Decoded {
    /// [N, C, H, W].
    Images(Arrays<u8, Ix4>),
    /// [N, D].
    Points(Arrays<f32, Ix2>),
    /// [N, T], and the words by number.
    Texts(Arrays<i64, Ix2>, Vec<String>),
}

/// Prepares a data set in the folder `out`, unless it lies there already. While another process makes the
/// same, this one waits, and goes on with what that one made.
///
/// `source` is a folder or a URL, which is then tried alone. `None` or [`AUTO`] tries in turn the download
/// cache, the place that the environment variable `BAL_DATA_SOURCE` names, the official URLs and packages.
///
/// # Errors
/// [`Error::Fetch`] with everything that was tried, [`Error::Checksum`] if a source named by the user has
/// other bytes, [`Error::Unusable`] if the bytes are no data set.
pub fn run(config: &Checked<Config>, source: Option<&str>, out: &Path) -> Result<(), Error> {
    let mut source = source.filter(|source| *source != AUTO);
    refuse_another(config, out)?;
    if config.is_view() {
        return view::prepare(config, source, out);
    }
    let spec = catalogue::find(&config.dataset).expect("a checked name is in the catalogue");
    if spec.files.is_empty()
        && let Some(source) = source.take()
    {
        tracing::warn!("`{}` is generated: source `{source}` is not used", spec.name);
    }
    match spec.digests() {
        Some(digests) => prepare_known(spec, &digests, config, source, out),
        None => prepare_unknown(spec, config, source, out),
    }
}

/// Where digests say beforehand whether what lies in `out` is up to date.
fn prepare_known(
    spec: &Spec,
    digests: &Digests,
    config: &Config,
    source: Option<&str>,
    out: &Path,
) -> Result<(), Error> {
    let clock = Clock::start("cpu", 1);
    let Some(_turn) = take_turn(config, Some(digests), out)? else { return Ok(()) };
    let draft = begin(source, clock, out)?;
    make(spec, config, fetch::fetch(spec, source)?, draft, out)
}

/// Where only the files themselves have their digests.
fn prepare_unknown(spec: &Spec, config: &Config, source: Option<&str>, out: &Path) -> Result<(), Error> {
    // A published set that nobody names a source for does not change: it is not fetched to be compared.
    if spec.is_known() && source.is_none() && is_up_to_date(config, None, out) {
        return Ok(());
    }
    let clock = Clock::start("cpu", 1);
    let _turn = turn::wait("data set", out)?;
    let draft = begin(source, clock, out)?;
    let files = match fetch::fetch(spec, source) {
        // Without the user's own files, what was made of them earlier is the best there is.
        Err(Error::NoSource { .. }) if is_up_to_date(config, None, out) => return Ok(()),
        files => files?,
    };
    // Only now are the digests of the files known.
    let digests = digests_of(&file_records(spec, &files));
    if is_current(config, Some(&digests), out) {
        return Ok(());
    }
    make(spec, config, files, draft, out)
}

/// Where a data set that is not there yet would come from, as far as can be told without asking anybody:
/// `to be made from download cache …`, or what to do.
pub fn prospect(config: &Config) -> String {
    match catalogue::find(&config.dataset) {
        None => "not known".to_owned(),
        Some(spec) if spec.files.is_empty() => "to be generated".to_owned(),
        Some(spec) => match fetch::first_place(spec) {
            Some(place) => format!("to be had from {place}"),
            None => "not to be had: `BAL_DATA_SOURCE` may name the folder of its files".to_owned(),
        },
    }
}

/// Begins a data set in the folder `out`, made of `source` where that is a folder.
fn begin(source: Option<&str>, clock: Clock, out: &Path) -> Result<Draft, Error> {
    let place = Place::new(out.to_path_buf(), None, 0, 0);
    Ok(Draft::begin(STAGE, &place, source.map(Path::new).as_slice(), clock)?)
}

/// Decodes, describes and publishes.
fn make(spec: &Spec, config: &Config, files: Vec<Raw>, mut draft: Draft, out: &Path) -> Result<(), Error> {
    // Raw files are known by name and digest alone: two machines that fetched them from different places
    // write the same manifest.
    draft.inputs = Inputs::of(file_records(spec, &files));
    draft.clock.lap("fetch");
    let decoded = (spec.decode)(spec, config, files)?;
    let details = describe(spec, config, &decoded)?;
    draft.clock.lap("decode");
    match decoded {
        Decoded::Images(arrays) => publish(config, &arrays, &details, draft, out),
        Decoded::Points(arrays) => publish(config, &arrays, &details, draft, out),
        Decoded::Texts(arrays, vocabulary) => {
            // A report shows texts by it: shortened and in lower case, as networks see them.
            draft.output.file(file::VOCABULARY, to_json(&vocabulary).to_string().as_bytes())?;
            publish(config, &arrays, &details, draft, out)
        }
    }
}

fn describe(spec: &Spec, config: &Config, decoded: &Decoded) -> Result<DatasetDetails, Error> {
    let (shape, (mean, std), words, labels) = match decoded {
        Decoded::Images(arrays) => {
            let (_, channels, height, width) = arrays.train_inputs.dim();
            let statistics = statistics::of_images(&arrays.train_inputs);
            (vec![channels, height, width], statistics, None, arrays.labels())
        }
        Decoded::Points(arrays) => {
            let statistics = statistics::of_points(&arrays.train_inputs);
            (vec![arrays.train_inputs.ncols()], statistics, None, arrays.labels())
        }
        Decoded::Texts(arrays, vocabulary) => {
            let shape = vec![arrays.train_inputs.ncols()];
            (shape, (vec![], vec![]), Some(vocabulary.len()), arrays.labels())
        }
    };
    spec.check_statistics(&mean, &std)?;
    Ok(DatasetDetails {
        name: spec.name.to_owned(),
        kind: spec.kind,
        classes: spec.class_names(labels.iter(), config.labels_start_at.unwrap_or(0)),
        input_shape: shape,
        words,
        view: None,
        mean,
        std,
        licence: spec.licence.to_owned(),
        source: spec.origin.to_owned(),
    })
}

impl<T, D: Dimension> Arrays<T, D> {
    /// Those of both halves.
    fn labels(&self) -> Vec<i64> {
        self.train_labels.iter().chain(&self.test_labels).copied().collect()
    }
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
    let is_view = |key: &str| manifest.config.get(key).is_some();
    let there_is_view = ["classes", "distinct", "repeat", "noise"].into_iter().any(is_view);
    if there == config.dataset && there_is_view == config.is_view() {
        return Ok(());
    }
    let what = if there_is_view { "a view of " } else { "" };
    let found = format!("it holds {what}the data set `{there}`, not `{}`", config.name());
    Err(bal_artifact::Error::Occupied { path: out.to_path_buf(), found }.into())
}

fn file_records(spec: &Spec, files: &[Raw]) -> BTreeMap<String, FileRecord> {
    let record = |name: &str, raw: &Raw| FileRecord {
        path: name.to_owned(),
        sha256: raw.sha256.clone(),
        bytes: raw.bytes.len() as u64,
        ..FileRecord::default()
    };
    let files = spec.files.iter().zip(files);
    files.map(|(file, raw)| (file.role.to_owned(), record(file.name, raw))).collect()
}

fn digests_of(records: &BTreeMap<String, FileRecord>) -> Digests {
    records.iter().map(|(role, record)| (role.clone(), record.sha256.clone())).collect()
}

/// Reads a foreign file of one format, for fuzz targets: `cifar`, `csv`, `mat`, `idx`, or `archive`, a member
/// of a zip or tar.gz archive that may be compressed once more.
#[doc(hidden)]
pub fn read_foreign(format: &str, bytes: &[u8]) -> Result<(), Error> {
    match format {
        "cifar" => format::cifar::read_any(bytes.to_vec()),
        "csv" => format::news::read_any(bytes.to_vec()),
        "mat" => format::svhn::read(&Raw::new("file", bytes.to_vec())).map(drop),
        "idx" => format::idx::images(Raw::new("file", bytes.to_vec())).map(drop),
        "archive" => fetch::read_any(bytes),
        other => unreachable!("no format `{other}`"),
    }
}
