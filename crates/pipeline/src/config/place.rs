//! Where a wrong setting was written.

use std::fmt;
use std::path::PathBuf;

/// Where a setting was written: a file, and as far as known, line, profile, option and key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The pipeline.
    pub file: PathBuf,
    /// Line in the file, from 1.
    pub line: Option<usize>,
    /// The option or profile that set it, e.g. "`--set rounds=0`".
    pub setter: Option<String>,
    /// Dotted key; empty for the file as a whole.
    pub key: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(setter) = &self.setter {
            write!(f, ", {setter}")?;
        }
        if !self.key.is_empty() {
            write!(f, ", key `{}`", self.key)?;
        }
        Ok(())
    }
}
