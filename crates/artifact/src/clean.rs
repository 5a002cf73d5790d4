//! Deleting artifacts: what their manifests list, and nothing else.

use std::path::{Path, PathBuf};

use crate::files::{names, remove_if_empty};
use crate::leftover::Leftover;
use crate::target::belongs;
use crate::{Error, Manifest, manifest_name};

/// What lies below a folder, told apart by whose it is.
#[derive(Debug, Default)]
pub struct Inventory {
    /// Files that manifests list, each manifest after its outputs, and leftovers of dead processes.
    pub ours: Vec<PathBuf>,
    /// Their bytes.
    pub bytes: u64,
    /// Everything else. Of a folder that holds nothing of ours only the folder.
    pub others: Vec<PathBuf>,
    /// Folders, each after those within it.
    folders: Vec<PathBuf>,
}

impl Inventory {
    /// Looks through `folder` without following links. `meant` says what is to be deleted: of a folder
    /// whether an artifact in it, of a file that no manifest lists whether it.
    pub fn of(folder: &Path, meant: &dyn Fn(&Path) -> bool) -> Result<Self, Error> {
        let mut inventory = Self::default();
        inventory.walk(folder, meant)?;
        Ok(inventory)
    }

    fn walk(&mut self, folder: &Path, meant: &dyn Fn(&Path) -> bool) -> Result<(), Error> {
        let manifest = Manifest::of_folder(folder).ok().flatten().filter(|_| meant(folder));
        let (claimed, before, folders) = (self.ours.len(), self.others.len(), self.folders.len());
        let mut last = None;
        for name in names(folder)? {
            let path = folder.join(&name);
            let metadata = fs_err::symlink_metadata(&path).map_err(Error::io("look at", &path))?;
            let of_manifest = manifest.as_ref().is_some_and(|manifest| belongs(folder, manifest, &name));
            let dead = Leftover::parse(&name).is_some_and(|leftover| !leftover.old && !leftover.may_live());
            if metadata.is_dir() && !dead {
                self.walk(&path, meant)?;
                continue;
            }
            if !(of_manifest || dead || meant(&path)) {
                self.others.push(path);
                continue;
            }
            self.bytes += metadata.len();
            match &manifest {
                Some(manifest) if name == manifest_name(&manifest.stage) => last = Some(path),
                _ => self.ours.push(path),
            }
        }
        self.ours.extend(last);
        if self.ours.len() == claimed && self.others.len() > before {
            self.others.truncate(before);
            self.folders.truncate(folders);
            self.others.push(folder.to_path_buf());
        } else {
            self.folders.push(folder.to_path_buf());
        }
        Ok(())
    }

    /// Deletes what is ours, and the folders that are empty then.
    pub fn delete(&self) -> Result<(), Error> {
        for path in &self.ours {
            let removed = if path.is_dir() && !path.is_symlink() {
                fs_err::remove_dir_all(path)
            } else {
                fs_err::remove_file(path)
            };
            removed.map_err(Error::io("remove", path))?;
        }
        self.folders.iter().try_for_each(|folder| remove_if_empty(folder))
    }
}
