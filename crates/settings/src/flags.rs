//! Settings as flags of a command.

use std::marker::PhantomData;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueHint};
use serde_json::Value;

use crate::bounds::allowed;
use crate::keys::get;
use crate::values::{Form, Leaf, leaves};
use crate::{Settings, schema_of};

/// The section of settings in a command line: one flag per setting, and `--config FILE`, over which flags
/// win.
#[derive(Clone, Debug)]
pub struct SettingArgs<S> {
    pub(crate) file: Option<PathBuf>,
    pub(crate) given: Vec<(String, Value)>,
    settings: PhantomData<S>,
}

const HEADING: &str = "Settings";

impl<S: Settings> Args for SettingArgs<S> {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_hint(ValueHint::FilePath)
            .value_parser(clap::value_parser!(PathBuf))
            .help("YAML file with these settings, as the section of a pipeline has them; flags win over it");
        let flags = leaves(schema_of::<S>()).into_iter().map(argument).chain([file]);
        command.args(flags.map(|argument| argument.help_heading(HEADING)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn argument(leaf: Leaf) -> Arg {
    let argument = Arg::new(leaf.key.clone()).long(leaf.flag()).aliases(&leaf.aliases).help(help(&leaf));
    let argument = argument.hide(leaf.is_of_chosen());
    let mut letters = leaf.key.chars();
    let argument = match (letters.next(), letters.next()) {
        (Some(letter), None) => argument.short(letter),
        _ => argument,
    };
    match leaf.form {
        Form::Switch => argument.action(ArgAction::SetTrue),
        Form::Pairs | Form::List => {
            let name = if leaf.form == Form::List { "X,…" } else { "KEY=X" };
            let read = move |text: &str| leaf.read(text);
            argument
                .action(ArgAction::Append)
                .value_name(name)
                .value_parser(read)
                .allow_negative_numbers(true)
        }
        Form::Word(_) | Form::Value => {
            let name = if leaf.schema.allows("string") || leaf.schema.is_enum() { "NAME" } else { "N" };
            let read = move |text: &str| leaf.read(text);
            argument.value_name(name).value_parser(read).allow_negative_numbers(true)
        }
    }
}

/// The doc comment of the field, then its names, range and default.
fn help(leaf: &Leaf) -> String {
    let Leaf { schema, form, .. } = leaf;
    let names = match form {
        Form::Word(words) => words.join(", "),
        _ => match schema.keyword("examples").and_then(Value::as_array) {
            Some(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            None => schema.words().join(", "),
        },
    };
    let names = Some(names).filter(|names| !names.is_empty()).map(|names| format!("[names: {names}]"));
    let range =
        allowed(schema.items().or(schema.free()).unwrap_or(*schema)).map(|range| format!("[{range}]"));
    let default = match (form, leaf.default) {
        (Form::Word(_), Some(Value::Object(variant))) => variant.keys().next().cloned(),
        (_, default) => default.and_then(|value| leaf.words(value).into_iter().nth(1)),
    };
    let default = default.map(|default| format!("[default: {default}]"));
    let required = leaf.required.then(|| "[required]".to_owned());
    let parts = [Some(leaf.description.clone()), names, range, default, required];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

impl<S: Settings> FromArgMatches for SettingArgs<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let is_given = |leaf: &Leaf| matches.value_source(&leaf.key) == Some(ValueSource::CommandLine);
        let given = leaves(schema_of::<S>()).into_iter().filter(is_given).map(|leaf| {
            let values: Vec<Value> = match leaf.form {
                Form::Switch => vec![Value::Bool(true)],
                _ => matches.get_many::<Value>(&leaf.key).into_iter().flatten().cloned().collect(),
            };
            Ok((together(&leaf, values)?, leaf)).map(|(value, leaf)| (leaf.key, value))
        });
        let given = given.collect::<Result<_, clap::Error>>()?;
        Ok(Self { file: matches.get_one("config").cloned(), given, settings: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The values of a flag that was given several times as one.
fn together(leaf: &Leaf, values: Vec<Value>) -> Result<Value, clap::Error> {
    let mut values = values.into_iter();
    let first = values.next().unwrap_or_default();
    values.try_fold(first, |all, next| match (all, next) {
        (Value::Array(all), Value::Array(next)) => Ok(Value::Array([all, next].concat())),
        (Value::Object(mut all), Value::Object(next)) => {
            for (key, value) in next {
                if all.insert(key.clone(), value).is_some() {
                    let text = format!("`--{}` names `{key}` twice\n", leaf.flag());
                    return Err(clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, text));
                }
            }
            Ok(Value::Object(all))
        }
        (_, next) => Ok(next),
    })
}

/// The flags that give these settings again.
pub fn command_line<S: Settings>(settings: &S) -> Vec<String> {
    let tree = serde_json::to_value(settings).expect("settings are plain values");
    let words = |leaf: Leaf| get(&tree, &leaf.key).map_or_else(Vec::new, |value| leaf.words(value));
    leaves(schema_of::<S>()).into_iter().filter(|leaf| !leaf.is_of_chosen()).flat_map(words).collect()
}
