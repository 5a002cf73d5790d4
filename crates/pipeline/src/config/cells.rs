//! `cells`: combinations of settings other than the product of what is swept, in the order of their author.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Characters of a label at most.
pub(crate) const MAX_LABEL: usize = 60;

/// The key of a cell that is no setting.
const LABEL: &str = "label";

/// Values by dotted key.
pub type Values = BTreeMap<String, Value>;

/// Combinations of settings.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// By name.
    Named(Vec<(String, Cell)>),
    /// Without names: each is called by its values.
    Listed(Vec<Values>),
}

/// A combination of settings that has a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// What people see instead of the name.
    pub label: Option<String>,
    /// What makes it another cell.
    pub settings: Values,
}

impl Cells {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Named(cells) => cells.len(),
            Self::Listed(cells) => cells.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for Cells {
    /// None.
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Cells;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("cells by name, or a list of cells")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cells, A::Error> {
                let mut cells = Vec::new();
                while let Some(cell) = map.next_entry()? {
                    cells.push(cell);
                }
                Ok(Cells::Named(cells))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cells, A::Error> {
                let mut cells = Vec::new();
                while let Some(cell) = list.next_element()? {
                    cells.push(cell);
                }
                Ok(Cells::Listed(cells))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = Cell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the settings of a cell by dotted key")
            }

            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
                let mut cell = Cell::default();
                while let Some(key) = map.next_key::<String>()? {
                    match map.next_value()? {
                        Value::String(label) if key == LABEL => cell.label = Some(label),
                        value if key == LABEL => {
                            let text = format!("expected a text as `{LABEL}`, found {value}");
                            return Err(A::Error::custom(text));
                        }
                        value => _ = cell.settings.insert(key, value),
                    }
                }
                Ok(cell)
            }
        }

        deserializer.deserialize_any(Map)
    }
}

impl Serialize for Cells {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Named(cells) => serializer.collect_map(cells.iter().map(|(name, cell)| (name, cell))),
            Self::Listed(cells) => serializer.collect_seq(cells),
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let length = self.settings.len() + usize::from(self.label.is_some());
        let mut map = serializer.serialize_map(Some(length))?;
        if let Some(label) = &self.label {
            map.serialize_entry(LABEL, label)?;
        }
        for (key, value) in &self.settings {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl JsonSchema for Cells {
    fn schema_name() -> Cow<'static, str> {
        "Cells".into()
    }

    fn inline_schema() -> bool {
        true
    }

    /// Names are a pattern, not free keys: `--set` takes `cells` as a whole, and no part of it.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {
                    "type": "object",
                    "patternProperties": {
                        "^[A-Za-z0-9][A-Za-z0-9._-]*$": {
                            "type": "object",
                            "properties": {
                                "label": { "type": "string", "minLength": 1, "maxLength": MAX_LABEL },
                            },
                        },
                    },
                    "additionalProperties": false,
                },
                { "type": "array", "items": { "type": "object" } },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use bal_settings::{parse_value, to_yaml};

    use super::*;

    fn read(text: &str) -> Cells {
        serde_json::from_value(parse_value(text).unwrap()).unwrap()
    }

    #[test]
    fn either_form_keeps_its_order_and_comes_back_as_it_was() {
        let named = "plbb:\n  label: Power LBB\n  select.method: plbb\nbald:\n  score.acquisition: bald\n";
        let listed = "- select.method: plbb\n- score.acquisition: bald\n";
        for text in [named, listed] {
            assert_eq!((to_yaml(&read(text)).as_str(), read(text).len()), (text, 2));
        }
        assert_eq!(read("base:\n"), Cells::Named(vec![("base".to_owned(), Cell::default())]));
    }
}
