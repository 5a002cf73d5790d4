//! `prepare.dataset`: a name, or a section that says what is seen of the data set with that name.

use std::borrow::Cow;
use std::fmt;

use bal_prepare::dataset;
use bal_settings::{Checked, Invalid};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// A data set, whole or in part.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet(pub dataset::Config);

/// The section, as it is written.
#[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Section {
    /// Name of the data set: a known one.
    name: String,
    /// Leaves only these classes, by number, in the training and the test half; labels count in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("uniqueItems" = true))]
    classes: Vec<usize>,
    /// Leaves only this many training points, the same ones for every run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    distinct: Option<usize>,
    /// Copies of the training points: copy c of point i has the id i + c·N.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    repeat: Option<usize>,
    /// Standard deviation of the noise that is added to normalised training inputs, drawn once for each
    /// point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1000.0))]
    noise: Option<f64>,
}

impl DataSet {
    /// The data set. What is seen of one that was prepared by hand is not known here, and so it is seen
    /// whole.
    ///
    /// # Errors
    /// [`Invalid`] of a key of `prepare.dataset`.
    pub(crate) fn checked(self) -> Result<dataset::Config, Invalid> {
        if !self.0.is_view() {
            return Ok(self.0);
        }
        let checked = Checked::new(self.0).map_err(|invalid| match invalid.place.key.as_str() {
            "dataset" => invalid.problem.of("prepare.dataset.name"),
            _ => invalid.within("prepare.dataset"),
        })?;
        Ok((*checked).clone())
    }

    /// The name of its folder below `--data-dir`.
    pub fn name(&self) -> String {
        self.0.name()
    }
}

impl From<Section> for DataSet {
    fn from(section: Section) -> Self {
        let Section { name, classes, distinct, repeat, noise } = section;
        let (repeat, noise) = (repeat.unwrap_or(1), noise.unwrap_or(0.0));
        Self(dataset::Config { classes, distinct, repeat, noise, ..dataset::Config::named(&name) })
    }
}

impl Serialize for DataSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let dataset::Config { dataset: name, classes, distinct, repeat, noise, .. } = self.0.clone();
        if !self.0.is_view() {
            return name.serialize(serializer);
        }
        let repeat = (repeat > 1).then_some(repeat);
        let noise = (noise > 0.0).then_some(noise);
        Section { name, classes, distinct, repeat, noise }.serialize(serializer)
    }
}

impl JsonSchema for DataSet {
    fn schema_name() -> Cow<'static, str> {
        "DataSet".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut section = Section::json_schema(generator);
        section.remove("description");
        json_schema!({ "anyOf": [{ "type": "string" }, Value::from(section)] })
    }

    fn inline_schema() -> bool {
        true
    }
}

impl<'de> Deserialize<'de> for DataSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrSection)
    }
}

struct NameOrSection;

impl<'de> Visitor<'de> for NameOrSection {
    type Value = DataSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a data set, or a section with `name`")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<DataSet, E> {
        Ok(DataSet(dataset::Config::named(name)))
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<DataSet, M::Error> {
        Section::deserialize(MapAccessDeserializer::new(map)).map(DataSet::from)
    }
}
