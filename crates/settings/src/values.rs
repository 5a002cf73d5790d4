//! Settings as words of a command line, and back.

use serde_json::{Map, Value};

use crate::bounds;
use crate::{Problem, Schema, parse_value};

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
    /// Other flags for the same: without dots, and its last part where that is clear.
    pub(crate) aliases: Vec<String>,
}

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
    collect(schema, "", None, &mut leaves);
    let keys: Vec<String> = leaves.iter().map(|leaf| leaf.key.clone()).collect();
    for leaf in leaves.iter_mut().filter(|leaf| leaf.key.contains('.')) {
        let end = last_part(&leaf.key);
        let mut alike = keys.iter().filter(|key| last_part(key) == end);
        let is_first = alike.next() == Some(&leaf.key);
        // Of variants of one enum the first has the short flag.
        let is_clear = is_first && alike.all(|key| choice_of(key) == choice_of(&leaf.key));
        leaf.aliases.retain(|_| is_clear);
        leaf.aliases.push(flag(&leaf.key.replace('.', "-")));
    }
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

fn collect(section: Schema, above: &str, defaults: Option<&'static Value>, leaves: &mut Vec<Leaf>) {
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
                form,
            };
            leaves.push(leaf);
        }
        if schema.is_enum() || !schema.properties().is_empty() {
            collect(schema, &key, default, leaves);
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
        let flag = format!("--{}", flag(&self.key));
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
    let value = parse_value(text).map_err(|error| error.to_string())?;
    match &value {
        Value::Number(number) if schema.allows("number") || number.is_u64() => {}
        _ if schema.allows("number") => return Err("expected a number".to_owned()),
        _ => return Err("expected a whole number from 0 up".to_owned()),
    }
    bounds::check(schema, &value).map_err(|invalid| invalid.problem.text)?;
    Ok(value)
}

/// Text as it is, numbers in the shortest form that reads back as the same number.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
