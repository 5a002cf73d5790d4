//! A prepared data set as tensors.

use std::path::Path;

use bal_artifact::{DatasetDetails, DatasetKind, Inputs, read_array, read_ids};
use ndarray::{Ix1, Ix2, Ix4};
use tch::{Device, Kind, Tensor};

use crate::Error;
use crate::parameters::sizes;

/// Inputs and labels of the training or test half of a data set.
#[derive(Debug)]
pub struct Half {
    /// As stored: u8 [N, C, H, W] or f32 [N, D], on the host.
    inputs: Tensor,
    /// Labels, −1 where unknown.
    pub labels: Vec<i64>,
    scale: Scale,
}

#[derive(Debug)]
struct Scale {
    kind: DatasetKind,
    mean: Tensor,
    std: Tensor,
}

impl Half {
    /// Reads `<half>_inputs.npy` and `<half>_labels.npy` (`train` or `test`) and records them and `dataset.json` as inputs.
    ///
    /// # Errors
    /// [`Error::Artifact`] for files that are missing, corrupt, or do not belong together.
    pub fn load(
        folder: &Path,
        half: &'static str,
        inputs: &mut Inputs,
    ) -> Result<(Self, DatasetDetails), Error> {
        let details = inputs.add_dataset(folder)?;
        let (inputs_role, labels_role) = match half {
            "train" => ("train_inputs", "train_labels"),
            _ => ("test_inputs", "test_labels"),
        };
        let inputs_path = folder.join(format!("{inputs_role}.npy"));
        let labels_path = folder.join(format!("{labels_role}.npy"));
        inputs.add(inputs_role, &inputs_path)?;
        inputs.add(labels_role, &labels_path)?;
        let labels = read_array::<i64, Ix1>(labels_role, &labels_path)?.into_raw_vec_and_offset().0;
        let (shape, tensor) = match details.kind {
            DatasetKind::Images => {
                let array = read_array::<u8, Ix4>(inputs_role, &inputs_path)?;
                (array.shape().to_vec(), Tensor::from_slice(array.as_slice().unwrap_or_default()))
            }
            DatasetKind::Points => {
                let array = read_array::<f32, Ix2>(inputs_role, &inputs_path)?;
                (array.shape().to_vec(), Tensor::from_slice(array.as_slice().unwrap_or_default()))
            }
        };
        let expected = [&[labels.len()], details.input_shape.as_slice()].concat();
        if shape != expected {
            let (expected, found) = (format!("shape {expected:?}"), format!("{shape:?}"));
            return Err(bal_artifact::Error::Mismatch { path: inputs_path, expected, found }.into());
        }
        let scale = Scale::new(&details);
        Ok((Self { inputs: tensor.reshape(sizes(&shape)), labels, scale }, details))
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no points.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Network inputs f32 [n, …] of these rows: (x/255 − mean)/std for images, (x − mean)/std for points.
    pub fn gather(&self, rows: &[i64], device: Device) -> Tensor {
        self.scale.apply(&self.inputs.index_select(0, &Tensor::from_slice(rows)).to_device(device))
    }

    /// Network inputs of the rows `start..start + n`.
    pub fn slice(&self, start: usize, n: usize, device: Device) -> Tensor {
        self.scale.apply(&self.inputs.narrow(0, start as i64, n as i64).to_device(device))
    }

    /// Labels of these rows, i64 [n].
    ///
    /// # Errors
    /// [`Error::Label`] for the first row without a valid label.
    pub fn gather_labels(&self, ids: &[i64], classes: usize, path: &Path) -> Result<Vec<i64>, Error> {
        let label = |&id: &i64| match self.labels[id as usize] {
            label if (0..classes as i64).contains(&label) => Ok(label),
            label => Err(Error::Label { path: path.to_path_buf(), id, label, classes }),
        };
        ids.iter().map(label).collect()
    }

    /// Reads a file of ids, each once, and checks that each is a row of this half.
    ///
    /// # Errors
    /// [`Error::Artifact`] for an id that stands twice, [`Error::Id`] for the first id that is no row.
    pub fn read_ids(&self, role: &'static str, path: &Path, inputs: &mut Inputs) -> Result<Vec<i64>, Error> {
        inputs.add(role, path)?;
        let ids = read_ids(role, path)?;
        match ids.iter().position(|id| !(0..self.len() as i64).contains(id)) {
            None => Ok(ids),
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
