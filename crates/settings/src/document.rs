//! The YAML text of settings: parsing with places, finding keys, writing.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_yaml::with::singleton_map_recursive;

use crate::problem::{Invalid, Problem, field};
use crate::{Place, schema_of, tree};

/// The text of a file as a tree, once it is known to be a `T`.
///
/// # Errors
/// [`Invalid`] with file, line and key.
pub fn parse<T: DeserializeOwned + JsonSchema + 'static>(file: &Path, text: &str) -> Result<Value, Invalid> {
    let tree = tree::parse(text).map_err(|error| explain::<T>(file, text, &error))?;
    let document = serde_yaml::Deserializer::from_str(text);
    let typed: Result<T, serde_yaml::Error> = singleton_map_recursive::deserialize(document);
    typed.map_err(|error| explain::<T>(file, text, &error))?;
    Ok(tree)
}

/// As [`parse`], of a text that may lack settings.
pub(crate) fn parse_part<T: DeserializeOwned + JsonSchema + 'static>(
    file: &Path,
    text: &str,
) -> Result<Value, Invalid> {
    match parse::<T>(file, text) {
        Err(invalid) if invalid.problem.text.starts_with("missing field") => match tree::parse(text) {
            Ok(tree @ Value::Object(_)) => Ok(tree),
            _ => Err(invalid),
        },
        parsed => parsed,
    }
}

/// `train.epochs: invalid type: … at line 2 column 17`, taken apart.
fn explain<T: JsonSchema + 'static>(file: &Path, text: &str, error: &serde_yaml::Error) -> Invalid {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    // The path comes before the problem, and unlike the problem's own first words it has no space in it.
    let (section, message) = match message.split_once(": ") {
        Some((path, message)) if !path.contains(' ') => (path, message),
        _ => ("", message),
    };
    let field = field(message).unwrap_or_default();
    let key = [section, &field].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
    // At the top level the error points to the beginning of the file.
    let line = if section.is_empty() { line_of(text, &key) } else { None };
    let line = line.or_else(|| error.location().map(|location| location.line()));
    let problem = Problem::of_serde(message, schema_of::<T>(), &key);
    problem.at(Place { file: Some(file.to_path_buf()), line, setter: None, key })
}

/// The line on which a dotted key is written, as far as a text search can tell (block and flow style).
pub fn line_of(text: &str, key: &str) -> Option<usize> {
    let parts: Vec<&str> = key.split('.').collect();
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| position_of(line, parts[0], true).is_some())?;
    let end = lines[first + 1..]
        .iter()
        .position(|line| line.starts_with(|c: char| !c.is_whitespace() && c != '#' && c != '}' && c != '-'))
        .map_or(lines.len(), |offset| first + 1 + offset);
    let (mut row, mut column) = (first, parts[0].len());
    for index in 1..parts.len() {
        // Below `sweep` and in profiles, the rest of the key is one key.
        let rest = parts[index..].join(".");
        let find = |name: &str| {
            (row..end).find_map(|next| {
                let from = if next == row { column } else { 0 };
                let at = position_of(lines[next].get(from..)?, name, false)?;
                Some((next, from + at + name.len()))
            })
        };
        let Some(found) = find(&rest).or_else(|| find(parts[index])) else { break };
        (row, column) = found;
    }
    Some(row + 1)
}

/// Where `name:` stands in a line as a whole word; at its very beginning if `top`.
fn position_of(line: &str, name: &str, top: bool) -> Option<usize> {
    line.match_indices(name).map(|(at, _)| at).find(|&at| {
        let before = line[..at].chars().next_back();
        let after = &line[at + name.len()..];
        let starts = if top { at == 0 } else { before.is_none_or(|c| !c.is_alphanumeric() && c != '_') };
        starts && after.trim_start_matches(['"', '\'']).trim_start().starts_with(':')
    })
}

/// Settings as YAML, keys in declaration order.
pub fn to_yaml(settings: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_yaml::Serializer::new(&mut bytes);
    singleton_map_recursive::serialize(settings, &mut serializer).expect("settings are plain values");
    drop(serializer);
    String::from_utf8(bytes).expect("YAML is UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# rounds: not here\nname: x\ntrain: {epochs: 5,\n  optimizer: {adam: {learning_rate: 1}}}\nscore:\n  \
                        samples: 3\nrounds: 2\nsweep:\n  score.samples: [1]\n";

    #[test]
    fn finds_the_line_of_a_key() {
        for (key, line) in [
            ("name", Some(2)),
            ("train.epochs", Some(3)),
            ("train.optimizer.adam.learning_rate", Some(4)),
            ("score.samples", Some(6)),
            ("rounds", Some(7)),
            ("sweep.score.samples", Some(9)),
            ("keep", None),
        ] {
            assert_eq!(line_of(TEXT, key), line, "{key}");
        }
    }

    #[test]
    fn a_key_that_is_not_there_is_placed_at_its_section() {
        assert_eq!(line_of(TEXT, "score.acquisition"), Some(5));
    }
}
