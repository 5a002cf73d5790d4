//! Atomic publication of an artifact folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ndarray::{ArrayRef, Dimension};
use ndarray_npy::WriteNpyExt as _;
use polars::prelude::{Column, DataFrame};

use crate::digested::Digested;
use crate::leftover::Leftover;
use crate::leftovers::remove_beside;
use crate::table::parquet_bytes;
use crate::target::{Target, remove_listed};
use crate::{ArrayWriter, Element, Error, FileRecord, Manifest, Weights, manifest_name};

/// A folder in the making: `.tmp-<name>-<pid>@<host>` beside its target.
///
/// A stage begins one before any work: what would be lost, or could not be written, is found then.
/// [`Staging::publish`] writes the manifest last and renames the folder into place, so that a stage killed
/// at any moment leaves nothing that looks finished. A staging that is dropped removes its folder.
#[derive(Debug)]
pub struct Staging {
    target: Target,
    folder: PathBuf,
    outputs: BTreeMap<String, FileRecord>,
    /// Arrays that were begun and are not ended yet.
    begun: BTreeSet<PathBuf>,
}

impl Staging {
    /// Begins an artifact of `stage` that will lie at `out`; removes what dead processes left beside it.
    /// `inputs` are the files and folders that the stage reads.
    ///
    /// # Errors
    /// [`Error::Occupied`] if `out` holds anything but an artifact of the same stage, or one of `inputs`:
    /// publication replaces the whole folder.
    pub fn new(out: &Path, stage: &'static str, inputs: &[&Path]) -> Result<Self, Error> {
        let target = Target::new(out, stage, inputs)?;
        let parent = target.folder.parent().unwrap_or(Path::new("/"));
        fs_err::create_dir_all(parent).map_err(Error::io("create", parent))?;
        remove_beside(&target.folder)?;
        let folder = Leftover::beside(&target.folder, "tmp");
        fs_err::create_dir(&folder).map_err(Error::io("create", &folder))?;
        Ok(Self { target, folder, outputs: BTreeMap::new(), begun: BTreeSet::new() })
    }

    /// Writes `<name>.npy`.
    pub fn array<T: Element, D: Dimension>(
        &mut self,
        name: &str,
        array: &ArrayRef<T, D>,
    ) -> Result<(), Error> {
        let path = format!("{name}.npy");
        let mut file = Digested::create(&self.folder.join(&path))?;
        let written = array.as_standard_layout().write_npy(&mut file).map_err(std::io::Error::other);
        written.map_err(Error::io("write", file.path()))?;
        let (sha256, bytes) = file.finish()?;
        let (shape, dtype) = (Some(array.shape().to_vec()), Some(T::DTYPE.to_owned()));
        self.list(FileRecord { path, sha256, bytes, shape, dtype });
        Ok(())
    }

    /// Begins `<name>.npy`, an array of this shape whose values come one part after the other.
    pub fn begin_array<T: Element>(&mut self, name: &str, shape: &[usize]) -> Result<ArrayWriter<T>, Error> {
        let path = self.folder.join(format!("{name}.npy"));
        let writer = ArrayWriter::create(&path, shape)?;
        self.begun.insert(path);
        Ok(writer)
    }

    /// Ends an array that [`Staging::begin_array`] began.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if it lacks values.
    pub fn end_array<T: Element>(&mut self, writer: ArrayWriter<T>) -> Result<(), Error> {
        let record = writer.finish()?;
        self.begun.remove(&self.folder.join(&record.path));
        self.list(record);
        Ok(())
    }

    /// Writes `<name>.parquet`.
    pub fn table(&mut self, name: &str, table: &mut DataFrame) -> Result<(), Error> {
        let file_name = format!("{name}.parquet");
        let record = self.write(&file_name, &parquet_bytes(table, &self.target.folder.join(&file_name))?)?;
        let shape = Some(vec![table.height(), table.width()]);
        self.list(FileRecord { shape, ..record });
        Ok(())
    }

