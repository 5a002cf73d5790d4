//! The section `prepare`: the name of a data set beside the settings of the stage `prepare split`.
//!
//! Both stand side by side in the file. The settings of the split are written once, in the stage.

use std::borrow::Cow;
use std::fmt;

use bal_prepare::split;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer as _, MapAccess, Visitor,
};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Value;

use super::DataSet;

/// Data set and its split.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepare {
    /// A known data set, or a folder below `--data-dir` that was prepared by hand.
    pub dataset: DataSet,
    /// How its training points are split.
    pub split: split::Config,
}

impl JsonSchema for Prepare {
    fn schema_name() -> Cow<'static, str> {
        "Prepare".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = split::Config::json_schema(generator);
        let mut dataset = DataSet::json_schema(generator);
        let description = "Name of the data set: a known one, or a folder below `--data-dir` that was prepared by hand. Or a \
                           section that says what is seen of it.";
        dataset.insert("description".to_owned(), description.into());
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.insert("dataset".to_owned(), dataset.into());
        }
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.push("dataset".into());
        }
        schema.insert("description".to_owned(), "Data set and its split.".into());
        schema
    }
}

impl Serialize for Prepare {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let split = bal_artifact::to_json(&self.split);
        let is_given =
            |value: &Value| !value.is_null() && value.as_object().is_none_or(|map| !map.is_empty());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("dataset", &self.dataset)?;
        for (key, value) in split.as_object().into_iter().flatten().filter(|(_, value)| is_given(value)) {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Prepare {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Section)
    }
}

struct Section;

impl<'de> Visitor<'de> for Section {
    type Value = Prepare;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a section with `dataset` and the settings of its split")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Prepare, M::Error> {
        let mut dataset = None;
        let split = MapAccessDeserializer::new(WithoutDataset { map, dataset: &mut dataset });
        let split = split::Config::deserialize(split)?;
        Ok(Prepare { dataset: dataset.ok_or_else(|| M::Error::missing_field("dataset"))?, split })
    }
}

/// The entries of the section but for `dataset`, which is put aside.
struct WithoutDataset<'a, M> {
    map: M,
    dataset: &'a mut Option<DataSet>,
}

impl<'de, M: MapAccess<'de>> MapAccess<'de> for WithoutDataset<'_, M> {
    type Error = M::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, M::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if key != "dataset" {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            *self.dataset = Some(self.map.next_value()?);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, M::Error> {
        self.map.next_value_seed(seed)
    }
}
