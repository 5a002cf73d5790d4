//! Settings that were checked.

use std::ops::Deref;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

use crate::{Invalid, bounds, schema_of};

/// A section of settings, as a user writes it.
pub trait Settings: Clone + Serialize + DeserializeOwned + JsonSchema + 'static {
    /// What the settings mean, where that is more than their values.
    type Resolved: Clone;

    /// Keys that stand beside these settings in a pipeline and are none of them, each with a hint.
    const ELSEWHERE: &'static [(&'static str, &'static str)] = &[];

    /// Refuses settings that do not go together, and says what they mean. Types and ranges were checked
    /// before.
    ///
    /// Aliases and shortcuts are written out in the settings, so that equal choices leave equal manifests.
    ///
    /// # Errors
    /// [`Invalid`] names the key to blame.
    fn resolve(&mut self) -> Result<Self::Resolved, Invalid>;
}

/// Settings whose values, and whose values together, were checked. Nothing else can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked<S: Settings> {
    settings: S,
    resolved: S::Resolved,
}

impl<S: Settings> Checked<S> {
    /// Checks settings.
    ///
    /// # Errors
    /// [`Invalid`] for a value out of its range, and for values that do not go together.
    pub fn new(mut settings: S) -> Result<Self, Invalid> {
        bounds::check(
            schema_of::<S>(),
            &serde_json::to_value(&settings).expect("settings are plain values"),
        )?;
        let resolved = settings.resolve()?;
        Ok(Self { settings, resolved })
    }

    /// What they mean.
    pub fn resolved(&self) -> &S::Resolved {
        &self.resolved
    }
}

impl<S: Settings> Deref for Checked<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.settings
    }
}

impl<S: Settings> Serialize for Checked<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        self.settings.serialize(serializer)
    }
}
