//! Network weights as safetensors, loadable from Python.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::Error;
use crate::files::read_bytes;

/// Named f32 tensors and one JSON description of the network they belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// What is needed to rebuild the network; stored as the metadata entry `bal`.
    pub description: serde_json::Value,
    /// Shape and values in C order by key, `<member>.<layer>.weight`.
    pub tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Weights {
    /// Reads a file that [`crate::Staging::weights`] wrote.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Corrupt`], or [`Error::Mismatch`] for weights of another program or type.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = read_bytes("weights", path)?;
        let corrupt = |found: String| Error::corrupt(path, "safetensors", found);
        let foreign = |found: String| Error::mismatch(path, "f32 weights written by `bal-train`", found);
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|error| corrupt(error.to_string()))?;
        let text = header.metadata().as_ref().and_then(|metadata| metadata.get("bal"));
        let text = text.ok_or_else(|| foreign("no metadata entry `bal`".to_owned()))?;
        let description =
            serde_json::from_str(text).map_err(|error| foreign(format!("metadata `bal`: {error}")))?;
        let file = SafeTensors::deserialize(&bytes).map_err(|error| corrupt(error.to_string()))?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(foreign(format!("`{name}` of type {:?}", view.dtype())));
            }
            let (words, _) = view.data().as_chunks::<4>();
            let values = words.iter().map(|word| f32::from_le_bytes(*word)).collect();
            tensors.insert(name.to_owned(), (view.shape().to_vec(), values));
        }
        Ok(Self { description, tensors })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let little_endian =
            |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let data: BTreeMap<_, _> = self
            .tensors
            .iter()
            .map(|(name, (shape, values))| (name, (shape.clone(), little_endian(values))))
            .collect();
        let views = data.iter().map(|(name, (shape, bytes))| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
            (name.as_str(), view.expect("shape and length belong to one tensor"))
        });
        // A single entry, because the order of several would not be stable.
        let metadata = [("bal".to_owned(), self.description.to_string())].into_iter().collect();
        safetensors::serialize(views, Some(metadata)).expect("in-memory tensors always serialise")
    }
}
