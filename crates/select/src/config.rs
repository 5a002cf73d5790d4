//! What `bal-select` is told: the section `select` of a pipeline.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an acquisition batch is picked from scores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Rule that turns scores into a batch.
    pub method: Method,
    /// Points b per acquisition batch.
    pub batch: usize,
    /// Column of `scores.parquet`; empty: the only one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub column: String,
}

/// Rule that turns scores into a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The b largest scores; ties go to the earlier row.
    TopK,
}

impl Config {
    /// Refuses values that no selection can use.
    ///
    /// # Errors
    /// [`crate::Error::Config`].
    pub fn check(&self) -> Result<(), crate::Error> {
        if self.batch == 0 {
            let (expected, found) = ("at least 1", "0".to_owned());
            return Err(crate::Error::Config { key: "batch", expected, found });
        }
        Ok(())
    }
}
