//! What PyTorch computed: `tests/golden/networks.json`.

use std::collections::BTreeMap;

use bal_model::{Architecture, InputForm, Network};
use serde::Deserialize;
use serde_json::json;

/// Norm, and projection onto a fixed direction.
pub(crate) type Summary = [f64; 2];

#[derive(Deserialize)]
pub(crate) struct Recorded {
    name: String,
    input: Vec<usize>,
    imagenet_stem: Option<bool>,
    words: Option<usize>,
    pub(crate) first_inputs: Vec<f64>,
    pub(crate) parameter_count: usize,
    pub(crate) parameters: BTreeMap<String, Vec<usize>>,
    pub(crate) logits: [[f64; 4]; 4],
    pub(crate) masked_logits: [[f64; 4]; 4],
    pub(crate) masks: Vec<Mask>,
    pub(crate) loss: f64,
    pub(crate) gradients: BTreeMap<String, Summary>,
    #[serde(default)]
    pub(crate) buffers: BTreeMap<String, Summary>,
}

/// Shape, rate, and whether it drops `elements` or `channels`.
#[derive(Deserialize)]
pub(crate) struct Mask(pub(crate) Vec<usize>, pub(crate) f64, pub(crate) String);

impl Recorded {
    pub(crate) fn all() -> Vec<Self> {
        #[derive(Deserialize)]
        struct File {
            networks: Vec<Recorded>,
        }
        let file: File = serde_json::from_str(include_str!("../golden/networks.json")).unwrap();
        file.networks
    }

    pub(crate) fn network(&self) -> Network {
        let name = match self.imagenet_stem {
            Some(stem) => json!({ &self.name: { "imagenet_stem": stem } }),
            None => json!(self.name),
        };
        let architecture: Architecture = serde_json::from_value(name).unwrap();
        let form = InputForm { shape: self.input.clone(), words: self.words };
        Network::new(architecture, &form, crate::CLASSES).unwrap()
    }
}
