//! What there is of a data set already, and the right to make the rest.

use std::path::Path;

use bal_artifact::{FileRecord, Lock, Manifest, digest, to_json};

use super::catalogue::Digests;
use super::{Config, STAGE, digests_of, turn};
use crate::Error;

/// Whether `out` holds the data set; without `digests` there are no raw files to compare with.
pub(super) fn is_up_to_date(config: &Config, digests: Option<&Digests>, out: &Path) -> bool {
    let current = matches!(holds(config, digests, out), Ok(true));
    if current {
        tracing::info!("`{}` in `{}` is up to date", config.dataset, out.display());
    }
    current
}

/// As [`is_up_to_date`], for whoever is about to make it: what is damaged is named.
pub(super) fn is_current(config: &Config, digests: Option<&Digests>, out: &Path) -> bool {
    if let Err(damage) = holds(config, digests, out) {
        tracing::warn!("{damage}: data set `{}` is made again", config.dataset);
    }
    is_up_to_date(config, digests, out)
}

/// The lock under which `out` is to be made; `None` if it lies there, or once another process has made it.
pub(super) fn take_turn(
    config: &Config,
    digests: Option<&Digests>,
    out: &Path,
) -> Result<Option<Lock>, Error> {
    if is_up_to_date(config, digests, out) {
        return Ok(None);
    }
    let turn = turn::wait("data set", out)?;
    // Another process may have made it in the meantime.
    Ok((!is_current(config, digests, out)).then_some(turn))
}

/// Whether `out` has what [`run`](super::run) would write: same configuration and version, raw files of the
/// same digests. An error says which of its files is damaged.
fn holds(config: &Config, digests: Option<&Digests>, out: &Path) -> Result<bool, bal_artifact::Error> {
    let Ok(Some(manifest)) = Manifest::find(out, "dataset") else { return Ok(false) };
    let same = manifest.stage_version == STAGE.version
        && manifest.config == to_json(config)
        && digests.is_none_or(|digests| digests_of(&manifest.inputs) == *digests);
    if same {
        manifest.outputs.values().try_for_each(|record| check(out, record))?;
    }
    Ok(same)
}

/// Refuses a file of the data set that is not as its manifest says.
fn check(out: &Path, record: &FileRecord) -> Result<(), bal_artifact::Error> {
    let path = out.join(&record.path);
    match digest::sha256_cached(&path) {
        Ok(sha256) if sha256 == record.sha256 => Ok(()),
        Ok(sha256) => {
            let expected = format!("sha256 {}, as its manifest says", record.sha256);
            Err(bal_artifact::Error::corrupt(path, expected, sha256))
        }
        Err(_) => Err(bal_artifact::Error::Missing { what: "file of the data set", path }),
    }
}
