//! A stage's folder without its manifest: no artifact, but what is left of one.

use std::path::Path;

use bal_artifact::{Error, Manifest};

use crate::task::Stage;

/// Removes the folder of a stage that has lost its manifest, so that the stage can make it again. Of a
/// report, a damaged manifest is no loss either: it says nothing that the runs do not.
///
/// Only if the folder holds nothing but files that this stage writes: one with anything else in it is left
/// for the stage to refuse.
pub(crate) fn remove(folder: &Path, stage: Stage) -> Result<(), Error> {
    if !folder.is_dir() {
        return Ok(());
    }
    let damaged = match Manifest::find(folder, stage.name()) {
        Ok(None) => None,
        Err(Error::Corrupt { path, .. }) if stage == Stage::Report => Some(path),
        _ => return Ok(()),
    };
    let io = |action| {
        let path = folder.to_path_buf();
        move |source| Error::Io { action, path, source }
    };
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(io("list"))? {
        let entry = entry.map_err(io("list"))?;
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && stage.writes(&entry.file_name().to_string_lossy()) {
            files.push(entry.path());
        } else if damaged.as_ref() != Some(&entry.path()) {
            return Ok(());
        }
    }
    // A lone file named like a manifest is no report.
    if files.is_empty() {
        return Ok(());
    }
    let what = if damaged.is_some() { "a damaged manifest" } else { "no manifest" };
    tracing::warn!("`{}` has {what} and is made again", folder.display());
    // One by one: what comes in meanwhile is not ours to remove.
    files.iter().chain(&damaged).try_for_each(|path| fs_err::remove_file(path).map_err(io("remove")))?;
    fs_err::remove_dir(folder).map_err(io("remove"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_stage_writes_goes() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("select");
        let write = |name: &str| bal_artifact::write_file(&folder.join(name), b"x").unwrap();
        write("selected.npy");
        write("select.json");
        remove(&folder, Stage::Select).unwrap();
        assert!(folder.exists(), "a damaged manifest is an error");
        fs_err::remove_file(folder.join("select.json")).unwrap();
        write("notes.txt");
        remove(&folder, Stage::Select).unwrap();
        assert!(folder.join("selected.npy").exists(), "somebody else's file is in it");
        fs_err::remove_file(folder.join("notes.txt")).unwrap();
        remove(&folder, Stage::Train).unwrap();
        assert!(folder.exists(), "another stage's files");
        remove(&folder, Stage::Select).unwrap();
        assert!(!folder.exists());
    }

    #[test]
    fn a_report_may_have_a_damaged_manifest() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("report");
        let write = |name: &str| bal_artifact::write_file(&folder.join(name), b"x").unwrap();
        write("report.json");
        remove(&folder, Stage::Report).unwrap();
        assert!(folder.exists(), "it may be somebody else's");
        write("report.html");
        write("contact_sheet-bald.png");
        remove(&folder, Stage::Report).unwrap();
        assert!(!folder.exists());
    }
}
