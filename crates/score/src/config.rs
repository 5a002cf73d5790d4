//! What `bal-score` is told: the section `score` of a pipeline.

use bal_acquisition::AcquisitionFunction;
use bal_error::did_you_mean;
#[cfg(feature = "torch")]
use bal_model::{Posterior, Precision};
use bal_settings::{Invalid, Problem, Settings};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

#[cfg(feature = "torch")]
use crate::Targets;

/// Which posterior samples are drawn and how the pool is scored by them. Without a network only
/// `acquisition` is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the posterior samples come from.
    #[cfg(feature = "torch")]
    #[serde(default)]
    pub posterior: Posterior,
    /// Acquisition functions, separated by commas: one column of scores each.
    #[schemars(schema_with = "names")]
    pub acquisition: String,
    /// Scores a fresh random subset of this many pool points in each round instead of the whole pool: at
    /// least the batch, at most the pool.
    #[cfg(feature = "torch")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub pool_subset: Option<usize>,
    /// Points that `epig` is about; needed for it and for nothing else.
    #[cfg(feature = "torch")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<Targets>,
    /// Numbers in which posterior samples are computed: bf16 is faster where the processor has products of
    /// it.
    #[cfg(feature = "torch")]
    #[serde(default, skip_serializing_if = "bal_settings::is_default")]
    #[schemars(extend("default" = "f32"))]
    pub precision: Precision,
    /// Also writes the predictions, `log_probs.npy` [N, K, C]: at most 2³² numbers.
    #[cfg(feature = "torch")]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub write_log_probs: bool,
    /// Also writes the predictions before the softmax, `logits.npy` [N, K, C]: at most 2³² numbers.
    #[cfg(feature = "torch")]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub write_logits: bool,
    /// Also writes the penultimate features of the scored and then the labelled points, `features.npy`
    /// [N + L, D], and their ids, `indices.npy` [N + L]. Of an ensemble they are its members' side by side,
    /// [N + L, E·D].
    #[cfg(feature = "torch")]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub write_features: bool,
    /// Where features come from: `network`, its penultimate layer; `inputs`, as they are (x/255 of images).
    #[cfg(feature = "torch")]
    #[serde(default, skip_serializing_if = "bal_settings::is_default")]
    #[schemars(extend("default" = "network"))]
    pub features_of: FeaturesOf,
    /// Also writes a map of the plane in R × R cells, `map.npy` [L, R, R]: mean predictions, uncertainties
    /// and the variance of logits at the centre of each cell. For data sets of points of the plane.
    #[cfg(feature = "torch")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 1000))]
    pub grid: Option<usize>,
}

/// Where features come from.
#[cfg(feature = "torch")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeaturesOf {
    /// The network's penultimate layer.
    #[default]
    Network,
    /// The inputs themselves.
    Inputs,
}

/// A text, with the names of the functions as examples: editors offer them, and the help lists them.
fn names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "examples": AcquisitionFunction::ALL.map(AcquisitionFunction::name) })
}

impl Settings for Config {
    type Resolved = Vec<AcquisitionFunction>;

    /// The acquisition functions.
    fn resolve(&mut self) -> Result<Vec<AcquisitionFunction>, Invalid> {
        let functions = functions(&self.acquisition)?;
        let names: Vec<&str> = functions.iter().map(|function| function.name()).collect();
        self.acquisition = names.join(",");
        #[cfg(feature = "torch")]
        Targets::check(self.targets, &functions)?;
        #[cfg(feature = "torch")]
        if self.features_of == FeaturesOf::Inputs && !self.write_features {
            return Err(Invalid::new("features_of", "nothing without `write_features`", "`inputs`"));
        }
        Ok(functions)
    }
}

/// The functions named in a comma-separated list.
///
/// # Errors
/// [`Invalid`] for an unknown name, for none, and for one named twice.
pub fn functions(list: &str) -> Result<Vec<AcquisitionFunction>, Invalid> {
    const KEY: &str = "acquisition";
    let mut functions = Vec::new();
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let function = AcquisitionFunction::parse(name).map_err(|unknown| {
            let text = format!("unknown acquisition function `{}`", unknown.name);
            Problem::new(text).of(KEY).with_hint(did_you_mean(&unknown.name, unknown.valid))
        })?;
        if functions.contains(&function) {
            return Err(Invalid::new(KEY, "every function once", &format!("`{function}` twice")));
        }
        functions.push(function);
    }
    if functions.is_empty() { Err(Invalid::new(KEY, "at least one function", "none")) } else { Ok(functions) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(list: &str) -> String {
        functions(list).unwrap_err().to_string()
    }

    #[test]
    fn every_function_is_named_once() {
        assert_eq!(
            error("bald, bald"),
            "key `acquisition`: expected every function once, found `bald` twice"
        );
        assert_eq!(error(","), "key `acquisition`: expected at least one function, found none");
        assert_eq!(error("bold"), "key `acquisition`: unknown acquisition function `bold`");
    }

    #[test]
    fn aliases_are_the_same_function() {
        assert_eq!(functions("max_prob , random"), functions("least_confidence,random"));
    }
}
