//! A prepared data set, whose inputs stay in their files: only rows that are asked for become tensors.

use std::path::Path;

use bal_artifact::{DatasetDetails, DatasetKind, Inputs, MappedArray, View, read_ids};
use bal_stream::Purpose;
use ndarray::{ArrayView, Axis, Ix2, Ix4, RemoveAxis};
use tch::{Device, Kind, Tensor};

use crate::Error;
use crate::parameters::sizes;

/// The points of the training or test half of a data set: their inputs, and what may be read about them.
#[derive(Debug)]
pub struct Examples {
    inputs: Stored,
    /// How the points are seen, where they are not as they are stored.
    view: Option<View>,
    /// Per channel; the other axes of one input are 1 long.
    mean: Tensor,
    std: Tensor,
}

/// Inputs as they lie in their file.
#[derive(Debug)]
enum Stored {
    /// [N, C, H, W].
    Images(MappedArray<u8, Ix4>),
    /// [N, D].
    Points(MappedArray<f32, Ix2>),
    /// [N, T].
    Texts(MappedArray<i64, Ix2>),
}

impl Examples {
    /// Maps `file` (`train_inputs.npy` or `test_inputs.npy`) of a data set, and records it as an input.
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
        let stored = match details.kind {
            DatasetKind::Images => Stored::Images(MappedArray::open(role, &path)?),
            DatasetKind::Points => Stored::Points(MappedArray::open(role, &path)?),
            DatasetKind::Texts => Stored::Texts(MappedArray::open(role, &path)?),
        };
        let shape = stored.shape();
        if shape[1..] != details.input_shape {
            let expected = format!("inputs of shape {:?}", details.input_shape);
            let found = format!("{:?}", &shape[1..]);
            return Err(bal_artifact::Error::Mismatch { path, expected, found }.into());
        }
        let mut shape = vec![1i64; shape.len()];
        shape[1] = details.mean.len() as i64;
        let per_channel = |values: &[f64]| Tensor::from_slice(values).to_kind(Kind::Float).reshape(&shape);
        let view = details.view.clone().filter(|_| file == bal_artifact::file::TRAIN_INPUTS);
        Ok(Self { inputs: stored, view, mean: per_channel(&details.mean), std: per_channel(&details.std) })
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.stored() * self.view.as_ref().map_or(1, |view| view.repeat)
    }

    fn stored(&self) -> usize {
        self.inputs.shape()[0]
    }

    /// Whether there are no points.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Network inputs [n, …] of these points: f32, (x/255 − mean)/std for images, (x − mean)/std for points;
    /// i64 for the words of texts. With the noise of the view that the data set is.
    pub fn gather(&self, ids: &[i64], device: Device) -> Tensor {
        let Some(view) = &self.view else { return self.normalised(ids, device) };
        let rows: Vec<i64> = ids.iter().map(|&id| view.row(id, self.stored())).collect();
        let x = self.normalised(&rows, device);
        if view.noise > 0.0 { &x + noise(view, ids, &x) } else { x }
    }

    /// Inputs f32 [n, D] of these points as they are, a row each: x/255 for images, x for points; with the
    /// noise of the view. `None` for texts, between whose words there are no distances.
    pub fn raw(&self, ids: &[i64]) -> Option<Tensor> {
        let stored = |ids: &[i64]| {
            let values = self.inputs.gather(ids);
            match self.inputs {
                Stored::Images(_) => Some(values.to_kind(Kind::Float) / 255.0),
                Stored::Points(_) => Some(values),
                Stored::Texts(_) => None,
            }
        };
        let Some(view) = &self.view else { return Some(stored(ids)?.flatten(1, -1)) };
        let rows: Vec<i64> = ids.iter().map(|&id| view.row(id, self.stored())).collect();
        let x = stored(&rows)?;
        // Noise is that of normalised inputs.
        let x = if view.noise > 0.0 { &x + noise(view, ids, &x) * &self.std } else { x };
        Some(x.flatten(1, -1))
    }

    fn normalised(&self, rows: &[i64], device: Device) -> Tensor {
        let values = self.inputs.gather(rows).to_device(device);
        let x = match self.inputs {
            Stored::Images(_) => values.to_kind(Kind::Float) / 255.0,
            Stored::Points(_) => values,
            Stored::Texts(_) => return values.to_kind(Kind::Int64),
        };
        (x - self.mean.to_device(device)) / self.std.to_device(device)
    }

    /// Reads a file of ids, each once, and checks that each is a row of this half.
    ///
    /// # Errors
    /// [`Error::Artifact`] for an id that stands twice, and for the first one that is no row.
    pub fn read_ids(&self, role: &'static str, path: &Path, inputs: &mut Inputs) -> Result<Vec<i64>, Error> {
        inputs.add(role, path)?;
        let ids = read_ids(role, path)?;
        self.check_ids(&ids, path)?;
        Ok(ids)
    }

    /// Whether every id, read from `path`, is a row of this half.
    ///
    /// # Errors
    /// [`Error::Artifact`] for the first one that is not.
    pub fn check_ids(&self, ids: &[i64], path: &Path) -> Result<(), Error> {
        let Some(position) = ids.iter().position(|id| !(0..self.len() as i64).contains(id)) else {
            return Ok(());
        };
        let expected = format!("0 to {}, the rows of the data set", self.len().saturating_sub(1));
        let found = format!("id {} at position {position}", ids[position]);
        Err(bal_artifact::Error::Value { path: path.to_path_buf(), expected, found }.into())
    }
}

