//! What there is of a data set already, and the right to make the rest.

use std::collections::BTreeMap;
use std::path::Path;

use bal_artifact::{FileRecord, Lock, Manifest, digest, to_json};

use super::{Config, STAGE, digests_of, turn};
use crate::Error;

/// Whether `out` holds the data set; without `digests` there are no raw files to compare with.
pub(super) fn is_up_to_date(config: &Config, digests: Option<&BTreeMap<String, String>>, out: &Path) -> bool {
    let current = matches!(State::of(config, digests, out), State::Current);
    if current {
        tracing::info!("`{}` in `{}` is up to date", config.dataset, out.display());
    }
    current
}

/// As [`is_up_to_date`], for whoever is about to make it: what is damaged is named.
pub(super) fn is_current(config: &Config, digests: Option<&BTreeMap<String, String>>, out: &Path) -> bool {
    if let State::Damaged(damage) = State::of(config, digests, out) {
        tracing::warn!("{damage}: data set `{}` is made again", config.dataset);
    }
    is_up_to_date(config, digests, out)
}

/// The lock under which `out` is to be made; `None` if it lies there already, or once another process has made it.
pub(super) fn take_turn(
    config: &Config,
    digests: Option<&BTreeMap<String, String>>,
    out: &Path,
) -> Result<Option<Lock>, Error> {
    if is_up_to_date(config, digests, out) {
        return Ok(None);
    }
    let turn = turn::wait("data set", out)?;
    // Another process may have made it in the meantime.
    Ok((!is_current(config, digests, out)).then_some(turn))
}

/// What there is of the data set that [`run`] would write.
enum State {
    /// All of it: same configuration and version, raw files of the same digests, intact outputs.
    Current,
    /// A file is not as its manifest says.
    Damaged(bal_artifact::Error),
    /// Nothing, or something else.
    Other,
}

impl State {
    fn of(config: &Config, digests: Option<&BTreeMap<String, String>>, out: &Path) -> Self {
        let Ok(Some(manifest)) = Manifest::find(out, "dataset") else { return Self::Other };
        let same = manifest.stage_version == STAGE.version
            && manifest.config == to_json(config)
            && digests.is_none_or(|digests| digests_of(&manifest.inputs) == *digests);
        if !same {
            return Self::Other;
        }
        manifest.outputs.values().find_map(|record| damage(out, record)).map_or(Self::Current, Self::Damaged)
    }
}

/// How a file of the data set differs from what its manifest says.
fn damage(out: &Path, record: &FileRecord) -> Option<bal_artifact::Error> {
    let path = out.join(&record.path);
    match digest::sha256_cached(&path) {
        Ok(sha256) if sha256 == record.sha256 => None,
        Ok(sha256) => {
            let expected = format!("sha256 {}, as its manifest says", record.sha256);
            Some(bal_artifact::Error::Corrupt { path, expected, found: sha256 })
        }
        Err(_) => Some(bal_artifact::Error::Missing { what: "file of the data set", path }),
    }
}