    /// Writes `<name>.parquet` with these columns, all of `rows` rows.
    pub(crate) fn columns(&mut self, name: &str, rows: usize, columns: Vec<Column>) -> Result<(), Error> {
        let path = self.target.folder.join(format!("{name}.parquet"));
        let mut table = DataFrame::new(rows, columns).map_err(|source| Error::Table { path, source })?;
        self.table(name, &mut table)
    }

    /// Writes `<name>.safetensors`.
    pub fn weights(&mut self, name: &str, weights: &Weights) -> Result<(), Error> {
        self.file(&format!("{name}.safetensors"), &weights.to_bytes())
    }

    /// Takes a file of a published artifact over under its name, without a copy of its bytes where the file
    /// system allows that. What is published is replaced and never changed, so both stay what they are.
    pub fn share(&mut self, folder: &Path, record: &FileRecord) -> Result<(), Error> {
        let (from, to) = (folder.join(&record.path), self.folder.join(&record.path));
        if fs_err::hard_link(&from, &to).is_err() {
            fs_err::copy(&from, &to).map_err(Error::io("copy", &from))?;
        }
        self.list(record.clone());
        Ok(())
    }

    /// Writes any other file, e.g. a picture.
    pub fn file(&mut self, file_name: &str, bytes: &[u8]) -> Result<(), Error> {
        let record = self.write(file_name, bytes)?;
        self.list(record);
        Ok(())
    }

    /// Writes the manifest, makes everything durable, and renames the folder into place.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if an array was begun and not ended. [`Error::Occupied`] if the target has become
    /// something else meanwhile: it then stays as it is. [`Error::LeftBehind`] if something came into it at
    /// the very last moment: the artifact is published, and what came lies beside it.
    pub fn publish(self, mut manifest: Manifest) -> Result<(), Error> {
        if let Some(path) = self.begun.first() {
            return Err(Error::mismatch(path, "a whole array", "one that was begun and not ended"));
        }
        manifest.outputs.clone_from(&self.outputs);
        self.write(&manifest_name(&manifest.stage), &manifest.to_json())?;
        sync_folder(&self.folder)?;
        let target = &self.target.folder;
        let old = Leftover::beside(target, "old");
        let predecessor = self.target.check()?;
        if target.exists() {
            fs_err::rename(target, &old).map_err(Error::io("rename", target))?;
        }
        fs_err::rename(&self.folder, target).map_err(Error::io("rename", &self.folder))?;
        sync_folder(target.parent().unwrap_or(Path::new("/")))?;
        let stayed = match predecessor {
            Some(predecessor) => remove_listed(&old, &predecessor)?,
            // It was empty when it was looked at.
            None if fs_err::remove_dir(&old).is_err() && old.exists() => vec![old.clone()],
            None => Vec::new(),
        };
        stayed
            .first()
            .map_or(Ok(()), |found| Err(Error::LeftBehind { path: target.clone(), found: found.clone() }))
    }

    fn list(&mut self, record: FileRecord) {
        self.outputs.insert(record.path.clone(), record);
    }

    fn write(&self, file_name: &str, bytes: &[u8]) -> Result<FileRecord, Error> {
        let (sha256, bytes) = write_synced(&self.folder.join(file_name), bytes)?;
        Ok(FileRecord { path: file_name.to_owned(), sha256, bytes, shape: None, dtype: None })
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After a publication the folder is gone and there is nothing to remove.
        let _ = fs_err::remove_dir_all(&self.folder);
    }
}

/// Writes a single file through a temporary one beside it: whole or not at all.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = Leftover::beside(path, "tmp");
    let parent = temporary.parent().unwrap_or(Path::new("."));
    fs_err::create_dir_all(parent).map_err(Error::io("create", parent))?;
    write_synced(&temporary, bytes)?;
    fs_err::rename(&temporary, path).map_err(Error::io("rename", &temporary))
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(String, u64), Error> {
    let mut file = Digested::create(path)?;
    file.write(bytes)?;
    file.finish()
}

fn sync_folder(folder: &Path) -> Result<(), Error> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let file = fs_err::File::open(folder).map_err(Error::io("open", folder))?;
    file.sync_all().map_err(Error::io("sync", folder))
}
