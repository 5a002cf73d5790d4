//! Dotted keys: which exist, and how one is set in a tree.

use serde_json::{Map, Value, json};

use crate::Schema;

/// A key that no setting has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// The longest part of the key that exists; may be empty.
    pub(crate) section: String,
    /// The part that does not.
    pub(crate) name: String,
    /// What the section has.
    pub(crate) valid: Vec<String>,
}

/// One part of a checked key.
struct Step {
    name: String,
    /// The part names a variant: it replaces any other variant.
    variant: bool,
}

/// Sets a key in a tree of this schema; sections between are made where they are missing.
///
/// # Errors
/// [`UnknownKey`].
pub fn set(schema: Schema, tree: &mut Value, key: &str, value: &Value) -> Result<(), UnknownKey> {
    let mut node = tree;
    for step in &steps(schema, key)? {
        if !node.is_object() {
            *node = json!({});
        }
        let Value::Object(map) = node else { unreachable!("it was made an object above") };
        if step.variant && !map.contains_key(&step.name) {
            *map = Map::new();
        }
        node = map.entry(step.name.clone()).or_insert(Value::Null);
    }
    *node = value.clone();
    Ok(())
}

/// The value at a dotted key of a tree.
pub(crate) fn get<'a>(tree: &'a Value, key: &str) -> Option<&'a Value> {
    key.split('.').try_fold(tree, |node, part| node.get(part))
}

/// Whether a value stands at a key of a tree. A variant without settings stands where it is chosen,
/// whatever its settings are.
pub fn is_there(tree: &Value, key: &str, value: &Value) -> bool {
    match (get(tree, key), value) {
        (Some(Value::Object(now)), Value::Object(given)) => {
            given.iter().all(|(name, value)| is_there_or_empty(now.get(name), value))
        }
        (now, given) => now == Some(given),
    }
}

fn is_there_or_empty(now: Option<&Value>, given: &Value) -> bool {
    now.is_some_and(|now| now == given || given.as_object().is_some_and(Map::is_empty))
}

/// The parts of a dotted key. In a map with free keys, as `sweep`, all that is left is one part.
fn steps(schema: Schema, key: &str) -> Result<Vec<Step>, UnknownKey> {
    let mut section = schema;
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = Some(key);
    while let Some(text) = rest {
        let free = section.free();
        let parts = if free.is_some() { None } else { text.split_once('.') };
        let (name, after) = parts.map_or((text, None), |(name, after)| (name, Some(after)));
        let Some(next) = section.property(name).or(free) else {
            let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
            let valid = section.properties().into_iter().map(|(name, _)| name.to_owned()).collect();
            return Err(UnknownKey { section: names.join("."), name: name.to_owned(), valid });
        };
        steps.push(Step { name: name.to_owned(), variant: section.is_enum() });
        section = next;
        rest = after;
    }
    Ok(steps)
}

/// The keys and plain values that may stand at a dotted key, in alphabetical order.
pub(crate) fn choices(schema: Schema, key: &str) -> Vec<String> {
    let Some(section) = section(schema, key) else { return Vec::new() };
    let mut choices = variants(schema, key);
    choices.extend(section.words().into_iter().map(str::to_owned));
    choices.sort();
    choices
}

/// What may stand at a key and has settings of its own.
pub(crate) fn variants(schema: Schema, key: &str) -> Vec<String> {
    let properties = section(schema, key).map_or_else(Vec::new, Schema::properties);
    properties.into_iter().map(|(name, _)| name.to_owned()).collect()
}

fn section(schema: Schema, key: &str) -> Option<Schema> {
    let below = |section: Option<Schema>, part: &str| section.and_then(|at| at.property(part).or(at.free()));
    key.split('.').filter(|part| !part.is_empty()).fold(Some(schema), below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::Pipeline;
    use crate::schema_of;

    fn changed(mut tree: Value, key: &str, value: &Value) -> Value {
        set(schema_of::<Pipeline>(), &mut tree, key, value).unwrap();
        tree
    }

    fn unknown(key: &str) -> UnknownKey {
        set(schema_of::<Pipeline>(), &mut json!({}), key, &json!({})).unwrap_err()
    }

    #[test]
    fn sets_nested_keys_and_makes_missing_sections() {
        let after = json!({"train": {"evaluate": {"draws": 20}}});
        assert_eq!(changed(json!({}), "train.evaluate.draws", &json!(20)), after);
    }

    #[test]
    fn another_variant_replaces_the_one_that_was_there() {
        let before = json!({"train": {"weight_decay": {"validated": [0.1]}}});
        let after = json!({"train": {"weight_decay": {"fixed": 0.2}}});
        assert_eq!(changed(before, "train.weight_decay.fixed", &json!(0.2)), after);
        let before = json!({"score": {"posterior": "deterministic"}});
        let after = json!({"score": {"posterior": {"mc_dropout": {"samples": 3}}}});
        assert_eq!(changed(before, "score.posterior.mc_dropout.samples", &json!(3)), after);
    }

    #[test]
    fn a_map_with_free_keys_takes_the_rest_as_one_key() {
        let after = json!({"sweep": {"score.acquisition": ["bald"]}});
        assert_eq!(changed(json!({}), "sweep.score.acquisition", &json!(["bald"])), after);
    }

    #[test]
    fn an_unknown_key_names_its_section_and_what_that_has() {
        let (section, name) = ("train.evaluate".to_owned(), "draw".to_owned());
        let expected = UnknownKey { section, name, valid: vec!["draws".to_owned()] };
        assert_eq!(unknown("train.evaluate.draw"), expected);
    }

    #[test]
    fn an_empty_part_is_no_key() {
        for (key, section) in [("", ""), (".", ""), ("train.", "train"), ("train..epochs", "train")] {
            let error = unknown(key);
            assert_eq!((error.section.as_str(), error.name.as_str()), (section, ""), "{key}");
        }
    }

    #[test]
    fn a_plain_value_has_nothing_below_it() {
        assert_eq!(unknown("rounds.many").section, "rounds");
    }
}