/// What is added to the inputs x of these points: for each point the same in every run.
fn noise(view: &View, ids: &[i64], x: &Tensor) -> Tensor {
    let numbers = x.numel() / ids.len().max(1);
    let of_point = |&id: &i64| view.draw().stream(Purpose::ViewNoise, id as u64).normal(numbers);
    let noise: Vec<f32> = ids.iter().flat_map(of_point).map(|draw| (view.noise * draw) as f32).collect();
    Tensor::from_slice(&noise).view_as(x).to_device(x.device())
}

impl Stored {
    fn shape(&self) -> Vec<usize> {
        match self {
            Self::Images(images) => images.view().shape().to_vec(),
            Self::Points(points) => points.view().shape().to_vec(),
            Self::Texts(texts) => texts.view().shape().to_vec(),
        }
    }

    /// These rows [n, …] in the type that they are stored in.
    fn gather(&self, rows: &[i64]) -> Tensor {
        let values = match self {
            Self::Images(images) => Tensor::from_slice(&copied(&images.view(), rows)),
            Self::Points(points) => Tensor::from_slice(&copied(&points.view(), rows)),
            Self::Texts(texts) => Tensor::from_slice(&copied(&texts.view(), rows)),
        };
        let mut shape = self.shape();
        shape[0] = rows.len();
        values.reshape(sizes(&shape))
    }
}

/// Values of these rows, in C order.
fn copied<T: Copy, D: RemoveAxis>(array: &ArrayView<'_, T, D>, rows: &[i64]) -> Vec<T> {
    let values_of_a_row = array.shape()[1..].iter().product::<usize>();
    let mut values = Vec::with_capacity(rows.len() * values_of_a_row);
    for &row in rows {
        let row = array.index_axis(Axis(0), row as usize);
        match row.as_slice() {
            Some(row) => values.extend_from_slice(row),
            None => values.extend(row), // a file in Fortran order
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    #[test]
    fn rows_are_copied_in_the_order_asked_for() {
        let array = Array3::from_shape_fn((4, 2, 3), |(n, i, j)| (n * 6 + i * 3 + j) as u8);
        let rows: Vec<u8> = (18..24).chain(0..6).chain(18..24).collect();
        assert_eq!(copied(&array.view(), &[3, 0, 3]), rows);
        assert!(copied(&array.view(), &[]).is_empty());
        // The same array as a file in Fortran order shows it.
        let fortran = array.view().reversed_axes().as_standard_layout().into_owned().reversed_axes();
        assert!(!fortran.is_standard_layout());
        assert_eq!(copied(&fortran.view(), &[3, 0, 3]), rows);
    }
}
