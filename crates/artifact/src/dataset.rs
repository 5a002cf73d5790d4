//! What every stage needs to know of a prepared data set: the `details` of `dataset.json`.

use std::path::Path;

use ndarray::Ix1;
use serde::{Deserialize, Serialize};

use crate::{Error, Manifest, digest, file, read_array};

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
    /// Licence as its authors give it.
    pub licence: String,
    /// Where the bytes came from.
    pub source: String,
}

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
        let Self { kind, classes, input_shape, mean, std, words, .. } = self;
        match words {
            None => serde_json::json!([kind, classes, input_shape, mean, std]).to_string(),
            Some(words) => serde_json::json!([kind, classes, input_shape, words]).to_string(),
        }
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
/// or −1 for unknown.
///
/// # Errors
/// As [`read_array`]; [`Error::Value`] for the first other label.
pub fn read_labels(folder: &Path, file: &'static str, classes: usize) -> Result<Vec<i64>, Error> {
    let path = folder.join(file);
    let labels = read_array::<i64, Ix1>("labels", &path)?.to_vec();
    match labels.iter().position(|&label| !(-1..classes as i64).contains(&label)) {
        None => Ok(labels),
        Some(at) => Err(Error::value(
            path,
            format!("labels below {classes}, or -1 for unknown"),
            format!("label {} at position {at}", labels[at]),
        )),
    }
}
