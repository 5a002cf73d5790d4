//! A pipeline file, and who set which key: to say where a wrong setting was written.

use std::path::{Path, PathBuf};

use bal_settings::{Place, Problem, line_of, parse};
use serde_json::Value;

use super::Pipeline;
use crate::Error;

/// A file that was read, and what was set on top of it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(super) file: PathBuf,
    pub(super) text: String,
    /// Keys set by a profile or option, in the order in which that was done.
    set: Vec<(String, Setter)>,
}

/// Who set a key other than the file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Setter {
    /// A profile of the file.
    Profile(String),
    /// An option as it was given.
    Option(String),
}

impl Origin {
    /// A text that stands in this file. Some editors put a byte order mark before it, which says nothing in
    /// UTF-8.
    pub(crate) fn new(file: &Path, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        Self { file: file.to_path_buf(), text, set: Vec::new() }
    }

    /// Reads the file.
    pub(crate) fn read(file: &Path) -> Result<Self, Error> {
        match fs_err::read_to_string(file) {
            Ok(text) => Ok(Self::new(file, &text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(bal_artifact::Error::Missing { what: "pipeline", path: file.to_path_buf() }.into())
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                let place = Place { file: Some(file.to_path_buf()), ..Place::default() };
                Err(Error::invalid(place, Problem::new("expected text in UTF-8, found other bytes")))
            }
            Err(source) => {
                Err(bal_artifact::Error::Io { action: "read", path: file.to_path_buf(), source }.into())
            }
        }
    }

    /// The folder of the file.
    pub(crate) fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Remembers who set a key.
    pub(super) fn remember(&mut self, key: &str, setter: &Setter) {
        self.set.push((key.to_owned(), setter.clone()));
    }

    /// The place of a key: where it was set last, or where the file has it.
    pub(crate) fn place(&self, key: &str) -> Place {
        let covers = |set: &str| set == key || is_below(key, set) || is_below(set, key);
        if let Some((_, setter)) = self.set.iter().rev().find(|(set, _)| covers(set)) {
            return self.place_of_setter(key, setter);
        }
        let line = line_of(&self.text, key);
        Place { file: Some(self.file.clone()), line, setter: None, key: key.to_owned() }
    }

    /// The place of a key in a profile or option.
    pub(super) fn place_of_setter(&self, key: &str, setter: &Setter) -> Place {
        let (line, setter) = match setter {
            Setter::Profile(name) => {
                (line_of(&self.text, &format!("profiles.{name}")), format!("profile `{name}`"))
            }
            Setter::Option(option) => (None, format!("`{option}`")),
        };
        Place { file: Some(self.file.clone()), line, setter: Some(setter), key: key.to_owned() }
    }

    /// Names of the profiles.
    pub(crate) fn profiles(&self) -> Result<Vec<String>, Error> {
        let tree = parse::<Pipeline>(&self.file, &self.text)?;
        let profiles = tree.get("profiles").and_then(Value::as_object);
        Ok(profiles.into_iter().flatten().map(|(name, _)| name.clone()).collect())
    }

    /// The first sentence of the comment at the top, which may go over several lines. `make help` shows the
    /// same.
    pub(crate) fn headline(&self) -> String {
        let lines = self.text.lines().map_while(|line| line.strip_prefix('#'));
        let mut sentence = String::new();
        for line in lines.map(str::trim).take_while(|line| !line.is_empty()) {
            if !sentence.is_empty() {
                sentence.push(' ');
            }
            sentence += line;
            if let Some(end) = end_of_sentence(&sentence) {
                sentence.truncate(end);
                break;
            }
        }
        sentence
    }
}

/// Behind the first full stop that a capital letter or nothing follows: `et al. 2017` goes on.
fn end_of_sentence(text: &str) -> Option<usize> {
    let ends = |at: &usize| {
        let rest = &text[at + 1..];
        rest.is_empty()
            || rest.strip_prefix(' ').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    text.match_indices('.').map(|(at, _)| at).find(ends).map(|at| at + 1)
}

/// Whether `key` is a part of what is set at `section`.
fn is_below(key: &str, section: &str) -> bool {
    key.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'))
}
