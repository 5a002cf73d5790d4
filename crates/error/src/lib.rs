//! What a binary must know of an error beyond its text: an exit code, and what the user can do about it.
//!
//! A crate without dependencies of weight, so that mathematics, files and networks can have such errors too.

use std::error::Error;

pub mod exit;

/// An error that knows its exit code and a way out.
pub trait Explain: Error {
    /// One of [`exit`].
    fn exit_code(&self) -> u8;

    /// What the user can do about it.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// The candidate most similar to `name`, if any is similar enough to be a likely misspelling.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 2.max(candidate.len() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A way out for a name that is none of `valid`.
pub fn did_you_mean<'a>(name: &str, valid: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(name, valid.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", valid.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_misspellings_only() {
        assert_eq!(nearest("max_entrpy", ["bald", "max_entropy"]), Some("max_entropy"));
        assert_eq!(nearest("something_else", ["bald", "max_entropy"]), None);
    }
}
