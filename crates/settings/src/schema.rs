//! A place in a JSON Schema, as `schemars` writes it.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use serde_json::Value;

/// The schema of a type. Each is made once per process.
pub fn schema_of<T: JsonSchema + 'static>() -> Schema {
    static MADE: Mutex<BTreeMap<TypeId, &'static Value>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let root = made
        .entry(TypeId::of::<T>())
        .or_insert_with(|| Box::leak(Box::new(schemars::schema_for!(T).to_value())));
    Schema { root, node: root }
}

/// A place in a schema.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    root: &'static Value,
    node: &'static Value,
}

impl Schema {
    /// The schema as JSON.
    pub fn json(self) -> &'static Value {
        self.node
    }

    fn at(self, node: &'static Value) -> Self {
        Self { node, ..self }
    }

    /// This place, the type that it refers to, and the choices it has.
    fn parts(self) -> Vec<Self> {
        let referred = self.node.get("$ref").and_then(Value::as_str);
        let referred = referred.and_then(|pointer| self.root.pointer(pointer.trim_start_matches('#')));
        let choices =
            ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|word| self.node.get(word)?.as_array());
        let below = referred.into_iter().chain(choices.flatten());
        std::iter::once(self).chain(below.flat_map(|node| self.at(node).parts())).collect()
    }

    /// What stands at a keyword: here, or else in the type that this place refers to.
    pub fn keyword(self, word: &str) -> Option<&'static Value> {
        self.parts().into_iter().find_map(|part| part.node.get(word))
    }

    /// What the field is, in the words of its doc comment.
    pub(crate) fn description(self) -> String {
        let text = self.node.get("description").and_then(Value::as_str).unwrap_or_default();
        text.replace('\n', " ")
    }

    /// What a variant of an enum is. A doc comment of a variant stands beside its name.
    pub(crate) fn variant(self, name: &str) -> String {
        let is_it = |part: &Self| part.node.get("properties").is_some_and(|names| names.get(name).is_some());
        self.parts().into_iter().find(is_it).map(Self::description).unwrap_or_default()
    }

    /// Whether this type is allowed: `integer`, `boolean`, `array` …
    pub(crate) fn allows(self, kind: &str) -> bool {
        self.parts().into_iter().any(|part| match part.node.get("type") {
            Some(Value::String(only)) => only == kind,
            Some(Value::Array(several)) => several.iter().any(|one| one == kind),
            _ => false,
        })
    }

    /// Keys of a section, in their order, or variants of an enum that hold data.
    pub fn properties(self) -> Vec<(&'static str, Self)> {
        let of_part = |part: Self| part.node.get("properties").and_then(Value::as_object);
        let all = self.parts().into_iter().filter_map(of_part).flatten();
        all.map(|(name, node)| (name.as_str(), self.at(node))).collect()
    }

    /// The section's key or the enum's variant of this name.
    pub fn property(self, name: &str) -> Option<Self> {
        self.properties().into_iter().find_map(|(known, schema)| (known == name).then_some(schema))
    }

    /// Schema of the values of a map with free keys.
    pub(crate) fn free(self) -> Option<Self> {
        let of_part = |part: Self| part.node.get("additionalProperties").filter(|node| node.is_object());
        self.parts().into_iter().find_map(of_part).map(|node| self.at(node))
    }

    /// Schema of the items of a list.
    pub(crate) fn items(self) -> Option<Self> {
        self.keyword("items").map(|node| self.at(node))
    }

    /// Plain values that may stand here.
    pub(crate) fn words(self) -> Vec<&'static str> {
        let of_part = |part: Self| {
            let several = part.node.get("enum").and_then(Value::as_array).into_iter().flatten();
            several.chain(part.node.get("const")).filter_map(Value::as_str).collect::<Vec<_>>()
        };
        self.parts().into_iter().flat_map(of_part).collect()
    }

    /// Whether one of several variants stands here.
    pub(crate) fn is_enum(self) -> bool {
        self.parts().into_iter().any(|part| part.node.get("oneOf").is_some())
    }

    /// Keys that have to be given.
    pub(crate) fn required(self) -> Vec<&'static str> {
        let names = self.node.get("required").and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).collect()
    }
}
