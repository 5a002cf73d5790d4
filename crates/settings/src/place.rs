//! Where a setting was written.

use std::fmt;
use std::path::PathBuf;

/// Where a setting was written: as far as known, file, line, profile or option, and key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file; none for settings that came by flags.
    pub file: Option<PathBuf>,
    /// Line in the file, from 1.
    pub line: Option<usize>,
    /// The option or profile that set it, e.g. "`--set rounds=0`".
    pub setter: Option<String>,
    /// Dotted key; empty for the file as a whole.
    pub key: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.iter().map(|file| format!("`{}`", file.display()));
        let line = self.line.iter().map(|line| format!("line {line}"));
        let key = Some(&self.key).filter(|key| !key.is_empty()).map(|key| format!("key `{key}`"));
        let parts: Vec<String> = file.chain(line).chain(self.setter.clone()).chain(key).collect();
        f.write_str(&parts.join(", "))
    }
}
