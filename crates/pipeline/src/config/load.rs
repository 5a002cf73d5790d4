//! From a file, a profile and `--set` to one resolved pipeline.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::keys::UnknownKey;
use super::{Override, Pipeline, Place, document, keys};
use crate::Error;

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

/// A file that was read, to find places in.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    file: PathBuf,
    text: String,
}

impl Source {
    /// Reads the file.
    pub(crate) fn read(file: &Path) -> Result<Self, Error> {
        match fs_err::read_to_string(file) {
            Ok(text) => Ok(Self { file: file.to_path_buf(), text }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(bal_artifact::Error::Missing { what: "pipeline", path: file.to_path_buf() }.into())
            }
            Err(source) => {
                Err(bal_artifact::Error::Io { action: "read", path: file.to_path_buf(), source }.into())
            }
        }
    }

    /// The place of a key in this file.
    pub(crate) fn place(&self, key: &str) -> Place {
        Place {
            file: self.file.clone(),
            line: document::line_of(&self.text, key),
            setter: None,
            key: key.to_owned(),
        }
    }

    /// Names of the profiles.
    pub(crate) fn profiles(&self) -> Result<Vec<String>, Error> {
        let tree = document::parse(&self.file, &self.text)?;
        let profiles = tree.get("profiles").and_then(Value::as_object);
        Ok(profiles.into_iter().flatten().map(|(name, _)| name.clone()).collect())
    }

    /// The first line of the comment at the top.
    pub(crate) fn headline(&self) -> &str {
        let first = self.text.lines().next().unwrap_or_default();
        first.strip_prefix('#').unwrap_or_default().trim()
    }
}

/// The pipeline with profile and options applied. Profiles themselves are left out of it.
pub(crate) fn load(source: &Source, overrides: &Overrides) -> Result<Pipeline, Error> {
    let mut tree = document::parse(&source.file, &source.text)?;
    if let Some(name) = &overrides.profile {
        let setter = format!("profile `{name}`");
        for change in profile(source, &tree, name)? {
            apply(source, &mut tree, &change, &setter)?;
        }
    }
    for text in &overrides.set {
        let setter = format!("`--set {text}`");
        apply(source, &mut tree, &parse_set(source, text, &setter)?, &setter)?;
    }
    if let Some(seeds) = &overrides.seeds {
        let change = Override { key: "sweep.seed".to_owned(), value: json!(seeds) };
        apply(source, &mut tree, &change, "`--seeds`")?;
    }
    if let Value::Object(map) = &mut tree {
        map.remove("profiles");
    }
    typed(&tree)
        .map_err(|problem| Error::invalid(source.place(""), problem.clone(), document::hint(&problem)))
}

/// A tree as a pipeline.
pub(crate) fn typed(tree: &Value) -> Result<Pipeline, String> {
    serde_json::from_value(tree.clone()).map_err(|error| error.to_string())
}

/// The changes of a profile: what is swept first, so that a single value can then narrow it.
fn profile(source: &Source, tree: &Value, name: &str) -> Result<Vec<Override>, Error> {
    let profiles = tree.get("profiles").and_then(Value::as_object);
    let Some(profile) = profiles.and_then(|profiles| profiles.get(name)?.as_object()) else {
        let names: Vec<&str> = profiles.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let hint = bal_cli::nearest(name, names).map(|near| format!("did you mean `{near}`?"));
        return Err(Error::invalid(
            source.place("profiles"),
            format!("no profile `{name}`; there are: {known}"),
            hint,
        ));
    };
    let mut changes: Vec<Override> =
        profile.iter().map(|(key, value)| Override { key: key.clone(), value: value.clone() }).collect();
    changes.sort_by_key(|change| !matches!(change.key.as_str(), "sweep" | "cells"));
    Ok(changes)
}

fn parse_set(source: &Source, text: &str, setter: &str) -> Result<Override, Error> {
    let refuse = |problem: String| {
        let place = Place {
            file: source.file.clone(),
            line: None,
            setter: Some(setter.to_owned()),
            key: String::new(),
        };
        Error::invalid(place, problem, Some("write it as `--set train.epochs=20`".to_owned()))
    };
    let (key, value) = text.split_once('=').ok_or_else(|| refuse("expected KEY=VALUE".to_owned()))?;
    let value =
        serde_yaml::from_str(value).map_err(|error| refuse(format!("the value is not YAML: {error}")))?;
    Ok(Override { key: key.trim().to_owned(), value })
}

/// Sets one key; a key that is swept is narrowed to this value. The result must still be a pipeline.
fn apply(source: &Source, tree: &mut Value, change: &Override, setter: &str) -> Result<(), Error> {
    let at = |key: &str| {
        // A profile stands in the file, an option does not.
        let line = setter.strip_prefix("profile `").and_then(|name| {
            document::line_of(&source.text, &format!("profiles.{}", name.trim_end_matches('`')))
        });
        Place { file: source.file.clone(), line, setter: Some(setter.to_owned()), key: key.to_owned() }
    };
    if change.key.split('.').next() == Some("profiles") {
        return Err(Error::invalid(at(&change.key), "profiles cannot be set".to_owned(), None));
    }
    let change = match tree.get("sweep").and_then(|sweep| sweep.get(&change.key)) {
        Some(_) => &Override { key: format!("sweep.{}", change.key), value: json!([change.value]) },
        None => change,
    };
    keys::set(tree, change).map_err(|unknown| {
        let (problem, hint) = explain(&unknown);
        Error::invalid(at(&change.key), problem, hint)
    })?;
    typed(tree)
        .map(drop)
        .map_err(|problem| Error::invalid(at(&change.key), problem.clone(), document::hint(&problem)))
}

/// The problem and the hint for a key that does not exist.
fn explain(unknown: &UnknownKey) -> (String, Option<String>) {
    let UnknownKey { section, name, valid } = unknown;
    let place = if section.is_empty() { "a pipeline".to_owned() } else { format!("`{section}`") };
    if valid.is_empty() {
        return (format!("{place} has no keys, so `{name}` cannot be set"), None);
    }
    let near = bal_cli::nearest(name, valid.iter().map(String::as_str));
    let dotted = |near: &str| if section.is_empty() { near.to_owned() } else { format!("{section}.{near}") };
    let hint = near.map(|near| format!("did you mean `{}`?", dotted(near)));
    (format!("unknown key `{name}`; {place} has {}", valid.join(", ")), hint)
}

/// A copy of `pipeline` with the values of one cell; the error names the key.
pub(crate) fn with_values(
    pipeline: &Pipeline,
    cell: &[Override],
) -> Result<Pipeline, (String, String, Option<String>)> {
    let mut tree = serde_json::to_value(pipeline).expect("a pipeline holds only strings, numbers and maps");
    for change in cell {
        let key = change.key.clone();
        keys::set(&mut tree, change).map_err(|unknown| {
            let (problem, hint) = explain(&unknown);
            (key.clone(), problem, hint)
        })?;
        typed(&tree).map_err(|problem| (key, problem.clone(), document::hint(&problem)))?;
    }
    typed(&tree).map_err(|problem| (String::new(), problem, None))
}
