//! What is wrong with a setting, in words that need no Rust.

use super::keys::{self, UnknownKey};

/// What was expected and found, and what may help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) text: String,
    pub(crate) hint: Option<String>,
}

impl Problem {
    /// A problem without a hint.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), hint: None }
    }

    /// With the candidate that `name` is probably a misspelling of.
    pub(crate) fn with_nearest<'a>(
        mut self,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        self.hint = bal_cli::nearest(name, candidates).map(|near| format!("did you mean `{near}`?"));
        self
    }

    /// serde's complaint about the value of `key`.
    pub(super) fn of_serde(message: &str, key: &str) -> Self {
        let names = names(message);
        if let (Some(wrong), true) =
            (names.first(), is_unknown_field(message) || message.starts_with("unknown variant"))
        {
            return Self::new(message).with_nearest(wrong, names.iter().skip(1).map(String::as_str));
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
                    keys::choices(key).iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                )
            }
            other => other.to_owned(),
        };
        Self::new(format!("{found}, expected {expected}"))
    }

    /// A dotted key that does not exist.
    pub(super) fn of_key(unknown: &UnknownKey) -> Self {
        let UnknownKey { section, name, valid } = unknown;
        let place = if section.is_empty() { "a pipeline".to_owned() } else { format!("`{section}`") };
        if valid.is_empty() {
            return Self::new(format!("{place} has no keys, so `{name}` cannot be set"));
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

/// The field below the place of an error that the error is about: one that serde does not know or that stands twice.
pub(super) fn field(message: &str) -> Option<String> {
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

    #[test]
    fn hints_come_from_the_list_of_what_was_expected() {
        let problem =
            Problem::of_serde("unknown field `epoch`, expected one of `epochs`, `network`", "train");
        assert_eq!(problem.hint.unwrap(), "did you mean `epochs`?");
        let problem = Problem::of_serde("invalid type: string \"many\", expected usize", "train.epochs");
        assert_eq!(problem, Problem::new("invalid type: string \"many\", expected a whole number from 0 up"));
    }

    #[test]
    fn types_become_what_can_be_written() {
        let message = "invalid type: floating point `0.1`, expected enum WeightDecay";
        let problem = Problem::of_serde(message, "train.weight_decay");
        assert_eq!(
            problem.text,
            "invalid type: floating point `0.1`, expected one of `fixed`, `per_round`, `validated`"
        );
    }
}
