//! From a file, a profile and `--set` to one resolved pipeline.

use bal_settings::{Invalid, Problem, bounds, keys, parse, parse_value, schema_of};
use serde_json::{Value, json};

use super::Pipeline;
use super::name::check_name;
use super::origin::{Origin, Setter};
use crate::Error;

/// One value for one dotted key, from a profile, `--set` or a sweep.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Override {
    /// E.g. `train.evaluate.samples`.
    pub(crate) key: String,
    /// Its value.
    pub(crate) value: Value,
}

/// What the command line changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    /// Name of a profile in the file.
    pub(crate) profile: Option<String>,
    /// `key=value`, in the order given.
    pub(crate) set: Vec<String>,
    /// Seeds instead of the file's.
    pub(crate) seeds: Option<Vec<u64>>,
}

/// The pipeline with profile and options applied. Profiles themselves are left out of it.
///
/// The other profiles are tried as well: a mistake in one of them is found now, not when it is first used.
pub(crate) fn load(origin: &mut Origin, overrides: &Overrides) -> Result<Pipeline, Error> {
    let file = parse::<Pipeline>(&origin.file, &origin.text)?;
    for name in origin.profiles()? {
        check_name(&name).map_err(|problem| Error::invalid(origin.place("profiles"), problem))?;
        apply_profile(&mut origin.clone(), &mut file.clone(), &name)?;
    }
    let mut tree = file;
    if let Some(name) = &overrides.profile {
        apply_profile(origin, &mut tree, name)?;
    }
    for text in &overrides.set {
        let setter = Setter::Option(format!("--set {text}"));
        let change = parse_set(origin, text, &setter)?;
        apply(origin, &mut tree, &change, &setter)?;
    }
    if let Some(seeds) = &overrides.seeds {
        let change = Override { key: "sweep.seed".to_owned(), value: json!(seeds) };
        apply(origin, &mut tree, &change, &Setter::Option("--seeds".to_owned()))?;
    }
    if let Value::Object(map) = &mut tree {
        map.remove("profiles");
    }
    typed(&tree, "").map_err(|invalid| Error::Invalid(invalid.placed(|key| origin.place(key))))
}

/// A tree as a pipeline whose values are in their ranges. `key` was set last, and is to blame for a wrong
/// type.
fn typed(tree: &Value, key: &str) -> Result<Pipeline, Invalid> {
    let schema = schema_of::<Pipeline>();
    let typed = serde_json::from_value(tree.clone());
    let pipeline = typed.map_err(|error| Problem::of_serde(&error.to_string(), schema, key).of(key))?;
    bounds::check(schema, tree)?;
    Ok(pipeline)
}

fn apply_profile(origin: &mut Origin, tree: &mut Value, name: &str) -> Result<(), Error> {
    let profiles = tree.get("profiles").and_then(Value::as_object);
    let Some(profile) = profiles.and_then(|profiles| profiles.get(name)?.as_object()) else {
        let names: Vec<&str> = profiles.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let problem =
            Problem::new(format!("no profile `{name}`; there are: {known}")).with_nearest(name, names);
        return Err(Error::invalid(origin.place("profiles"), problem));
    };
    let mut changes: Vec<Override> =
        profile.iter().map(|(key, value)| Override { key: key.clone(), value: value.clone() }).collect();
    // What is swept comes first, so that a single value can then narrow it.
    changes.sort_by_key(|change| !matches!(change.key.as_str(), "sweep" | "cells"));
    let setter = Setter::Profile(name.to_owned());
    changes.iter().try_for_each(|change| apply(origin, tree, change, &setter))
}

fn parse_set(origin: &Origin, text: &str, setter: &Setter) -> Result<Override, Error> {
    let refuse = |text: String| {
        let hint = Some("write it as `--set train.epochs=20`".to_owned());
        Error::invalid(origin.place_of_setter("", setter), Problem { text, hint })
    };
    let (key, value) = text.split_once('=').ok_or_else(|| refuse("expected KEY=VALUE".to_owned()))?;
    let value = parse_value(value).map_err(|error| refuse(format!("the value cannot be read: {error}")))?;
    Ok(Override { key: key.trim().to_owned(), value })
}

/// Sets one key; a key that is swept is narrowed to this value. The result must still be a pipeline.
fn apply(origin: &mut Origin, tree: &mut Value, change: &Override, setter: &Setter) -> Result<(), Error> {
    let place = || origin.place_of_setter(&change.key, setter);
    if change.key.split('.').next() == Some("profiles") {
        return Err(Error::invalid(place(), Problem::new("profiles cannot be set")));
    }
    let swept = tree.get("sweep").is_some_and(|sweep| sweep.get(&change.key).is_some());
    let narrowed = if swept {
        &Override { key: format!("sweep.{}", change.key), value: json!([change.value]) }
    } else {
        change
    };
    if let Err(unknown) = keys::set(schema_of::<Pipeline>(), tree, &narrowed.key, &narrowed.value) {
        return Err(Error::invalid(place(), Problem::of_key(&unknown)));
    }
    // Not its values: what is out of its range may be set once more.
    let typed: Result<Pipeline, _> = serde_json::from_value(tree.clone());
    typed.map_err(|error| {
        let problem = Problem::of_serde(&error.to_string(), schema_of::<Pipeline>(), &narrowed.key);
        Error::invalid(place(), problem)
    })?;
    origin.remember(&narrowed.key, setter);
    Ok(())
}

/// A copy of `pipeline` with the values of one cell.
///
/// # Errors
/// [`Invalid`] names the key to blame.
pub(crate) fn with_values(pipeline: &Pipeline, cell: &[Override]) -> Result<Pipeline, Invalid> {
    let mut tree = bal_artifact::to_json(pipeline);
    let mut resolved = pipeline.clone();
    for Override { key, value } in cell {
        let set = keys::set(schema_of::<Pipeline>(), &mut tree, key, value);
        set.map_err(|unknown| Problem::of_key(&unknown).of(key))?;
        resolved = typed(&tree, key)?;
    }
    match cell.iter().find(|change| !keys::is_there(&tree, &change.key, &change.value)) {
        Some(Override { key, .. }) => Err(Problem::new("another key of the same cell takes it back").of(key)),
        None => Ok(resolved),
    }
}
