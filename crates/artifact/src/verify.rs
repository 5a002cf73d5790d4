//! `bal verify`: re-hashes every artifact below a folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::files::names;
use crate::leftover::Leftover;
use crate::sealed::{Seal, seal_of};
use crate::target::belongs;
use crate::{Error, Manifest, PRUNED, Pruned, digest, file, file_names};

/// How long a folder that looks wrong is left alone before the second look: somebody may be at work in it.
const SECOND_LOOK: Duration = Duration::from_millis(200);

/// One thing that is not as a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "a variant says what its fields are")]
pub enum Finding {
    /// A listed output is not there and was not pruned.
    Missing(PathBuf),
    /// A listed output has another digest than its manifest says.
    Changed { path: PathBuf, expected: String, found: String },
    /// A file in an artifact folder that no manifest lists, or that was put into a folder that was replaced.
    Orphaned(PathBuf),
    /// A folder with files of an artifact and no manifest.
    NoManifest(PathBuf),
    /// A manifest or another file that cannot be read, and why.
    Unreadable(String),
}

/// What [`verify`] looked at.
#[derive(Debug, Default)]
pub struct Verification {
    /// Artifacts seen.
    pub artifacts: usize,
    /// Files hashed.
    pub files: usize,
    /// Outputs that were deleted on purpose.
    pub pruned: usize,
    /// What processes that are gone left in the making: no damage, the next run removes it.
    pub leftovers: Vec<PathBuf>,
    /// What is wrong; empty if all is well.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Keeps an error with its causes, on one line.
    fn unreadable(&mut self, error: &(dyn std::error::Error + 'static)) {
        let causes = std::iter::successors(Some(error), |error| error.source());
        let texts: Vec<String> = causes.map(ToString::to_string).collect();
        self.findings.push(Finding::Unreadable(texts.join(": ")));
    }
}

/// Re-hashes all outputs of all artifacts at or below `folder`; `progress` is told each artifact folder.
/// Everything is looked at, whatever is found on the way. Files of a writer that lives are no findings.
pub fn verify(folder: &Path, progress: &mut dyn FnMut(&Path)) -> Result<Verification, Error> {
    if !folder.is_dir() {
        return Err(Error::Missing { what: "folder", path: folder.to_path_buf() });
    }
    let mut seen = Verification::default();
    walk(folder, progress, &mut seen);
    Ok(seen)
}

fn walk(folder: &Path, progress: &mut dyn FnMut(&Path), seen: &mut Verification) {
    let mut here = look(folder, progress);
    if !here.findings.is_empty() {
        std::thread::sleep(SECOND_LOOK);
        // Gone, with its parent perhaps: a living writer has replaced it.
        if !folder.exists() {
            return;
        }
        here = look(folder, progress);
    }
    let Verification { artifacts, files, pruned, leftovers, findings } = here;
    seen.artifacts += artifacts;
    seen.files += files;
    seen.pruned += pruned;
    seen.leftovers.extend(leftovers);
    seen.findings.extend(findings);
    for name in names(folder).unwrap_or_default() {
        let path = folder.join(&name);
        if path.is_dir() && !path.is_symlink() && !Leftover::is(&name) {
            walk(&path, progress, seen);
        }
    }
}

/// One folder without those in it.
fn look(folder: &Path, progress: &mut dyn FnMut(&Path)) -> Verification {
    let mut seen = Verification::default();
    let names = match names(folder) {
        Ok(names) => names,
        Err(error) => {
            seen.unreadable(&error);
            return seen;
        }
    };
    let manifest = Manifest::of_folder(folder).unwrap_or_else(|error| {
        seen.unreadable(&error);
        None
    });
    match &manifest {
        Some(manifest) => {
            progress(folder);
            check(folder, manifest, &mut seen);
        }
        None if seen.findings.is_empty() && lacks_manifest(folder, &names) => {
            seen.findings.push(Finding::NoManifest(folder.to_path_buf()));
        }
        None => {}
    }
    for name in &names {
        let path = folder.join(name);
        if let Some(leftover) = Leftover::parse(name) {
            leftover_found(&leftover, path, &mut seen);
        } else if name == file::PIPELINE {
            check_seal(&path, &mut seen);
        } else if manifest.as_ref().is_some_and(|of| !belongs(folder, of, name)) && !path.is_dir() {
            seen.findings.push(Finding::Orphaned(path));
        }
    }
    seen
}

fn leftover_found(leftover: &Leftover, path: PathBuf, seen: &mut Verification) {
    if leftover.may_live() {
        return;
    }
    // A folder that was set aside goes together with its manifest. Without one it is somebody's own.
    let of_somebody = leftover.old && path.is_dir() && matches!(Manifest::of_folder(&path), Ok(None));
    if of_somebody && names(&path).is_ok_and(|names| !names.is_empty()) {
        seen.findings.push(Finding::Orphaned(path));
    } else {
        seen.leftovers.push(path);
    }
}

/// A folder of a stage, by its name and by what lies in it, that has lost its manifest.
fn lacks_manifest(folder: &Path, names: &[String]) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let own = file_names(&name);
    own.iter().any(|own| names.iter().any(|name| name == own))
        || file_names("dataset").iter().all(|own| names.iter().any(|name| name == own))
}

/// A sealed `pipeline.yaml` must be what was sealed; any other is somebody's own.
fn check_seal(path: &Path, seen: &mut Verification) {
    match fs_err::read_to_string(path) {
        Ok(text) if seal_of(&text) == Seal::Broken => seen.findings.push(Finding::Unreadable(format!(
            "`{}` is not what `bal run` wrote: its seal is broken",
            path.display()
        ))),
        Ok(_) => {}
        Err(error) => seen.unreadable(&error),
    }
}

fn check(folder: &Path, manifest: &Manifest, seen: &mut Verification) {
    seen.artifacts += 1;
    let pruned = Pruned::read(folder).unwrap_or_else(|error| {
        seen.unreadable(&error);
        Pruned::default()
    });
    for record in &pruned.files {
        if manifest.outputs.get(&record.path) != Some(record) {
            let place = folder.join(PRUNED);
            let text = format!("`{}` records another `{}` than the manifest", place.display(), record.path);
            seen.findings.push(Finding::Unreadable(text));
        }
    }
    for record in manifest.outputs.values() {
        let path = folder.join(&record.path);
        if pruned.contains(&record.path) {
            seen.pruned += 1;
        } else if path.is_file() {
            seen.files += 1;
            match digest::sha256_file(&path) {
                Ok(found) if found == record.sha256 => {}
                Ok(found) => {
                    seen.findings.push(Finding::Changed { path, expected: record.sha256.clone(), found });
                }
                Err(error) => seen.unreadable(&error),
            }
        } else {
            seen.findings.push(Finding::Missing(path));
        }
    }
}
