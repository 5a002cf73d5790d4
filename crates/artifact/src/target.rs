//! Which output folder may be replaced: only an artifact of the same stage, with nothing else in it.

use std::path::{Path, PathBuf};

use crate::files::{if_there, names, resolved};
use crate::leftover::Leftover;
use crate::{Error, Manifest, PRUNED, manifest_name};

/// An output folder that may be written: absent, empty, or an artifact of the same stage.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Without links: a link to a folder stays a link, what it leads to is replaced.
    pub(crate) folder: PathBuf,
    stage: &'static str,
}

impl Target {
    /// Looks at `out` before any work. `inputs` are the files and folders that the stage reads.
    ///
    /// # Errors
    /// [`Error::Occupied`] where a replacement would lose anything, or cannot work.
    pub(crate) fn new(out: &Path, stage: &'static str, inputs: &[&Path]) -> Result<Self, Error> {
        let refused = |found: &str| Error::Occupied { path: out.to_path_buf(), found: found.to_owned() };
        if out.is_symlink() && !out.exists() {
            return Err(refused("it is a link that leads nowhere"));
        }
        let folder = resolved(out)?;
        if std::env::current_dir().is_ok_and(|here| here.starts_with(&folder)) {
            return Err(refused("the current folder lies in it"));
        }
        let target = Self { folder, stage };
        target.check()?;
        let within =
            |input: &&&Path| fs_err::canonicalize(input).is_ok_and(|input| input.starts_with(&target.folder));
        match inputs.iter().find(within) {
            Some(input) => Err(refused(&format!("this call reads `{}` in it", input.display()))),
            None => Ok(target),
        }
    }

    /// The artifact that is there now, if any.
    ///
    /// # Errors
    /// [`Error::Occupied`] naming what is no file of it.
    pub(crate) fn check(&self) -> Result<Option<Manifest>, Error> {
        let refused = |found: String| Error::Occupied { path: self.folder.clone(), found };
        let metadata =
            if_there(fs_err::metadata(&self.folder)).map_err(Error::io("look at", &self.folder))?;
        let Some(metadata) = metadata else { return Ok(None) };
        if !metadata.is_dir() {
            return Err(refused("it is a file".to_owned()));
        }
        if is_mount_point(&self.folder) {
            return Err(refused("something is mounted on it".to_owned()));
        }
        if metadata.permissions().readonly() {
            return Err(refused("it may not be written to".to_owned()));
        }
        let names = names(&self.folder)?;
        if names.is_empty() {
            return Ok(None);
        }
        let Some(manifest) = self.manifest()? else {
            let first = names.iter().find(|name| !Leftover::is(name)).unwrap_or(&names[0]);
            return Err(refused(format!("`{first}` is no file of a `{}` artifact", self.stage)));
        };
        match names.iter().find(|name| !belongs(&self.folder, &manifest, name)) {
            Some(name) => Err(refused(format!("`{name}` is not in the list of `{}.json`", self.stage))),
            None => Ok(Some(manifest)),
        }
    }

    /// What `<stage>.json` says, if it is ours.
    fn manifest(&self) -> Result<Option<Manifest>, Error> {
        match Manifest::find(&self.folder, self.stage) {
            Err(Error::Corrupt { .. }) if !Manifest::looks_like_ours(&self.folder, self.stage) => Ok(None),
            // Whatever its version lists cannot be told.
            Err(error) => Err(error),
            Ok(manifest) => Ok(manifest.filter(|manifest| manifest.stage == self.stage)),
        }
    }
}

/// Whether something is mounted on a folder, which then cannot be renamed.
fn is_mount_point(folder: &Path) -> bool {
    let mounts = fs_err::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    // The fifth word; blanks in it are written as their octal code.
    let place = |line: &str| line.split(' ').nth(4).map(|place| place.replace("\\040", " "));
    mounts.lines().filter_map(place).any(|place| Path::new(&place) == folder)
}

/// Whether an entry of an artifact's folder is part of the artifact.
pub(crate) fn belongs(folder: &Path, manifest: &Manifest, name: &str) -> bool {
    let ours = manifest.outputs.contains_key(name)
        || name == manifest_name(&manifest.stage)
        || name == PRUNED
        || name == ".lock"
        || Leftover::parse(name).is_some_and(|leftover| leftover.name == PRUNED);
    ours && fs_err::symlink_metadata(folder.join(name)).is_ok_and(|metadata| !metadata.is_dir())
}

/// Removes the files of an artifact, its manifest last, and its folder. Returns what else lies there.
pub(crate) fn remove_listed(folder: &Path, manifest: &Manifest) -> Result<Vec<PathBuf>, Error> {
    let last = manifest_name(&manifest.stage);
    let (ours, others): (Vec<String>, Vec<String>) =
        names(folder)?.into_iter().partition(|name| belongs(folder, manifest, name));
    for name in ours.iter().filter(|name| **name != last).chain(ours.iter().filter(|name| **name == last)) {
        let path = folder.join(name);
        fs_err::remove_file(&path).map_err(Error::io("remove", &path))?;
    }
    if others.is_empty() {
        fs_err::remove_dir(folder).map_err(Error::io("remove", folder))?;
    }
    Ok(others.into_iter().map(|name| folder.join(name)).collect())
}
