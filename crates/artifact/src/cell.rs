//! Names of cells: the folders of an experiment that hold the runs of one combination of swept values.

use serde_json::Value;

/// The name of the cell with these values by dotted key: `bald`, `bald_batch-20`.
///
/// A plain name stands for itself, any other value comes after the last part of its key.
pub fn cell_name<'a>(values: impl IntoIterator<Item = (&'a str, &'a Value)>) -> String {
    let part = |(key, value): (&str, &Value)| match value {
        Value::String(name) => tidy(name),
        value => format!("{}-{}", key.rsplit('.').next().unwrap_or_default(), tidy(&value.to_string())),
    };
    let parts: Vec<String> = values.into_iter().map(part).collect();
    if parts.is_empty() { "default".to_owned() } else { parts.join("_") }
}

/// `text` as part of a folder's name: runs of anything unusual become one `-`.
fn tidy(text: &str) -> String {
    let usual = |c: char| c.is_ascii_alphanumeric() || "._+".contains(c);
    let words: Vec<&str> = text.split(|c| !usual(c)).filter(|word| !word.is_empty()).collect();
    words.join("-").trim_start_matches('.').to_owned()
}
