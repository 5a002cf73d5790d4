//! A pipeline without its folders: text in, runs out.

use std::path::Path;

use bal_settings::to_yaml;

use crate::Error;
use crate::config::{Origin, Overrides, load};
use crate::sweep::{self, Run};

/// What `bal plan` understands of a pipeline file before it looks at any folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The pipeline as `bal run` leaves it for its workers.
    pub yaml: String,
    /// Names of the runs, `<cell>/seed-<s>`, in their order.
    pub runs: Vec<String>,
}

/// Reads and checks the text of a pipeline, all its profiles too. Opens no file; `file` is what errors name.
///
/// # Errors
/// [`Error::Invalid`].
pub fn resolve(file: &Path, text: &str) -> Result<Resolved, Error> {
    let mut origin = Origin::new(file, text);
    let pipeline = load(&mut origin, &Overrides::default())?;
    let runs = sweep::runs(&pipeline, &origin)?;
    Ok(Resolved { yaml: to_yaml(&pipeline), runs: runs.iter().map(Run::name).collect() })
}
