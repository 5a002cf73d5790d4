//! From a file, a profile and `--set` to one resolved pipeline.

use serde_json::{Value, json};

use super::source::{Setter, Source};
use super::wording::Problem;
use super::{Override, Pipeline, document, keys, tree};
use crate::Error;
use crate::check::check_name;

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
pub(crate) fn load(source: &mut Source, overrides: &Overrides) -> Result<Pipeline, Error> {
    let file = document::parse(&source.file, &source.text)?;
    for name in source.profiles()? {
        check_name(&name).map_err(|problem| Error::invalid(source.place("profiles"), problem))?;
        apply_profile(&mut source.clone(), &mut file.clone(), &name)?;
    }
    let mut tree = file;
    if let Some(name) = &overrides.profile {
        apply_profile(source, &mut tree, name)?;
    }
    for text in &overrides.set {
        let setter = Setter::Option(format!("--set {text}"));
        let change = parse_set(source, text, &setter)?;
        apply(source, &mut tree, &change, &setter)?;
    }
    if let Some(seeds) = &overrides.seeds {
        let change = Override { key: "sweep.seed".to_owned(), value: json!(seeds) };
        apply(source, &mut tree, &change, &Setter::Option("--seeds".to_owned()))?;
    }
    if let Value::Object(map) = &mut tree {
        map.remove("profiles");
    }
    typed(&tree, "").map_err(|problem| Error::invalid(source.place(""), problem))
}

/// A tree as a pipeline. `key` was set last, and is to blame if it is none.
fn typed(tree: &Value, key: &str) -> Result<Pipeline, Problem> {
    serde_json::from_value(tree.clone()).map_err(|error| Problem::of_serde(&error.to_string(), key))
}

fn apply_profile(source: &mut Source, tree: &mut Value, name: &str) -> Result<(), Error> {
    let profiles = tree.get("profiles").and_then(Value::as_object);
    let Some(profile) = profiles.and_then(|profiles| profiles.get(name)?.as_object()) else {
        let names: Vec<&str> = profiles.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let problem =
            Problem::new(format!("no profile `{name}`; there are: {known}")).with_nearest(name, names);
        return Err(Error::invalid(source.place("profiles"), problem));
    };
    let mut changes: Vec<Override> =
        profile.iter().map(|(key, value)| Override { key: key.clone(), value: value.clone() }).collect();
    // What is swept comes first, so that a single value can then narrow it.
    changes.sort_by_key(|change| !matches!(change.key.as_str(), "sweep" | "cells"));
    let setter = Setter::Profile(name.to_owned());
    changes.iter().try_for_each(|change| apply(source, tree, change, &setter))
}

fn parse_set(source: &Source, text: &str, setter: &Setter) -> Result<Override, Error> {
    let refuse = |text: String| {
        let hint = Some("write it as `--set train.epochs=20`".to_owned());
        Error::invalid(source.place_of_setter("", setter), Problem { text, hint })
    };
    let (key, value) = text.split_once('=').ok_or_else(|| refuse("expected KEY=VALUE".to_owned()))?;
    let value = tree::parse(value).map_err(|error| refuse(format!("the value cannot be read: {error}")))?;
    Ok(Override { key: key.trim().to_owned(), value })
}

/// Sets one key; a key that is swept is narrowed to this value. The result must still be a pipeline.
fn apply(source: &mut Source, tree: &mut Value, change: &Override, setter: &Setter) -> Result<(), Error> {
    let place = || source.place_of_setter(&change.key, setter);
    if change.key.split('.').next() == Some("profiles") {
        return Err(Error::invalid(place(), Problem::new("profiles cannot be set")));
    }
    let swept = tree.get("sweep").is_some_and(|sweep| sweep.get(&change.key).is_some());
    let narrowed = if swept {
        &Override { key: format!("sweep.{}", change.key), value: json!([change.value]) }
    } else {
        change
    };
    if let Err(unknown) = keys::set(tree, narrowed) {
        return Err(Error::invalid(place(), Problem::of_key(&unknown)));
    }
    typed(tree, &narrowed.key).map_err(|problem| Error::invalid(place(), problem))?;
    source.remember(&narrowed.key, setter);
    Ok(())
}

/// A copy of `pipeline` with the values of one cell, or the key and what is wrong with its value.
pub(crate) fn with_values(pipeline: &Pipeline, cell: &[Override]) -> Result<Pipeline, (String, Problem)> {
    let mut tree = serde_json::to_value(pipeline).expect("a pipeline holds only strings, numbers and maps");
    let mut resolved = pipeline.clone();
    for change in cell {
        let blame = |problem| (change.key.clone(), problem);
        keys::set(&mut tree, change).map_err(|unknown| blame(Problem::of_key(&unknown)))?;
        resolved = typed(&tree, &change.key).map_err(blame)?;
    }
    Ok(resolved)
}
