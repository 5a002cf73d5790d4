//! The data sets that the runs drew from: needed to show what was acquired, not to report the numbers.

use std::path::{Path, PathBuf};

use bal_artifact::{
    DatasetDetails, DatasetKind, Error as ArtifactError, Manifest, MappedArray, file, read_labels,
};
use ndarray::{Ix2, Ix4};

use super::Cell;
use crate::Error;

/// The training points of a prepared data set.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) folder: PathBuf,
    /// What tells it from all others.
    pub(crate) key: String,
    /// Name, classes and the like.
    pub(crate) details: DatasetDetails,
    pub(crate) inputs: TrainInputs,
}

/// The training inputs, in their file: a report shows few of them.
#[derive(Debug)]
pub(crate) enum TrainInputs {
    /// u8 [N, C, H, W].
    Images(MappedArray<u8, Ix4>),
    /// f32 [N, D], with the class of each, −1 where it is unknown: what is behind those that were acquired.
    Points(MappedArray<f32, Ix2>, Vec<i64>),
    /// i64 [N, T], and the words by number.
    Texts(MappedArray<i64, Ix2>, Vec<String>),
}

impl Data {
    /// Number of ids of training points: copies count.
    pub(crate) fn points(&self) -> usize {
        self.stored() * self.details.view.as_ref().map_or(1, |view| view.repeat)
    }

    /// Where a training point is stored.
    pub(crate) fn row(&self, id: usize) -> usize {
        id % self.stored().max(1)
    }

    fn stored(&self) -> usize {
        match &self.inputs {
            TrainInputs::Images(images) => images.view().shape()[0],
            TrainInputs::Points(points, _) => points.view().nrows(),
            TrainInputs::Texts(texts, _) => texts.view().nrows(),
        }
    }

    /// The files that are read.
    pub(crate) fn files(&self) -> &'static [&'static str] {
        match self.inputs {
            TrainInputs::Images(_) => &[file::TRAIN_INPUTS],
            TrainInputs::Texts(..) => &[file::TRAIN_INPUTS, file::VOCABULARY],
            TrainInputs::Points(..) => &[file::TRAIN_INPUTS, file::TRAIN_LABELS],
        }
    }

    fn read(folder: &Path) -> Result<Self, Error> {
        let manifest = Manifest::read(folder, "dataset")?;
        let details = DatasetDetails::of(manifest.clone(), folder)?;
        let path = folder.join(file::TRAIN_INPUTS);
        let inputs = match details.kind {
            DatasetKind::Images => TrainInputs::Images(MappedArray::open("training images", &path)?),
            DatasetKind::Texts => TrainInputs::Texts(
                MappedArray::open("training texts", &path)?,
                read_words(&folder.join(file::VOCABULARY))?,
            ),
            DatasetKind::Points => {
                let mut labels = read_labels(folder, file::TRAIN_LABELS, details.classes.len())?;
                let points = MappedArray::open("training points", &path)?;
                let (found, copies) =
                    (points.view().nrows(), details.view.as_ref().map_or(1, |view| view.repeat));
                if found * copies != labels.len() {
                    let expected = format!("{} inputs, as there are labels", labels.len() / copies);
                    return Err(ArtifactError::Mismatch { path, expected, found: found.to_string() }.into());
                }
                labels.truncate(found);
                TrainInputs::Points(points, labels)
            }
        };
        Ok(Self { folder: folder.to_path_buf(), key: details.key(&manifest), details, inputs })
    }
}

/// The data sets of all cells, each read once.
#[derive(Debug)]
pub(crate) struct DataSets {
    sets: Vec<Data>,
    of_cell: Vec<Option<usize>>,
}

impl DataSets {
    /// Reads the data set of every cell: of several `given` the one that it was trained on, else the one
    /// that its manifests name.
    ///
    /// # Errors
    /// If a data set is damaged, or if the only one given is not the one that a run used. It is no error if
    /// it is nowhere to be found.
    pub(crate) fn read(cells: &[Cell], given: &[PathBuf]) -> Result<Self, Error> {
        let mut found = Self { sets: Vec::new(), of_cell: Vec::new() };
        for cell in cells {
            let folder = match given {
                [only] => Some(only.clone()),
                several => several.iter().find(|folder| check_used(cell, folder).is_ok()).cloned(),
            };
            let folder = folder.or_else(|| locate(cell));
            let position = folder.map(|folder| found.position(&folder)).transpose()?;
            if let Some(position) = position {
                check_used(cell, &found.sets[position].folder)?;
            }
            found.of_cell.push(position);
        }
        Ok(found)
    }

    /// The data set of a cell by the cell's position.
    pub(crate) fn of(&self, cell: usize) -> Option<&Data> {
        self.of_cell.get(cell).copied().flatten().map(|position| &self.sets[position])
    }

    pub(crate) fn all(&self) -> &[Data] {
        &self.sets
    }

    fn position(&mut self, folder: &Path) -> Result<usize, Error> {
        let folder = fs_err::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
        if let Some(position) = self.sets.iter().position(|data| data.folder == folder) {
            return Ok(position);
        }
        self.sets.push(Data::read(&folder)?);
        Ok(self.sets.len() - 1)
    }
}

/// The words of a data set of texts, by number.
fn read_words(path: &Path) -> Result<Vec<String>, Error> {
    let text = fs_err::read_to_string(path)
        .map_err(|_| ArtifactError::Missing { what: "vocabulary", path: path.to_path_buf() })?;
    serde_json::from_str(&text).map_err(|error| {
        let (expected, found) = ("a list of words".to_owned(), error.to_string());
        ArtifactError::Corrupt { path: path.to_path_buf(), expected, found }.into()
    })
}

/// Where the manifests of a cell say that the data set lies. Their paths are relative to a root that they do
/// not name, which is one of the folders above them.
fn locate(cell: &Cell) -> Option<PathBuf> {
    for run in &cell.seeds {
        let split = run.split.iter().map(|manifest| (run.folder.artifact("split", 0), manifest));
        let train = run.rounds.iter().map(|round| (run.folder.artifact("train", round.index), &round.train));
        for (folder, manifest) in split.chain(train.take(1)) {
            let Some(record) = manifest.inputs.get("train_inputs") else { continue };
            let roots = folder.ancestors().filter(|root| !root.as_os_str().is_empty());
            let mut folders = roots.filter_map(|root| Some(root.join(&record.path).parent()?.to_path_buf()));
            if let Some(found) = folders.find(|folder| folder.join(file::DATASET).is_file()) {
                return Some(found);
            }
        }
    }
    None
}

/// Whether this is the data set that the runs of a cell were trained on. Labels may have changed since.
fn check_used(cell: &Cell, folder: &Path) -> Result<(), Error> {
    let manifest = Manifest::read(folder, "dataset")?;
    let used = cell.seeds.iter().find_map(|run| run.rounds.first()?.train.inputs.get("train_inputs"));
    match (used, manifest.outputs.get(file::TRAIN_INPUTS)) {
        (Some(used), Some(here)) if here.sha256 != used.sha256 => {
            let path = folder.join(file::TRAIN_INPUTS);
            let expected = format!("what `{}` was trained on, sha256 {}", cell.name, used.sha256);
            Err(ArtifactError::Mismatch { path, expected, found: format!("sha256 {}", here.sha256) }.into())
        }
        _ => Ok(()),
    }
}
