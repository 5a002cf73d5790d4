//! `bal verify`: re-hashes every artifact below a folder.

use std::path::{Path, PathBuf};

use crate::{Error, Manifest, Pruned, digest};

/// One thing that is not as a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A listed output is not there and was not pruned.
    Missing(PathBuf),
    /// A listed output has other bytes.
    Changed {
        /// The file.
        path: PathBuf,
        /// Digest in the manifest.
        expected: String,
        /// Digest of the bytes.
        found: String,
    },
    /// A file in an artifact folder that no manifest lists, or what a killed stage left.
    Orphaned(PathBuf),
    /// A manifest that cannot be read.
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
    /// What is wrong; empty if all is well.
    pub findings: Vec<Finding>,
}

/// Re-hashes all outputs of all artifacts at or below `folder`; `progress` is told each artifact folder.
pub fn verify(folder: &Path, progress: &mut dyn FnMut(&Path)) -> Result<Verification, Error> {
    if !folder.is_dir() {
        return Err(Error::Missing { what: "folder", path: folder.to_path_buf() });
    }
    let mut seen = Verification::default();
    walk(folder, progress, &mut seen)?;
    Ok(seen)
}

fn walk(folder: &Path, progress: &mut dyn FnMut(&Path), seen: &mut Verification) -> Result<(), Error> {
    let manifest = Manifest::of_folder(folder).unwrap_or_else(|error| {
        seen.findings.push(Finding::Unreadable(error.to_string()));
        None
    });
    if let Some(manifest) = &manifest {
        progress(folder);
        check(folder, manifest, seen)?;
    }
    let mut entries = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(Error::io("list", folder))? {
        entries.push(entry.map_err(Error::io("list", folder))?.path());
    }
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let listed = |manifest: &Manifest| {
            manifest.outputs.contains_key(&name)
                || name == format!("{}.json", manifest.stage)
                || name == "pruned.json"
        };
        if name.starts_with(".tmp-") || name.starts_with(".old-") {
            seen.findings.push(Finding::Orphaned(path));
        } else if path.is_dir() {
            walk(&path, progress, seen)?;
        } else if manifest.as_ref().is_some_and(|manifest| !listed(manifest)) && name != ".lock" {
            seen.findings.push(Finding::Orphaned(path));
        }
    }
    Ok(())
}

fn check(folder: &Path, manifest: &Manifest, seen: &mut Verification) -> Result<(), Error> {
    seen.artifacts += 1;
    let pruned = Pruned::read(folder)?;
    for record in manifest.outputs.values() {
        let path = folder.join(&record.path);
        if pruned.contains(&record.path) {
            seen.pruned += 1;
        } else if path.is_file() {
            seen.files += 1;
            let found = digest::sha256_file(&path)?;
            if found != record.sha256 {
                seen.findings.push(Finding::Changed { path, expected: record.sha256.clone(), found });
            }
        } else {
            seen.findings.push(Finding::Missing(path));
        }
    }
    Ok(())
}
