//! The raw files of a data set: the order in which sources are tried, and what is kept of the attempts.

mod download;
mod folder;
mod members;
mod package;
mod raw;
mod source;
mod zip;

use std::path::{Path, PathBuf};

use bal_artifact::Lock;

use super::catalogue::{RawFile, Spec};
use super::turn;
use crate::Error;
pub(crate) use raw::{Raw, Trouble};
use source::Source;

/// Names a folder or URL that automatic search tries after the download cache.
const SOURCE_VARIABLE: &str = "BAL_DATA_SOURCE";

/// What to do about a file that cannot be read.
const DAMAGED: &str = "fetch that file again, whole";

/// The raw files, decompressed and checked; none of a data set that is generated.
///
/// A source that the user names is tried alone; otherwise every known place until one has the right bytes.
pub(super) fn fetch(spec: &Spec, named: Option<&str>) -> Result<Vec<Raw>, Error> {
    if spec.files.is_empty() {
        return Ok(Vec::new());
    }
    let cache = cache_folder(spec);
    let sources = match named {
        Some(place) => vec![Source::of_place(place)],
        None => automatic(spec, cache.as_deref()),
    };
    if let [only] = sources.as_slice() {
        let files = look(spec, only, cache.as_deref());
        return files.map_err(|trouble| refusal(spec, only, named.is_some(), trouble));
    }
    let mut attempts = Vec::new();
    let mut turn = None;
    for source in sources {
        if let (true, None, Some(cache)) = (source.is_remote(), &turn, &cache) {
            turn = Some(wait_to_download(cache)?);
            // Another process may have been faster.
            if let Ok(files) = Source::Cache(cache.clone()).read(spec) {
                return Ok(files);
            }
        }
        match look(spec, &source, cache.as_deref()) {
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
    let files = spec.files.len();
    if attempts.is_empty() {
        return Err(Error::NoSource { name: spec.name });
    }
    Err(Error::Fetch { name: spec.name, files, attempts })
}

/// Where the files of a data set that is not generated would be taken from, as far as can be told without
/// asking anybody: the first place that is worth a try.
pub(super) fn first_place(spec: &Spec) -> Option<String> {
    let sources = automatic(spec, cache_folder(spec).as_deref());
    sources.iter().find(|source| source.may_have(spec)).map(ToString::to_string)
}

/// The files of one source; those of a remote one are kept.
fn look(spec: &Spec, source: &Source, cache: Option<&Path>) -> Result<Vec<Raw>, Trouble> {
    tracing::info!("looking for `{}` in {source}", spec.name);
    let files = source.read(spec)?;
    if source.is_remote() {
        keep(spec, &files, cache);
    }
    Ok(files)
}

/// Why the only source there is was of no use; `named` for this very call.
fn refusal(spec: &Spec, source: &Source, named: bool, trouble: Trouble) -> Error {
    let (name, files) = (spec.name, spec.files.len());
    match (trouble, source.is_remote()) {
        (Trouble::Interrupted(interrupted), _) => interrupted.into(),
        (Trouble::Checksum { file, expected, got }, _) | (Trouble::Corrupt { file, expected, got }, true) => {
            Error::Checksum { name, file, expected, got }
        }
        (Trouble::Corrupt { file, expected, got }, false) => {
            Error::Unusable { file, expected, found: got, hint: DAMAGED }
        }
        (Trouble::Unavailable(reason), true) => {
            Error::Fetch { name, files, attempts: vec![format!("{source}: {reason}")] }
        }
        (Trouble::Unavailable(reason), false) => {
            Error::Source { name, folder: spec.folders[0], files, place: source.to_string(), reason, named }
        }
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

fn automatic(spec: &Spec, cache: Option<&Path>) -> Vec<Source> {
    // What was never downloaded is in no cache.
    let cache = cache.filter(|_| !spec.places.is_empty());
    let cache = cache.map(|folder| Source::Cache(folder.to_path_buf()));
    let environment = std::env::var(SOURCE_VARIABLE).ok().filter(|place| !place.is_empty());
    let environment = environment.map(|place| Source::of_place(&place));
    let places = spec.places.iter().map(|&place| Source::Known(place));
    cache.into_iter().chain(environment).chain(places).collect()
}

/// `${XDG_CACHE_HOME:-~/.cache}/bal/downloads/<family>`; `None` for files without known digests, which
/// nothing could tell from stale ones, and for a user without a home.
fn cache_folder(spec: &Spec) -> Option<PathBuf> {
    spec.digests()?;
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("bal/downloads").join(spec.folders[0]))
}

/// Stores checked files for the next time. The data are at hand, so a full disk is worth a warning only.
fn keep(spec: &Spec, files: &[Raw], cache: Option<&Path>) {
    let Some(cache) = cache else { return };
    for (file, raw) in spec.files.iter().zip(files) {
        if let Err(error) = bal_artifact::write_file(&cache.join(file.name), &raw.bytes) {
            tracing::warn!("`{}` is not kept for the next time: {error}", file.name);
        }
    }
}

/// As the fuzz target reads it: a member `a` of at most 64 KiB in an archive, or the file itself.
pub(super) fn read_any(bytes: &[u8]) -> Result<(), Error> {
    const FILE: RawFile = RawFile { role: "a", name: "a", sha256: None, packed_md5: None, most: 1 << 16 };
    let spec = super::catalogue::find("idx").expect("own files are in the catalogue");
    let refused = |trouble| refusal(spec, &Source::Folder("file".into()), true, trouble);
    let files = match members::read(&mut std::io::Cursor::new(bytes), "file", "", &[FILE]) {
        Ok(files) => files,
        // An archive without the member is a good one all the same.
        Err(Trouble::Unavailable(_)) => return Ok(()),
        Err(trouble) if bytes.starts_with(b"PK") => return Err(refused(trouble)),
        // It may be compressed and no archive.
        Err(_) => vec![Raw::new("file", bytes.to_vec())],
    };
    for file in files {
        raw::decompressed(file, FILE.most).map_err(refused)?;
    }
    Ok(())
}
