//! A prepared data set as tensors.

use std::path::Path;

use bal_artifact::{DatasetDetails, DatasetKind, Inputs, read_array, read_ids};
use ndarray::{Ix1, Ix2, Ix4};
use tch::{Device, Kind, Tensor};

use crate::Error;
use crate::parameters::sizes;

/// Inputs of the training or test half of a data set.
#[derive(Debug)]
pub struct Half {
    /// As stored: u8 [N, C, H, W] or f32 [N, D], on the host.
    inputs: Tensor,
    scale: Scale,
}

#[derive(Debug)]
struct Scale {
    kind: DatasetKind,
    mean: Tensor,
    std: Tensor,
}

impl Half {
    /// Reads `file` (`train_inputs.npy` or `test_inputs.npy`) of a data set with these details, and records it as an input.
    ///
    /// # Errors
    /// [`Error::Artifact`] for a file that is missing, corrupt, or of other inputs than the details say.
    pub fn load(
        folder: &Path,
        file: &'static str,
        details: &DatasetDetails,
        inputs: &mut Inputs,
    ) -> Result<Self, Error> {
        let (role, path) = (file.trim_end_matches(".npy"), folder.join(file));
        inputs.add(role, &path)?;
        let (shape, tensor) = match details.kind {
            DatasetKind::Images => {
                let array = read_array::<u8, Ix4>(role, &path)?;
                (array.shape().to_vec(), Tensor::from_slice(array.as_slice().unwrap_or_default()))
            }
            DatasetKind::Points => {
                let array = read_array::<f32, Ix2>(role, &path)?;
                (array.shape().to_vec(), Tensor::from_slice(array.as_slice().unwrap_or_default()))
            }
        };
        if shape[1..] != details.input_shape {
            let expected = format!("inputs of shape {:?}", details.input_shape);
            let found = format!("{:?}", &shape[1..]);
            return Err(bal_artifact::Error::Mismatch { path, expected, found }.into());
        }
        Ok(Self { inputs: tensor.reshape(sizes(&shape)), scale: Scale::new(details) })
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.inputs.size()[0] as usize
    }

    /// Whether there are no points.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Network inputs f32 [n, …] of these rows: (x/255 − mean)/std for images, (x − mean)/std for points.
    pub fn gather(&self, rows: &[i64], device: Device) -> Tensor {
        self.scale.apply(&self.inputs.index_select(0, &Tensor::from_slice(rows)).to_device(device))
    }

    /// Network inputs of the rows `start..start + n`.
    pub fn slice(&self, start: usize, n: usize, device: Device) -> Tensor {
        self.scale.apply(&self.inputs.narrow(0, start as i64, n as i64).to_device(device))
    }

    /// Labels of all points of this half from `file` of the same data set, every one of them known.
    ///
    /// # Errors
    /// [`Error::Artifact`] for another number of labels, [`Error::Label`] for the first point without a valid label.
    pub fn labels(
        &self,
        folder: &Path,
        file: &'static str,
        classes: usize,
        inputs: &mut Inputs,
    ) -> Result<Vec<i64>, Error> {
        let (role, path) = (file.trim_end_matches(".npy"), folder.join(file));
        inputs.add(role, &path)?;
        let labels = read_array::<i64, Ix1>(role, &path)?.to_vec();
        if labels.len() != self.len() {
            let expected = format!("{} labels, as there are inputs", self.len());
            let found = labels.len().to_string();
            return Err(bal_artifact::Error::Mismatch { path, expected, found }.into());
        }
        match labels.iter().position(|label| !(0..classes as i64).contains(label)) {
            None => Ok(labels),
            Some(row) => Err(Error::Label { path, id: row as i64, label: labels[row], classes }),
        }
    }

    /// Reads a file of ids, each once, and checks that each is a row of this half.
    ///
    /// # Errors
    /// [`Error::Artifact`] for an id that stands twice, [`Error::Id`] for the first id that is no row.
    pub fn read_ids(&self, role: &'static str, path: &Path, inputs: &mut Inputs) -> Result<Vec<i64>, Error> {
        inputs.add(role, path)?;
        let ids = read_ids(role, path)?;
        self.check_ids(&ids, path)?;
        Ok(ids)
    }

    /// Whether every id, read from `path`, is a row of this half.
    ///
    /// # Errors
    /// [`Error::Id`] for the first one that is not.
    pub fn check_ids(&self, ids: &[i64], path: &Path) -> Result<(), Error> {
        match ids.iter().position(|id| !(0..self.len() as i64).contains(id)) {
            None => Ok(()),
            Some(position) => {
                Err(Error::Id { path: path.to_path_buf(), id: ids[position], position, rows: self.len() })
            }
        }
    }
}

impl Scale {
    fn new(details: &DatasetDetails) -> Self {
        // Statistics are per channel; the other axes of one input are broadcast.
        let mut shape = vec![1i64; 1 + details.input_shape.len()];
        shape[1] = details.mean.len() as i64;
        let tensor = |values: &[f64]| Tensor::from_slice(values).to_kind(Kind::Float).reshape(&shape);
        Self { kind: details.kind, mean: tensor(&details.mean), std: tensor(&details.std) }
    }

    fn apply(&self, raw: &Tensor) -> Tensor {
        let device = raw.device();
        let x = match self.kind {
            DatasetKind::Images => raw.to_kind(Kind::Float) / 255.0,
            DatasetKind::Points => raw.shallow_clone(),
        };
        (x - self.mean.to_device(device)) / self.std.to_device(device)
    }
}
