//! Words of a command line, for whoever writes one down.

use std::fmt::Display;
use std::path::Path;

/// Flags with their values, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct Words(Vec<String>);

impl Words {
    fn value(mut self, flag: &str, value: &dyn Display) -> Self {
        self.0.extend([format!("--{flag}"), value.to_string()]);
        self
    }

    /// A flag with a path.
    #[must_use]
    pub fn path(self, flag: &str, path: &Path) -> Self {
        self.value(flag, &path.display())
    }

    /// A flag with a path, if there is one.
    #[must_use]
    pub fn maybe(self, flag: &str, path: Option<&Path>) -> Self {
        match path {
            Some(path) => self.path(flag, path),
            None => self,
        }
    }

    /// Where and when a stage of a run takes place; the split of a run has no round.
    #[must_use]
    pub fn place(self, seed: u64, round: Option<u64>, out: &Path, root: &Path) -> Self {
        let words = self.value("seed", &seed);
        let words = round.into_iter().fold(words, |words, round| words.value("round", &round));
        words.path("out", out).path("root", root)
    }

    /// All of them.
    pub fn into_vec(self) -> Vec<String> {
        self.0
    }
}
