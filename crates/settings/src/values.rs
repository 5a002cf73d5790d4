//! Settings as words of a command line, and back.

use serde_json::{Map, Number, Value};

use crate::bounds;
use crate::{Problem, Schema};

/// A setting that a command line can give: a leaf of the schema.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// Its dotted key.
    pub(crate) key: String,
    /// What may stand there.
    pub(crate) schema: Schema,
    /// How it is written.
    pub(crate) form: Form,
    /// What it is, in the words of its doc comment.
    pub(crate) description: String,
    /// What is taken where it is not given.
    pub(crate) default: Option<&'static Value>,
    /// It has to be given, here or in a file.
    pub(crate) required: bool,
    /// Other flags for the same: without dots, and its last part where no other setting ends so.
    pub(crate) aliases: Vec<String>,
    /// It belongs to a variant of an enum.
    of_variant: bool,
}

/// Stands in a key for whatever variant is chosen: `--learning-rate` is `optimizer.*.learning_rate`.
pub(crate) const CHOSEN: &str = "*";

/// How a setting is written in one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Given or not.
    Switch,
    /// One of these. A variant with data that all have defaults is among them.
    Word(Vec<&'static str>),
    /// Values with commas between them.
    List,
    /// `KEY=VALUE`, for each key of a map once.
    Pairs,
    /// One value.
    Value,
}

/// All settings of a schema, in their order.
pub(crate) fn leaves(schema: Schema) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    collect(schema, "", None, false, &mut leaves);
    let keys: Vec<String> = leaves.iter().map(|leaf| leaf.key.clone()).collect();
    let mut of_chosen: Vec<Leaf> = Vec::new();
    for leaf in leaves.iter_mut().filter(|leaf| leaf.key.contains('.')) {
        let (end, choice) = (last_part(&leaf.key).to_owned(), choice_of(&leaf.key).map(str::to_owned));
        let alike: Vec<&String> = keys.iter().filter(|key| last_part(key) == end).collect();
        if leaf.of_variant {
            leaf.aliases.clear();
            let is_clear = alike.iter().all(|key| choice_of(key) == choice.as_deref());
            if let (true, Some(choice)) = (is_clear && *alike[0] == leaf.key, choice) {
                of_chosen.push(Leaf { key: format!("{choice}.{CHOSEN}.{end}"), ..leaf.clone() });
            }
        } else {
            leaf.aliases.retain(|_| alike.len() == 1);
        }
        leaf.aliases.push(flag(&leaf.key.replace('.', "-")));
    }
    leaves.extend(of_chosen);
    leaves
}

/// `learning_rate` of `optimizer.adam.learning_rate`.
fn last_part(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or_default()
}

/// `optimizer` of `optimizer.adam.learning_rate`.
fn choice_of(key: &str) -> Option<&str> {
    key.rsplitn(3, '.').nth(2)
}

fn collect(
    section: Schema,
    above: &str,
    defaults: Option<&'static Value>,
    of_variant: bool,
    leaves: &mut Vec<Leaf>,
) {
    let required = section.required();
    for (name, schema) in section.properties() {
        let key = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
        let form = form(schema);
        let default = schema.json().get("default").or_else(|| defaults?.get(name));
        if form != Form::Word(Vec::new()) {
            // A variant's name is no word of its own: `--pool 10` would say little of `targets: {pool: 10}`.
            let alias = (!section.is_enum()).then(|| flag(name));
            let leaf = Leaf {
                key: key.clone(),
                schema,
                description: if section.is_enum() { section.variant(name) } else { schema.description() },
                default,
                required: required.contains(&name) && !section.is_enum(),
                aliases: alias.into_iter().collect(),
                of_variant,
                form,
            };
            leaves.push(leaf);
        }
        if schema.is_enum() || !schema.properties().is_empty() {
            collect(schema, &key, default, section.is_enum(), leaves);
        }
    }
}

