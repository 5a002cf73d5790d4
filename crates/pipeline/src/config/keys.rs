//! Dotted keys: which exist, and how one is set in a tree.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::Pipeline;

/// One value for one dotted key, from a profile, `--set` or a sweep.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Override {
    /// E.g. `train.evaluate.samples`.
    pub(crate) key: String,
    /// Its value.
    pub(crate) value: Value,
}

/// A key that no pipeline has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnknownKey {
    /// The longest part of the key that exists; may be empty.
    pub(super) section: String,
    /// The part that does not.
    pub(super) name: String,
    /// What the section has.
    pub(super) valid: Vec<String>,
}

/// One part of a checked key.
struct Step {
    name: String,
    /// The part names a variant: it replaces any other variant.
    variant: bool,
}

/// The JSON Schema of a pipeline file.
pub(super) fn schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(Pipeline).to_value());
    &SCHEMA
}

/// Sets `change` in the tree of a pipeline; sections between are made where they are missing.
pub(super) fn set(tree: &mut Value, change: &Override) -> Result<(), UnknownKey> {
    let steps = steps(&change.key)?;
    let mut node = tree;
    for step in &steps {
        if !node.is_object() {
            *node = json!({});
        }
        let Value::Object(map) = node else { unreachable!("it was made an object above") };
        if step.variant && !map.contains_key(&step.name) {
            *map = Map::new();
        }
        node = map.entry(step.name.clone()).or_insert(Value::Null);
    }
    *node = change.value.clone();
    Ok(())
}

/// The parts of a dotted key. In a map with free keys, as `sweep`, all that is left is one part.
fn steps(key: &str) -> Result<Vec<Step>, UnknownKey> {
    let root = schema();
    let mut node = root.clone();
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = Some(key);
    while let Some(text) = rest {
        let section = Section::of(root, &node);
        let parts = if section.free.is_some() { None } else { text.split_once('.') };
        let (name, after) = parts.map_or((text, None), |(name, after)| (name, Some(after)));
        let Some(next) = section.keys.get(name).or(section.free.as_ref()) else {
            let section_name = steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>().join(".");
            let valid = section.keys.into_keys().collect();
            return Err(UnknownKey { section: section_name, name: name.to_owned(), valid });
        };
        node = next.clone();
        steps.push(Step { name: name.to_owned(), variant: section.is_enum });
        rest = after;
    }
    Ok(steps)
}

/// The keys and plain values that may stand at a dotted key, in alphabetical order.
pub(super) fn choices(key: &str) -> Vec<String> {
    let root = schema();
    let mut node = root.clone();
    for part in key.split('.').filter(|part| !part.is_empty()) {
        let section = Section::of(root, &node);
        match section.keys.get(part).or(section.free.as_ref()) {
            Some(next) => node = next.clone(),
            None => return Vec::new(),
        }
    }
    let section = Section::of(root, &node);
    let mut choices: Vec<String> = section.keys.into_keys().chain(section.words).collect();
    choices.sort();
    choices
}

/// What one place of the schema allows below it.
#[derive(Default)]
struct Section {
    keys: BTreeMap<String, Value>,
    /// Plain values.
    words: Vec<String>,
    /// Schema of the values of a map with free keys.
    free: Option<Value>,
    is_enum: bool,
}

impl Section {
    fn of(root: &Value, node: &Value) -> Self {
        let mut section = Self::default();
        section.collect(root, node);
        section
    }

    fn collect(&mut self, root: &Value, node: &Value) {
        if let Some(pointer) = node.get("$ref").and_then(Value::as_str)
            && let Some(target) = root.pointer(pointer.trim_start_matches('#'))
        {
            self.collect(root, target);
        }
        for (name, schema) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.keys.insert(name.clone(), schema.clone());
        }
        self.words.extend(node.get("const").and_then(Value::as_str).map(str::to_owned));
        if let Some(values) = node.get("additionalProperties").filter(|values| **values != Value::Bool(false))
        {
            self.free = Some(values.clone());
        }
        for (word, is_enum) in [("oneOf", true), ("anyOf", false), ("allOf", false)] {
            for choice in node.get(word).and_then(Value::as_array).into_iter().flatten() {
                self.is_enum |= is_enum;
                self.collect(root, choice);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(tree: Value, key: &str, value: Value) -> Value {
        let mut tree = tree;
        set(&mut tree, &Override { key: key.to_owned(), value }).unwrap();
        tree
    }

    #[test]
    fn sets_nested_keys_and_makes_missing_sections() {
        assert_eq!(
            changed(json!({}), "train.evaluate.samples", json!(20)),
            json!({"train": {"evaluate": {"samples": 20}}})
        );
    }

    #[test]
    fn another_variant_replaces_the_one_that_was_there() {
        let before = json!({"train": {"weight_decay": {"validated": [0.1]}}});
        let after = json!({"train": {"weight_decay": {"fixed": 0.2}}});
        assert_eq!(changed(before, "train.weight_decay.fixed", json!(0.2)), after);
        let before = json!({"score": {"posterior": "deterministic"}});
        let after = json!({"score": {"posterior": {"mc_dropout": {"samples": 3}}}});
        assert_eq!(changed(before, "score.posterior.mc_dropout.samples", json!(3)), after);
    }

    #[test]
    fn a_map_with_free_keys_takes_the_rest_as_one_key() {
        let after = json!({"sweep": {"score.acquisition": ["bald"]}});
        assert_eq!(changed(json!({}), "sweep.score.acquisition", json!(["bald"])), after);
    }

    #[test]
    fn an_unknown_key_names_its_section_and_what_that_has() {
        let change = Override { key: "train.evaluate.sample".to_owned(), value: json!(1) };
        let error = set(&mut json!({}), &change).unwrap_err();
        let expected = UnknownKey {
            section: "train.evaluate".to_owned(),
            name: "sample".to_owned(),
            valid: vec!["samples".to_owned()],
        };
        assert_eq!(error, expected);
    }

    #[test]
    fn an_empty_part_is_no_key() {
        for (key, section) in [("", ""), (".", ""), ("train.", "train"), ("train..epochs", "train")] {
            let change = Override { key: key.to_owned(), value: json!({}) };
            let error = set(&mut json!({}), &change).unwrap_err();
            assert_eq!((error.section.as_str(), error.name.as_str()), (section, ""), "{key}");
        }
    }

    #[test]
    fn a_plain_value_has_nothing_below_it() {
        let change = Override { key: "rounds.many".to_owned(), value: json!(1) };
        assert_eq!(set(&mut json!({}), &change).unwrap_err().section, "rounds");
    }
}
