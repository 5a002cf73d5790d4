//! Settings that are written once.
//!
//! A setting is one field of a struct: its name is the YAML key, its doc comment the help, its type and
//! range the check, its default what is taken where it is not given. From the struct's JSON Schema come
//!
//! * the check of every value ([`bounds`]),
//! * the flags of a stage, `--optimizer.adam.learning-rate 1e-3`, with their help ([`SettingArgs`]),
//! * the command line that says the same again ([`command_line`]),
//! * the dotted keys of profiles, sweeps and `--set` ([`keys`]).
//!
//! What no type and no range can say (which settings go together) is said by [`Settings::resolve`], the
//! only way to [`Checked`] settings, and only those can run.

pub mod bounds;
mod checked;
mod document;
#[cfg(test)]
mod example;
mod flags;
mod given;
pub mod keys;
mod place;
mod problem;
mod schema;
mod tree;
mod values;

pub use checked::{Checked, Settings};
pub use document::{line_of, parse, to_yaml};
pub use flags::{SettingArgs, command_line};
pub use place::Place;
pub use problem::{Invalid, Problem};
pub use schema::{Schema, schema_of};
pub use tree::parse as parse_value;

/// Whether a setting need not be written: for `#[serde(skip_serializing_if = …)]` of a setting whose
/// default means what was done before there was one, so that older artifacts stay up to date.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
