//! What is wrong with a setting, in words that need no Rust.

use bal_error::{Explain, exit, nearest};

use crate::keys::{self, UnknownKey};
use crate::{Place, Schema};

/// A setting that cannot be used: where it was written, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {}", problem.text)]
pub struct Invalid {
    /// File, line, option and key. Boxed, because errors should be small.
    pub place: Box<Place>,
    /// What was expected and found.
    pub problem: Problem,
    /// Whether it is the file of settings that is not there, and not a setting.
    pub no_file: bool,
}

impl Invalid {
    /// A value of a key.
    pub fn new(key: &str, expected: &str, found: &str) -> Self {
        Problem::new(format!("expected {expected}, found {found}")).of(key)
    }

    /// With a way out.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.problem.hint = Some(hint.into());
        self
    }

    /// The dotted key.
    pub fn key(&self) -> &str {
        &self.place.key
    }

    /// The same at the place where a key was written.
    #[must_use]
    pub fn placed(self, place: impl FnOnce(&str) -> Place) -> Self {
        let place = place(&self.place.key);
        Self { no_file: self.no_file, ..self.problem.at(place) }
    }

    /// The same in a section of something larger.
    #[must_use]
    pub fn within(mut self, section: &str) -> Self {
        self.place.key = format!("{section}.{}", self.place.key);
        self
    }
}

impl Explain for Invalid {
    fn exit_code(&self) -> u8 {
        if self.no_file { exit::INPUT } else { exit::CONFIG }
    }

    fn hint(&self) -> Option<String> {
        self.problem.hint.clone()
    }
}

/// What was expected and found, and what may help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem without a hint.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), hint: None }
    }

    /// With the candidate that `name` is probably a misspelling of.
    #[must_use]
    pub fn with_nearest<'a>(mut self, name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        self.hint = nearest(name, candidates).map(|near| format!("did you mean `{near}`?"));
        self
    }

    /// An error of another crate, with its hint.
    pub fn of_error(error: &(impl Explain + ?Sized)) -> Self {
        Self { text: error.to_string(), hint: error.hint() }
    }

    /// The problem of this key.
    pub fn of(self, key: &str) -> Invalid {
        self.at(Place { key: key.to_owned(), ..Place::default() })
    }

    /// The problem of this place.
    pub fn at(self, place: Place) -> Invalid {
        Invalid { place: Box::new(place), problem: self, no_file: false }
    }

    /// serde's complaint about the value of `key`.
    pub fn of_serde(message: &str, schema: Schema, key: &str) -> Self {
        let names = names(message);
        if let (Some(wrong), true) =
            (names.first(), is_unknown_field(message) || message.starts_with("unknown variant"))
        {
            return Self::new(message).with_nearest(wrong, names.iter().skip(1).map(String::as_str));
        }
        if message.starts_with("invalid type: unit variant") {
            let first = keys::variants(schema, key).into_iter().next().unwrap_or_default();
            let hint = Some(format!(
                "write it with its settings, or with `{{}}` for their defaults: `{{{first}: {{}}}}`"
            ));
            return Self {
                text: "expected a variant with its settings, found its name alone".to_owned(),
                hint,
            };
        }
        let Some((found, expected)) = message.rsplit_once(", expected ") else { return Self::new(message) };
        let expected = match expected {
            "usize" | "u64" => "a whole number from 0 up".to_owned(),
            "f64" => "a number".to_owned(),
            "a sequence" => "a list".to_owned(),
            // The name of a type says nothing to a user, but what it can be does.
            other if other.starts_with("enum ") || other.starts_with("struct ") => {
                format!(
                    "one of {}",
                    keys::choices(schema, key)
                        .iter()
                        .map(|name| format!("`{name}`"))
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            }
            other => other.to_owned(),
        };
        Self::new(format!("{found}, expected {expected}"))
    }

    /// A dotted key that does not exist.
    pub fn of_key(unknown: &UnknownKey) -> Self {
        let UnknownKey { section, name, valid } = unknown;
        let place = if section.is_empty() { "a pipeline".to_owned() } else { format!("`{section}`") };
        if valid.is_empty() {
            let hint = (!section.is_empty()).then(|| format!("set {place} as a whole"));
            return Self { text: format!("{place} has no keys, so `{name}` cannot be set"), hint };
        }
        let dotted: Vec<String> = valid
            .iter()
            .map(|near| if section.is_empty() { near.clone() } else { format!("{section}.{near}") })
            .collect();
        let full = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        let text = format!("unknown key `{name}`; {place} has {}", valid.join(", "));
        Self::new(text).with_nearest(&full, dotted.iter().map(String::as_str))
    }
}

/// The field below the place of an error that the error is about: one that serde does not know or that
/// stands twice.
pub(crate) fn field(message: &str) -> Option<String> {
    let named = is_unknown_field(message) || message.starts_with("duplicate key ");
    named.then(|| names(message).into_iter().next()).flatten()
}

fn is_unknown_field(message: &str) -> bool {
    message.starts_with("unknown field")
}

/// The names between back-ticks.
fn names(message: &str) -> Vec<String> {
    message.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{example::Pipeline, schema_of};

    fn of_serde(message: &str, key: &str) -> Problem {
        Problem::of_serde(message, schema_of::<Pipeline>(), key)
    }

    #[test]
    fn hints_come_from_the_list_of_what_was_expected() {
        let problem = of_serde("unknown field `epoch`, expected one of `epochs`, `network`", "train");
        assert_eq!(problem.hint.unwrap(), "did you mean `epochs`?");
        let problem = of_serde("invalid type: string \"many\", expected usize", "train.epochs");
        assert_eq!(problem, Problem::new("invalid type: string \"many\", expected a whole number from 0 up"));
    }

    #[test]
    fn types_become_what_can_be_written() {
        let message = "invalid type: floating point `0.1`, expected enum WeightDecay";
        let problem = of_serde(message, "train.weight_decay");
        assert_eq!(problem.text, "invalid type: floating point `0.1`, expected one of `fixed`, `validated`");
    }
}
