//! What a command line and its file of settings give.

use std::io::ErrorKind;
use std::path::Path;

use serde_json::{Map, Value};

use crate::keys::{self, get};
use crate::values::{CHOSEN, Leaf, leaves};
use crate::{Checked, Invalid, Place, Problem, Schema, SettingArgs, Settings, document, schema_of};

impl<S: Settings> SettingArgs<S> {
    /// The settings of file and flags, checked.
    ///
    /// # Errors
    /// [`Invalid`] names the flag, or file, line and key.
    pub fn checked(&self) -> Result<Checked<S>, Invalid> {
        let tree = self.tree()?;
        let settings: S = serde_json::from_value(tree).map_err(|error| missing::<S>(&error))?;
        Checked::new(settings).map_err(|invalid| self.blame(invalid))
    }

    /// The settings of file and flags, of which these alone are read.
    ///
    /// # Errors
    /// [`Invalid`] names the first one that nothing reads.
    pub fn only(&self, read: &[&str], because: &str) -> Result<Value, Invalid> {
        let tree = self.tree()?;
        let unread = tree.as_object().into_iter().flatten().map(|(key, _)| key);
        match unread.into_iter().find(|key| !read.contains(&key.as_str())) {
            Some(key) => Err(self.blame(Problem::new(format!("nothing reads it: {because}")).of(key))),
            None => Ok(tree),
        }
    }

    /// The same with the flag or the place in the file that gave the setting.
    pub fn blame(&self, invalid: Invalid) -> Invalid {
        let is_below = |given: &str, key: &str| given == key || given.starts_with(&format!("{key}."));
        invalid.placed(|key| match (&self.file, self.given.iter().find(|(given, _)| is_below(given, key))) {
            (_, Some((given, _))) => of_flag::<S>(given),
            (Some(file), None) => {
                let text = read(file).unwrap_or_default();
                let (line, key) = (document::line_of(&text, key), key.to_owned());
                Place { file: Some(file.clone()), line, key, ..Place::default() }
            }
            (None, None) => of_flag::<S>(key),
        })
    }

    /// What file and flags give, not checked yet.
    fn tree(&self) -> Result<Value, Invalid> {
        let schema = schema_of::<S>();
        let mut tree = match &self.file {
            Some(file) => document::parse_part::<S>(file, &read(file)?).map_err(with_hint::<S>)?,
            None => Value::Object(Map::new()),
        };
        let (of_chosen, plain): (Vec<_>, Vec<_>) =
            self.given.iter().partition(|(key, _)| key.contains(CHOSEN));
        let mut set = Vec::new();
        for (given, value) in plain.into_iter().chain(of_chosen) {
            let key = of_choice(schema, &tree, given);
            if !keys::is_there(&tree, &key, value) {
                keys::set(schema, &mut tree, &key, value).map_err(|_| {
                    let text = format!("nothing reads it: another `{}` is chosen", section(&key));
                    Problem::new(text).at(of_flag::<S>(given))
                })?;
            }
            set.push((given, key, value));
        }
        // What was set later may have taken back what was set before: another variant of an enum.
        let Some((given, key, _)) = set.iter().find(|(_, key, value)| !keys::is_there(&tree, key, value))
        else {
            return Ok(tree);
        };
        let other = set.iter().rev().find(|(other, at, _)| other != given && section(at) == section(key));
        let other = other.map_or_else(String::new, |(other, ..)| of_flag::<S>(other).to_string());
        let text = format!("it is given beside {other}, another choice of `{}`", section(key));
        Err(Problem::new(text).at(of_flag::<S>(given)))
    }
}

/// `optimizer` of `optimizer.adam.learning_rate`.
fn section(key: &str) -> &str {
    key.split('.').next().unwrap_or_default()
}

/// The key with the variant that is chosen in the tree, or by default, or else the first that has such a
/// setting.
fn of_choice(schema: Schema, tree: &Value, key: &str) -> String {
    let Some((choice, end)) = key.split_once(&format!(".{CHOSEN}.")) else { return key.to_owned() };
    let Some(section) = choice.split('.').try_fold(schema, Schema::property) else { return key.to_owned() };
    let variant = match get(tree, choice).or(section.json().get("default")) {
        Some(Value::String(word)) => Some(word.clone()),
        Some(Value::Object(variant)) => variant.keys().next().cloned(),
        _ => None,
    };
    let first = || section.properties().into_iter().find(|(_, data)| data.property(end).is_some());
    let variant = variant.or_else(|| first().map(|(name, _)| name.to_owned())).unwrap_or_default();
    format!("{choice}.{variant}.{end}")
}

