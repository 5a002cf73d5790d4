//! What every stage needs to know of a prepared data set: the `details` of `dataset.json`.

use std::path::Path;

use ndarray::Ix1;
use serde::{Deserialize, Serialize};

use bal_stream::Draw;

use crate::{Error, Manifest, digest, file, read_array, to_json};

/// What one input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatasetKind {
    /// u8 [N, C, H, W].
    Images,
    /// f32 [N, D].
    Points,
    /// i64 [N, T], numbers of words: 0 fills a text up.
    Texts,
}

/// `details` of `dataset.json`. The arrays lie beside it: `{train,test}_{inputs,labels}.npy`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetDetails {
    /// Name of the data set, e.g. `mnist`.
    pub name: String,
    /// What one input is.
    pub kind: DatasetKind,
    /// Class names; a label is a position in this list.
    pub classes: Vec<String>,
    /// Shape of one input, `[channels, height, width]`, `[dimensions]` or `[words]`.
    pub input_shape: Vec<usize>,
    /// How many different words there are, with those for nothing and for unknown words; only of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<usize>,
    /// Mean over the training inputs per channel, of pixels divided by 255 (images) or of values (points);
    /// empty for texts.
    pub mean: Vec<f64>,
    /// Population standard deviation, as `mean`.
    pub std: Vec<f64>,
    /// How the training half is seen, where it is not as it is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// Licence as its authors give it.
    pub licence: String,
    /// Where the bytes came from.
    pub source: String,
}

/// The training half as copies of the N points that are stored: point i of copy c is i + c·N.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Copies.
    pub repeat: usize,
    /// Standard deviation of what is added to every number of a normalised input, drawn once for each point
    /// of each copy. The draw is the same for all runs.
    pub noise: f64,
    /// Name of the data set whose points are stored, which is part of the draw of noise.
    pub of: String,
}

impl View {
    /// Where point `id` is stored, of `stored` points.
    pub fn row(&self, id: i64, stored: usize) -> i64 {
        id % stored as i64
    }

    /// Whose draws the noise is made of.
    pub fn draw(&self) -> Draw {
        let digest = digest::sha256_of(self.of.as_bytes());
        Draw::new(u64::from_str_radix(&digest[..16], 16).unwrap_or(0), 0)
    }
}

/// Label of a training point that its data set leaves out: of a class that was not chosen, for example.
pub const OUTSIDE: i64 = -2;

impl DatasetDetails {
    /// Reads the details of a prepared data set.
    ///
    /// # Errors
    /// [`Error::Missing`] if the folder holds no data set, [`Error::Mismatch`] if its details cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let manifest = Manifest::find(folder, "dataset")?
            .ok_or_else(|| Error::Missing { what: "data set", path: folder.join(file::DATASET) })?;
        Self::of(manifest, folder)
    }

    /// The details of a data set's manifest, which lies in `folder`.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if they cannot be read.
    pub fn of(manifest: Manifest, folder: &Path) -> Result<Self, Error> {
        serde_json::from_value(manifest.details).map_err(|error| {
            Error::mismatch(folder.join(file::DATASET), "details of a data set", error.to_string())
        })
    }

    /// What a network's result depends on, as text: its digest says whether a data set has become another.
    pub(crate) fn stable_text(&self) -> String {
        let Self { kind, classes, input_shape, mean, std, words, view, .. } = self;
        let mut parts =
            vec![to_json(kind), to_json(classes), to_json(input_shape), to_json(mean), to_json(std)];
        // Data sets from before there were words and views keep their digests.
        parts.extend(words.as_ref().map(to_json));
        parts.extend(view.as_ref().map(to_json));
        serde_json::Value::from(parts).to_string()
    }

    /// Name with the beginning of a digest of description and inputs: tells apart two data sets of one name.
    pub fn key(&self, manifest: &Manifest) -> String {
        let inputs = manifest.outputs.get(file::TRAIN_INPUTS).map_or("", |record| record.sha256.as_str());
        let digest = digest::sha256_of(format!("{}{inputs}", self.stable_text()).as_bytes());
        format!("{}-{}", self.name, &digest[..8])
    }

    /// Hex SHA-256 of the part of `dataset.json` that stages read.
    pub fn digest(&self) -> String {
        digest::sha256_of(self.stable_text().as_bytes())
    }
}

/// Labels of one half of a data set (`train_labels.npy` or `test_labels.npy`): below the number of classes,
/// −1 for unknown, or [`OUTSIDE`].
///
/// # Errors
/// As [`read_array`]; [`Error::Value`] for the first other label.
pub fn read_labels(folder: &Path, file: &'static str, classes: usize) -> Result<Vec<i64>, Error> {
    let path = folder.join(file);
    let labels = read_array::<i64, Ix1>("labels", &path)?.to_vec();
    match labels.iter().position(|&label| !(OUTSIDE..classes as i64).contains(&label)) {
        None => Ok(labels),
        Some(at) => Err(Error::value(
            path,
            format!("labels below {classes}, or -1 for unknown"),
            format!("label {} at position {at}", labels[at]),
        )),
    }
}
