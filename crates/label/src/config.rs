//! What `bal-label` is told: the section `label` of a pipeline.

use bal_settings::{Invalid, Settings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where labels come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who knows the labels.
    #[serde(default)]
    pub oracle: Oracle,
}

/// Who is asked for the label of a picked point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Oracle {
    /// The data set, as in benchmarks: all of its labels are known.
    #[default]
    Dataset,
}

impl Settings for Config {
    type Resolved = ();

    fn resolve(&mut self) -> Result<(), Invalid> {
        Ok(())
    }
}