/// The flag of a setting, or those of what is below it.
fn of_flag<S: Settings>(key: &str) -> Place {
    let is_it =
        |leaf: &Leaf| leaf.key == key || (!leaf.is_of_chosen() && leaf.key.starts_with(&format!("{key}.")));
    let mut leaves = leaves(schema_of::<S>());
    if leaves.iter().any(|leaf| leaf.key == key) {
        leaves.retain(|leaf| leaf.key == key);
    }
    let flags: Vec<String> =
        leaves.iter().filter(|leaf| is_it(leaf)).map(|leaf| format!("`--{}`", leaf.flag())).collect();
    Place { setter: Some(flags.join(", ")), ..Place::default() }
}

/// The same with a hint, if the key is one that stands elsewhere.
fn with_hint<S: Settings>(invalid: Invalid) -> Invalid {
    match S::ELSEWHERE.iter().find(|(key, _)| *key == invalid.key()) {
        Some((_, hint)) => invalid.with_hint(*hint),
        None => invalid,
    }
}

/// The text of a file of settings.
fn read(file: &Path) -> Result<String, Invalid> {
    fs_err::read_to_string(file).map_err(|error| {
        let no_file = error.kind() == ErrorKind::NotFound;
        let text = match error.kind() {
            ErrorKind::NotFound => "there is no such file".to_owned(),
            ErrorKind::InvalidData => "expected text in UTF-8, found other bytes".to_owned(),
            kind => format!("it cannot be read: {kind}"),
        };
        let place = Place { file: Some(file.to_path_buf()), ..Place::default() };
        Invalid { no_file, ..Problem::new(text).at(place) }
    })
}

/// What serde says of a tree whose values all have the right type: a setting is not there.
fn missing<S: Settings>(error: &serde_json::Error) -> Invalid {
    let schema = schema_of::<S>();
    let message = error.to_string();
    let name = message.split('`').nth(1).unwrap_or_default();
    let is_it = |leaf: &Leaf| leaf.required && leaf.key.rsplit('.').next() == Some(name);
    match leaves(schema).into_iter().find(is_it) {
        Some(leaf) => {
            let hint = format!("give `--{}`, or a file that has it with `--config`", leaf.flag());
            Problem { text: "expected a value, found none".to_owned(), hint: Some(hint) }
                .at(of_flag::<S>(&leaf.key))
        }
        None => Problem::of_serde(&message, schema, "").of(name),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::command_line;
    use crate::example::{Evaluate, Posterior, Train, WeightDecay};

    #[derive(Debug, Parser)]
    struct Arguments {
        #[command(flatten)]
        settings: SettingArgs<Train>,
    }

    fn settings(words: &[&str]) -> Result<Train, String> {
        let arguments = Arguments::try_parse_from(std::iter::once(&"test").chain(words));
        let arguments = arguments.map_err(|error| error.to_string())?;
        arguments.settings.checked().map(|train| Train::clone(&train)).map_err(|invalid| invalid.to_string())
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
            assert!(error.contains(": it is given beside `--"), "{error}");
        }
        let error =
            settings(&["--network", "n", "--posterior", "deterministic", "--samples", "3"]).unwrap_err();
        assert_eq!(error, "`--samples`: nothing reads it: another `posterior` is chosen");
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
        fs_err::write(&file, "epochs: 3\nposterior: {laplace: {samples: 9}}\n").unwrap();
        let train = settings(&["--config", path, "--network", "n", "--samples", "4"]).unwrap();
        assert_eq!(train.posterior, Posterior::Laplace { samples: 4 }, "of the chosen variant");
        let train = settings(&["--config", path, "--network", "n", "--posterior", "laplace"]).unwrap();
        assert_eq!(train.posterior, Posterior::Laplace { samples: 9 }, "that is chosen already");
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