fn form(schema: Schema) -> Form {
    if schema.is_enum() || !schema.properties().is_empty() {
        let all_have_defaults = |data: &Schema| !data.properties().is_empty() && data.required().is_empty();
        let with_data =
            schema.properties().into_iter().filter(|(_, data)| schema.is_enum() && all_have_defaults(data));
        return Form::Word(schema.words().into_iter().chain(with_data.map(|(name, _)| name)).collect());
    }
    match schema {
        _ if schema.allows("boolean") => Form::Switch,
        _ if schema.allows("array") => Form::List,
        _ if schema.free().is_some() => Form::Pairs,
        _ => Form::Value,
    }
}

/// `optimizer.adam.learning_rate` as `optimizer.adam.learning-rate`.
pub(crate) fn flag(key: &str) -> String {
    key.replace('_', "-")
}

impl Leaf {
    /// Its flag, without the dashes before it.
    pub(crate) fn flag(&self) -> String {
        flag(if self.is_of_chosen() { last_part(&self.key) } else { &self.key })
    }

    /// Whether it stands for the same setting of several variants.
    pub(crate) fn is_of_chosen(&self) -> bool {
        self.key.contains(CHOSEN)
    }

    /// The value that a word stands for.
    pub(crate) fn read(&self, text: &str) -> Result<Value, String> {
        match &self.form {
            Form::Switch => Ok(Value::Bool(true)),
            Form::Word(words) => match words.iter().find(|word| **word == text) {
                Some(word) if self.schema.property(word).is_some() => {
                    Ok(Map::from_iter([((*word).to_owned(), Map::new().into())]).into())
                }
                Some(word) => Ok(Value::from(*word)),
                None => {
                    let problem = Problem::new(format!("expected one of {}", words.join(", ")));
                    let hint = problem.with_nearest(text, words.iter().copied());
                    Err([Some(hint.text), hint.hint].into_iter().flatten().collect::<Vec<_>>().join("; "))
                }
            },
            Form::List if text.is_empty() => Ok(Value::Array(Vec::new())),
            Form::List => {
                let item = self.schema.items().ok_or("expected nothing")?;
                text.split(',').map(|text| read(item, text.trim())).collect()
            }
            Form::Pairs => {
                let (key, text) = text.rsplit_once('=').ok_or("expected KEY=VALUE, e.g. `3=0.1`")?;
                let value = read(self.schema.free().ok_or("expected nothing")?, text)?;
                Ok(Map::from_iter([(key.to_owned(), value)]).into())
            }
            Form::Value => read(self.schema, text),
        }
    }

    /// The words that give this value again.
    pub(crate) fn words(&self, value: &Value) -> Vec<String> {
        let flag = format!("--{}", self.flag());
        let given = |text: String| vec![flag.clone(), text];
        match (&self.form, value) {
            (Form::Switch, Value::Bool(true)) => vec![flag],
            (Form::Switch, _) | (_, Value::Null) => Vec::new(),
            (Form::Word(_), Value::String(word)) => given(word.clone()),
            // A variant with data: its settings have flags of their own, unless all have their defaults.
            (Form::Word(words), Value::Object(variant)) => match variant.iter().next() {
                Some((name, data))
                    if words.contains(&name.as_str()) && data == &Value::Object(Map::new()) =>
                {
                    given(name.clone())
                }
                _ => Vec::new(),
            },
            (Form::Pairs, Value::Object(map)) => {
                map.iter().flat_map(|(key, value)| given(format!("{key}={}", plain(value)))).collect()
            }
            (Form::List, Value::Array(items)) => given(items.iter().map(plain).collect::<Vec<_>>().join(",")),
            (_, value) => given(plain(value)),
        }
    }
}

/// A single value: text where the schema asks for text, else a number in its range.
fn read(schema: Schema, text: &str) -> Result<Value, String> {
    if schema.allows("string") {
        return Ok(Value::from(text));
    }
    let value = if schema.allows("number") {
        let number = text.trim().parse().ok().and_then(Number::from_f64).ok_or("expected a number")?;
        Value::Number(number)
    } else {
        Value::from(text.trim().parse::<u64>().map_err(|_| "expected a whole number from 0 up")?)
    };
    bounds::check(schema, &value).map_err(|invalid| invalid.problem.text)?;
    Ok(value)
}

/// Text as it is, numbers in the shortest form that reads back as the same number.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
