//! `model.safetensors`: the networks of a training, one after the other, and what they are.

use std::path::Path;

use bal_artifact::{Weights, digest};
use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

use crate::parameters::{ParameterSpec, sizes, to_vec};
use crate::{Architecture, Error, InputForm, Network, Parameters};

/// What a weights file says about its networks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    network: Architecture,
    input_shape: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<usize>,
    classes: usize,
    members: usize,
    /// SHA-256 of each member's tensors, so that none can be taken for another. Files before version 6 of
    /// `train` have none.
    #[serde(default)]
    digests: Vec<String>,
}

impl Network {
    /// The weights of all members as they are stored: `0.conv1.weight` is a tensor of the first.
    pub fn to_weights(&self, members: &[Parameters]) -> Weights {
        let of_member = |(member, parameters): (usize, &Parameters)| {
            let tensor = move |spec: &ParameterSpec| {
                let values = to_vec(&parameters.get(&spec.key).detach());
                (format!("{member}.{}", spec.key), (spec.shape.clone(), values))
            };
            self.parameters().map(tensor).collect::<Vec<_>>()
        };
        let tensors = members.iter().enumerate().flat_map(of_member).collect();
        let mut weights = Weights { description: serde_json::Value::Null, tensors };
        let description = Description {
            network: self.architecture,
            input_shape: self.form.shape.clone(),
            words: self.form.words,
            classes: self.classes,
            members: members.len(),
            digests: (0..members.len()).map(|member| self.digest_of(&weights, member)).collect(),
        };
        weights.description = serde_json::to_value(description).expect("names and numbers always serialise");
        weights
    }

    /// Rebuilds the network and its members from a file of `bal-train`.
    ///
    /// # Errors
    /// [`Error::Weights`] if tensors are missing, superfluous, of another shape, not finite, or those of
    /// another member.
    pub fn load(path: &Path, device: Device) -> Result<(Self, Vec<Parameters>), Error> {
        let weights = Weights::read(path)?;
        let misfit =
            |expected: String, found: String| Error::Weights { path: path.to_path_buf(), expected, found };
        let description: Description = serde_json::from_value(weights.description.clone())
            .map_err(|error| misfit("a description of the network".to_owned(), error.to_string()))?;
        let form = InputForm { shape: description.input_shape, words: description.words };
        let network = Self::new(description.network, &form, description.classes)
            .map_err(|error| misfit("a network that takes its inputs".to_owned(), error.to_string()))?;
        let members: Vec<Parameters> = (0..description.members)
            .map(|member| network.member(&weights, member, device))
            .collect::<Result<_, _>>()
            .map_err(|(expected, found)| misfit(expected, found))?;
        let tensors = network.parameters().count() * members.len();
        if members.is_empty() || tensors != weights.tensors.len() {
            let expected = format!("{tensors} tensors, of {} members", members.len());
            return Err(misfit(expected, weights.tensors.len().to_string()));
        }
        let digests = description.digests.len();
        if digests != 0 && digests != members.len() {
            let expected = format!("digests of {} members", members.len());
            return Err(misfit(expected, digests.to_string()));
        }
        for (member, expected) in description.digests.iter().enumerate() {
            let found = network.digest_of(&weights, member);
            if *expected != found {
                let of = |digest: &str| format!("digest {}…", digest.chars().take(12).collect::<String>());
                let expected = format!("the tensors of member {member} that were written, {}", of(expected));
                return Err(misfit(expected, of(&found)));
            }
        }
        Ok((network, members))
    }

    /// One member of a file; or what was expected and what was found.
    fn member(
        &self,
        weights: &Weights,
        member: usize,
        device: Device,
    ) -> Result<Parameters, (String, String)> {
        let tensor = |spec: &ParameterSpec| {
            let key = format!("{member}.{}", spec.key);
            let Some((shape, values)) = weights.tensors.get(&key) else {
                return Err((format!("a tensor `{key}`"), "none".to_owned()));
            };
            if *shape != spec.shape {
                return Err((format!("`{key}` of shape {:?}", spec.shape), format!("{shape:?}")));
            }
            if let Some(place) = values.iter().position(|value| !value.is_finite()) {
                return Err((
                    format!("numbers in `{key}`"),
                    format!("{} at position {place}", values[place]),
                ));
            }
            Ok((spec.key.clone(), Tensor::from_slice(values).reshape(sizes(shape))))
        };
        let tensors = self.parameters().map(tensor).collect::<Result<Vec<_>, _>>()?;
        Ok(Parameters::new(self, tensors, device))
    }

    /// Digest of the number of a member and its tensors.
    fn digest_of(&self, weights: &Weights, member: usize) -> String {
        let mut bytes = member.to_string().into_bytes();
        for spec in self.parameters() {
            let values = weights.tensors.get(&format!("{member}.{}", spec.key)).map(|(_, values)| values);
            bytes.extend(values.into_iter().flatten().flat_map(|value| value.to_le_bytes()));
        }
        digest::sha256_of(&bytes)
    }
}
