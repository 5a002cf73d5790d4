//! Weights of one network: drawn from the run's stream, trained, stored, loaded.

use std::collections::BTreeMap;
use std::path::Path;

use bal_artifact::Weights;
use bal_stream::{Draw, Purpose, member};
use serde::{Deserialize, Serialize};
use tch::{Device, Tensor, nn};

use crate::{Error, Network, NetworkName};

/// The tensors of one network by key, `conv1.weight`.
#[derive(Debug)]
pub struct Parameters {
    store: nn::VarStore,
    tensors: BTreeMap<String, Tensor>,
}

/// Optimiser group of weights, which decay.
pub const WEIGHTS: usize = 0;
/// Optimiser group of biases, which do not.
pub const BIASES: usize = 1;

/// What a weights file says about its network.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    network: NetworkName,
    input_shape: Vec<usize>,
    classes: usize,
    members: usize,
}

impl Parameters {
    /// Fresh weights and biases by `PyTorch`'s default law U(±1/√fan_in), drawn on the host.
    ///
    /// Every acquisition function of one seed starts each round from the same weights (paired comparison).
    pub fn init(network: &Network, draw: Draw, ensemble_member: usize, device: Device) -> Self {
        let mut drawn = BTreeMap::new();
        for (layer, shape) in network.parameters() {
            let mut stream = draw.stream(Purpose::WeightInit, member(ensemble_member, layer));
            let fan_in: usize = shape.weight[1..].iter().product();
            let bound = 1.0 / (fan_in as f64).sqrt();
            let weight = stream.uniform_symmetric(shape.weight.iter().product(), bound);
            let bias = stream.uniform_symmetric(shape.weight[0], bound);
            drawn.insert(format!("{}.weight", shape.name), (shape.weight.clone(), weight));
            drawn.insert(format!("{}.bias", shape.name), (vec![shape.weight[0]], bias));
        }
        Self::from_host(&drawn, device)
    }

    fn from_host(values: &BTreeMap<String, (Vec<usize>, Vec<f32>)>, device: Device) -> Self {
        let tensor =
            |(shape, values): &(Vec<usize>, Vec<f32>)| Tensor::from_slice(values).reshape(sizes(shape));
        Self::from_tensors(values.iter().map(|(key, value)| (key.clone(), tensor(value))), device)
    }

    /// Variables that start as copies of these tensors.
    pub(crate) fn from_tensors(values: impl Iterator<Item = (String, Tensor)>, device: Device) -> Self {
        let store = nn::VarStore::new(device);
        let root = store.root();
        let mut tensors = BTreeMap::new();
        for (key, value) in values {
            let (layer, kind) = key.rsplit_once('.').unwrap_or(("", &key));
            let group = if kind == "bias" { BIASES } else { WEIGHTS };
            let variable = root.sub(layer).set_group(group).var_copy(kind, &value);
            tensors.insert(key, variable);
        }
        Self { store, tensors }
    }

    /// All tensors by key, in the order of the keys.
    pub(crate) fn tensors(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(key, tensor)| (key.as_str(), tensor))
    }

    /// The variables, for an optimiser.
    pub fn store(&self) -> &nn::VarStore {
        &self.store
    }

    /// The tensor `<layer>.weight` or `<layer>.bias`.
    ///
    /// # Panics
    /// If the network has no such layer, which is a mistake in this crate.
    pub fn get(&self, key: &str) -> &Tensor {
        self.tensors.get(key).unwrap_or_else(|| panic!("no parameter `{key}`"))
    }

    /// The weights as they are stored: member 0 of an ensemble of one.
    pub fn to_weights(&self, network: &Network) -> Weights {
        let description = Description {
            network: network.name,
            input_shape: network.input_shape.clone(),
            classes: network.classes,
            members: 1,
        };
        let tensors = self.tensors.iter().map(|(key, tensor)| {
            let shape = tensor.size().iter().map(|&size| size as usize).collect();
            (format!("0.{key}"), (shape, to_vec(&tensor.detach())))
        });
        let description = serde_json::to_value(description).expect("names and numbers always serialise");
        Weights { description, tensors: tensors.collect() }
    }

    /// Rebuilds the network and its weights from a file of `bal-train`.
    ///
    /// # Errors
    /// [`Error::Weights`] if tensors are missing, superfluous or of another shape.
    pub fn load(path: &Path, device: Device) -> Result<(Network, Self), Error> {
        let weights = Weights::read(path)?;
        let misfit =
            |expected: String, found: String| Error::Weights { path: path.to_path_buf(), expected, found };
        let description: Description = serde_json::from_value(weights.description)
            .map_err(|error| misfit("a description of the network".to_owned(), error.to_string()))?;
        if description.members != 1 {
            return Err(misfit("one member".to_owned(), format!("{} members", description.members)));
        }
        let network = Network::new(description.network, &description.input_shape, description.classes)?;
        let mut values = BTreeMap::new();
        for (_, shape) in network.parameters() {
            for (kind, expected) in [("weight", shape.weight.clone()), ("bias", vec![shape.weight[0]])] {
                let key = format!("{}.{kind}", shape.name);
                match weights.tensors.get(&format!("0.{key}")) {
                    Some(tensor) if tensor.0 == expected => values.insert(key, tensor.clone()),
                    Some((found, _)) => {
                        return Err(misfit(format!("`0.{key}` of shape {expected:?}"), format!("{found:?}")));
                    }
                    None => return Err(misfit(format!("a tensor `0.{key}`"), "none".to_owned())),
                };
            }
        }
        if values.len() != weights.tensors.len() {
            return Err(misfit(format!("{} tensors", values.len()), weights.tensors.len().to_string()));
        }
        Ok((network, Self::from_host(&values, device)))
    }
}

/// A shape as libtorch takes it.
pub(crate) fn sizes(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|&size| size as i64).collect()
}

/// A tensor's f32 values on the host in C order.
pub fn to_vec(tensor: &Tensor) -> Vec<f32> {
    let tensor = tensor.to_device(Device::Cpu).to_kind(tch::Kind::Float).contiguous();
    let mut values = vec![0.0; tensor.numel()];
    let length = values.len();
    tensor.copy_data(&mut values, length);
    values
}
