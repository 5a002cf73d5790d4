//! Settings as flags of a command.

use std::io::ErrorKind;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, ValueHint};
use serde_json::{Map, Value};

use crate::bounds::allowed;
use crate::keys::{self, get};
use crate::values::{Form, Leaf, flag, leaves};
use crate::{Checked, Invalid, Place, Problem, Schema, Settings, document, schema_of};

/// The section of settings in a command line: one flag per setting, and `--config FILE`, over which flags
/// win.
#[derive(Clone, Debug)]
pub struct SettingArgs<S> {
    file: Option<PathBuf>,
    given: Vec<(String, Value)>,
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
            .help("YAML file with all of these settings, as a section of a pipeline; flags win over it");
        let flags = leaves(schema_of::<S>()).into_iter().map(argument).chain([file]);
        command.args(flags.map(|argument| argument.help_heading(HEADING)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn argument(leaf: Leaf) -> Arg {
    let argument = Arg::new(leaf.key.clone()).long(flag(&leaf.key)).aliases(&leaf.aliases).help(help(&leaf));
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
            argument.action(ArgAction::Append).value_name(name).value_parser(read)
        }
        Form::Word(_) | Form::Value => {
            let name = if leaf.schema.allows("string") || leaf.schema.is_enum() { "NAME" } else { "N" };
            argument.value_name(name).value_parser(move |text: &str| leaf.read(text))
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
                    let text = format!("`--{}` names `{key}` twice\n", flag(&leaf.key));
                    return Err(clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, text));
                }
            }
            Ok(Value::Object(all))
        }
        (_, next) => Ok(next),
    })
}

impl<S: Settings> SettingArgs<S> {
    /// The settings of file and flags, checked.
    ///
    /// # Errors
    /// [`Invalid`] names the flag, or file, line and key.
    pub fn checked(&self) -> Result<Checked<S>, Invalid> {
        let schema = schema_of::<S>();
        let text = self.file.as_deref().map(read).transpose()?;
        let mut tree = match (&self.file, &text) {
            (Some(file), Some(text)) => document::parse::<S>(file, text)?,
            _ => Value::Object(Map::new()),
        };
        for (key, value) in &self.given {
            keys::set(schema, &mut tree, key, value).expect("flags are made of keys");
        }
        for (key, value) in &self.given {
            if !stands(&tree, key, value) {
                let problem =
                    Problem::new("it is given beside another choice of the same setting, which excludes it");
                return Err(problem.at(of_flag(key)));
            }
        }
        let settings: S = serde_json::from_value(tree).map_err(|error| missing(schema, &error))?;
        Checked::new(settings).map_err(|invalid| {
            invalid.placed(|key| match (&self.file, &text) {
                (Some(file), Some(text)) if self.given(key).is_none() => {
                    let line = document::line_of(text, key);
                    Place { file: Some(file.clone()), line, key: key.to_owned(), ..Place::default() }
                }
                _ => of_flag(key),
            })
        })
    }

    /// Refuses all settings but these, which alone are read here.
    ///
    /// # Errors
    /// [`Invalid`] names the first flag that nothing reads.
    pub fn only(&self, read: &[&str], because: &str) -> Result<(), Invalid> {
        let unread = self.given.iter().map(|(key, _)| key).find(|key| !read.contains(&key.as_str()));
        let unread = unread.map(|key| of_flag(key));
        let file = self.file.clone().map(|file| Place { file: Some(file), ..Place::default() });
        match unread.or(file) {
            Some(place) => Err(Problem::new(format!("nothing reads it: {because}")).at(place)),
            None => Ok(()),
        }
    }

    /// The value of a setting, where it is given by its flag.
    pub fn given(&self, key: &str) -> Option<&Value> {
        self.given.iter().find_map(|(given, value)| (given == key).then_some(value))
    }
}

/// Whether a given value has not been replaced by what was given after it.
fn stands(tree: &Value, key: &str, value: &Value) -> bool {
    match (get(tree, key), value) {
        (Some(Value::Object(now)), Value::Object(given)) => given.keys().all(|key| now.contains_key(key)),
        (now, given) => now == Some(given),
    }
}

fn of_flag(key: &str) -> Place {
    Place { setter: Some(format!("`--{}`", flag(key))), ..Place::default() }
}

/// The text of a file of settings.
fn read(file: &Path) -> Result<String, Invalid> {
    fs_err::read_to_string(file).map_err(|error| {
        let text = match error.kind() {
            ErrorKind::NotFound => "there is no such file".to_owned(),
            ErrorKind::InvalidData => "expected text in UTF-8, found other bytes".to_owned(),
            kind => format!("it cannot be read: {kind}"),
        };
        Problem::new(text).at(Place { file: Some(file.to_path_buf()), ..Place::default() })
    })
}

/// What serde says of a tree whose values all have the right type: a setting is not there.
fn missing(schema: Schema, error: &serde_json::Error) -> Invalid {
    let message = error.to_string();
    let name = message.split('`').nth(1).unwrap_or_default();
    let is_it = |leaf: &Leaf| leaf.required && leaf.key.rsplit('.').next() == Some(name);
    match leaves(schema).into_iter().find(is_it) {
        Some(leaf) => {
            let hint = format!("give `--{}`, or a file that has it with `--config`", flag(&leaf.key));
            Problem { text: "expected a value, found none".to_owned(), hint: Some(hint) }
                .at(of_flag(&leaf.key))
        }
        None => Problem::of_serde(&message, schema, "").of(name),
    }
}

