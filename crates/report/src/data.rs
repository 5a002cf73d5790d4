//! The data sets that the runs drew from: needed to show what was acquired, not to report the numbers.

use std::path::{Path, PathBuf};

use bal_artifact::{DatasetDetails, DatasetKind, Error as ArtifactError, Manifest, read_array};
use ndarray::{Array1, Array2, Array4};

use crate::Error;
use crate::runs::Cell;

/// The training points of a prepared data set.
#[derive(Debug)]
pub(crate) struct Data {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Name, classes and the like.
    pub(crate) details: DatasetDetails,
    /// Class by id, −1 where it is unknown.
    pub(crate) labels: Vec<i64>,
    /// Inputs by id.
    pub(crate) inputs: TrainInputs,
}

/// The training inputs.
#[derive(Debug)]
pub(crate) enum TrainInputs {
    /// u8 [N, C, H, W].
    Images(Array4<u8>),
    /// f32 [N, D].
    Points(Array2<f32>),
}

impl TrainInputs {
    fn len(&self) -> usize {
        match self {
            Self::Images(images) => images.shape()[0],
            Self::Points(points) => points.nrows(),
        }
    }
}

impl Data {
    /// The arrays that are read, as role and path.
    pub(crate) fn files(&self) -> [(&'static str, PathBuf); 2] {
        ["train_inputs", "train_labels"].map(|name| (name, self.folder.join(format!("{name}.npy"))))
    }

    /// The class of an id that was read from `path`.
    pub(crate) fn label(&self, id: i64, path: &Path) -> Result<i64, Error> {
        let found = usize::try_from(id).ok().and_then(|id| self.labels.get(id).copied());
        found.ok_or_else(|| {
            let expected =
                format!("ids of `{}`, 0 to {}", self.details.name, self.labels.len().saturating_sub(1));
            ArtifactError::Value { path: path.to_path_buf(), expected, found: format!("id {id}") }.into()
        })
    }

    fn read(folder: &Path) -> Result<Self, Error> {
        let details = DatasetDetails::read(folder)?;
        let labels: Array1<i64> = read_array("training labels", &folder.join("train_labels.npy"))?;
        let path = folder.join("train_inputs.npy");
        let inputs = match details.kind {
            DatasetKind::Images => TrainInputs::Images(read_array("training images", &path)?),
            DatasetKind::Points => TrainInputs::Points(read_array("training points", &path)?),
        };
        let (found, expected) = (inputs.len(), labels.len());
        if found != expected {
            let (expected, found) = (format!("{expected} inputs, as there are labels"), found.to_string());
            return Err(ArtifactError::Mismatch { path, expected, found }.into());
        }
        Ok(Self { folder: folder.to_path_buf(), details, labels: labels.to_vec(), inputs })
    }
}

/// The data sets of all cells, each read once.
#[derive(Debug)]
pub(crate) struct DataSets {
    sets: Vec<Data>,
    of_cell: Vec<Option<usize>>,
}

impl DataSets {
    /// Reads the data set `given` for all cells, or else for each cell the one that its manifests name.
    ///
    /// # Errors
    /// If a data set is damaged, or is not the one that a run used. It is no error if it is nowhere to be found.
    pub(crate) fn read(cells: &[Cell], given: Option<&Path>) -> Result<Self, Error> {
        let mut found = Self { sets: Vec::new(), of_cell: Vec::new() };
        for cell in cells {
            let folder = given.map(Path::to_path_buf).or_else(|| locate(cell));
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

    /// All data sets.
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

/// Where the manifests of a cell say that the data set lies. Their paths are relative to a root that they do not
/// name, which is one of the folders above them.
fn locate(cell: &Cell) -> Option<PathBuf> {
    for run in &cell.seeds {
        let split = run.split.iter().map(|manifest| (run.folder.join("split"), manifest));
        let train = run.rounds.iter().map(|round| (round.folder.join("train"), &round.train));
        for (folder, manifest) in split.chain(train.take(1)) {
            let path = data_files(manifest).map(|record| &record.path).next();
            let roots = folder.ancestors().filter(|root| !root.as_os_str().is_empty());
            let candidates = path.into_iter().flat_map(|path| roots.clone().map(move |root| root.join(path)));
            let mut folders = candidates.filter_map(|file| Some(file.parent()?.to_path_buf()));
            if let Some(found) = folders.find(|folder| folder.join("dataset.json").is_file()) {
                return Some(found);
            }
        }
    }
    None
}

/// The inputs of a stage that lie in a data set.
fn data_files(manifest: &Manifest) -> impl Iterator<Item = &bal_artifact::FileRecord> {
    let names = ["/train_labels.npy", "/train_inputs.npy"];
    manifest.inputs.values().filter(move |record| names.iter().any(|name| record.path.ends_with(name)))
}

/// Whether this is the data set that the runs of a cell were split from.
fn check_used(cell: &Cell, folder: &Path) -> Result<(), Error> {
    let manifest = Manifest::read(folder, "dataset")?;
    for used in cell.seeds.iter().filter_map(|run| run.split.as_ref()).flat_map(data_files) {
        let name = used.path.rsplit('/').next().unwrap_or_default();
        if let Some(here) = manifest.outputs.get(name)
            && here.sha256 != used.sha256
        {
            let path = folder.join(name);
            let expected = format!("what `{}` was split from, sha256 {}", cell.name, used.sha256);
            return Err(
                ArtifactError::Mismatch { path, expected, found: format!("sha256 {}", here.sha256) }.into()
            );
        }
    }
    Ok(())
}