/// The flags that give these settings again.
pub fn command_line<S: Settings>(settings: &S) -> Vec<String> {
    let tree = serde_json::to_value(settings).expect("settings are plain values");
    let words = |leaf: Leaf| get(&tree, &leaf.key).map_or_else(Vec::new, |value| leaf.words(value));
    leaves(schema_of::<S>()).into_iter().flat_map(words).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::example::{Evaluate, Posterior, Train, WeightDecay};

    #[derive(Debug, Parser)]
    struct Arguments {
        #[command(flatten)]
        settings: SettingArgs<Train>,
    }

    fn settings(words: &[&str]) -> Result<Train, String> {
        let arguments = Arguments::try_parse_from(std::iter::once(&"test").chain(words));
        let arguments = arguments.map_err(|error| error.to_string())?;
        arguments.settings.checked().map(Checked::into_inner).map_err(|invalid| invalid.to_string())
    }

    fn given() -> Train {
        Train {
            network: "a b".to_owned(),
            epochs: 7,
            weight_decay: WeightDecay::Validated(vec![1e-4, 1e-7, 0.0]),
            evaluate: Evaluate { draws: 3 },
            keep: [("a=b".to_owned(), 0.5), ("3".to_owned(), 1e-9)].into(),
            write: true,
            posterior: Posterior::McDropout { samples: 9 },
        }
    }

    #[test]
    fn a_command_line_gives_the_same_settings_again() {
        let plain =
            Train { weight_decay: WeightDecay::Fixed(0.25), write: false, keep: [].into(), ..given() };
        let none = Train { weight_decay: WeightDecay::Validated(Vec::new()), ..given() };
        let one = Train { posterior: Posterior::Deterministic, ..given() };
        for train in [given(), plain, none, one] {
            let words = command_line(&train);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            assert_eq!(settings(&words).unwrap(), train, "{words:?}");
        }
        let words = command_line(&given()).join(" ");
        assert!(words.contains("--weight-decay.validated 0.0001,1e-7,0.0 --evaluate.draws 3"), "{words}");
    }

    #[test]
    fn what_is_not_given_has_its_default() {
        let train = settings(&["--network", "n", "--posterior", "mc_dropout"]).unwrap();
        assert_eq!((train.epochs, train.posterior), (50, Posterior::McDropout { samples: 50 }));
        let train = settings(&["--network", "n", "--posterior", "mc_dropout", "--samples", "4"]).unwrap();
        assert_eq!(train.posterior, Posterior::McDropout { samples: 4 });
        let error = settings(&["--epochs", "3"]).unwrap_err();
        assert_eq!(error, "`--network`: expected a value, found none");
    }

    #[test]
    fn values_are_checked_where_they_are_given() {
        for (words, text) in [
            (["--epochs", "0"], "invalid value '0' for '--epochs <N>': expected 1 to 100, found 0"),
            (["--epochs", "0.5"], "expected a whole number from 0 up"),
            (
                ["--posterior", "mc_droput"],
                "expected one of deterministic, mc_dropout, laplace; did you mean `mc_dropout`?",
            ),
            (["--keep", "0.5"], "expected KEY=VALUE"),
            (["--weight-decay.fixed", "nan"], "expected a number"),
            (["--weight-decay.validated", "0.1,-1"], "expected at least 0, found -1"),
        ] {
            let error = settings(&[&["--network", "n"][..], &words].concat()).unwrap_err();
            assert!(error.contains(text), "{words:?}: {error}");
        }
        assert_eq!(
            settings(&["--network", "none"]).unwrap_err(),
            "`--network`: expected a network, found `none`"
        );
        let twice = settings(&["--network", "n", "--keep", "a=1", "--keep", "a=0"]).unwrap_err();
        assert!(twice.contains("`--keep` names `a` twice"), "{twice}");
    }

    #[test]
    fn choices_exclude_each_other() {
        for words in [
            ["--weight-decay.fixed", "1", "--weight-decay-validated", "0.1"],
            ["--posterior", "deterministic", "--posterior.mc-dropout.samples", "3"],
        ] {
            let error = settings(&[&["--network", "n"][..], &words].concat()).unwrap_err();
            assert!(error.ends_with("another choice of the same setting, which excludes it"), "{error}");
        }
    }

    #[test]
    fn help_says_range_default_and_names() {
        let help = <Arguments as clap::CommandFactory>::command().render_help().to_string();
        for text in [
            "Network to fit. [required]",
            "One value. [at least 0] [default: 0.0]",
            "Passes over the points. [1 to 100] [default: 50]",
            "--weight-decay.validated <X,…>",
            "[names: deterministic, mc_dropout, laplace] [default: deterministic]",
            "How many. [default: 50]",
        ] {
            assert!(help.contains(text), "{text} is not in {help}");
        }
    }

    #[test]
    fn a_file_gives_settings_and_flags_win() {
        let file = std::env::temp_dir().join(format!("bal-settings-{}.yaml", std::process::id()));
        fs_err::write(&file, "network: n\nepochs: 3\nkeep: {a: 0.5}\n").unwrap();
        let path = file.to_str().unwrap();
        let train = settings(&["--config", path, "--epochs", "4"]).unwrap();
        assert_eq!((train.epochs, train.keep.len()), (4, 1));
        fs_err::write(&file, "network: n\nepoch: 3\n").unwrap();
        let error = settings(&["--config", path]).unwrap_err();
        assert!(error.contains("line 2, key `epoch`: unknown field `epoch`"), "{error}");
        fs_err::write(&file, "network: n\n\nepochs: 0\n").unwrap();
        assert!(
            settings(&["--config", path])
                .unwrap_err()
                .ends_with("line 3, key `epochs`: expected 1 to 100, found 0")
        );
        fs_err::remove_file(&file).unwrap();
        assert!(settings(&["--config", path]).unwrap_err().ends_with("there is no such file"));
    }
}
