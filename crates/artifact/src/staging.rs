//! Atomic publication of an artifact folder.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use ndarray::{ArrayRef, Dimension};
use polars::prelude::DataFrame;

use crate::array::{Element, npy_bytes};
use crate::table::parquet_bytes;
use crate::{Error, FileRecord, KINDS, Manifest, Weights, digest};

/// A folder in the making: `.tmp-<name>-<pid>` beside its target.
///
/// [`Staging::publish`] writes the manifest last and renames the folder into place, so that a stage killed
/// at any moment leaves nothing that looks finished. A staging that is dropped removes its folder.
#[derive(Debug)]
pub struct Staging {
    target: PathBuf,
    folder: PathBuf,
    outputs: BTreeMap<String, FileRecord>,
}

impl Staging {
    /// Begins an artifact that will lie at `target`; removes what dead processes left beside it.
    ///
    /// # Errors
    /// [`Error::Occupied`] if `target` holds anything but an artifact: publication replaces the whole folder.
    pub fn new(target: &Path) -> Result<Self, Error> {
        let folder = sibling(target, "tmp");
        let parent = folder.parent().unwrap_or(Path::new("."));
        fs_err::create_dir_all(parent).map_err(Error::io("create", parent))?;
        remove_leftovers(target)?;
        refuse_foreign(target)?;
        fs_err::create_dir(&folder).map_err(Error::io("create", &folder))?;
        Ok(Self { target: target.to_path_buf(), folder, outputs: BTreeMap::new() })
    }

    /// Writes `<name>.npy`.
    pub fn array<T: Element, D: Dimension>(
        &mut self,
        name: &str,
        array: &ArrayRef<T, D>,
    ) -> Result<(), Error> {
        let record = self.write(&format!("{name}.npy"), &npy_bytes(array))?;
        let record =
            FileRecord { shape: Some(array.shape().to_vec()), dtype: Some(T::DTYPE.to_owned()), ..record };
        self.list(record);
        Ok(())
    }

    /// Writes `<name>.parquet`.
    pub fn table(&mut self, name: &str, table: &mut DataFrame) -> Result<(), Error> {
        let file_name = format!("{name}.parquet");
        let record = self.write(&file_name, &parquet_bytes(table, &self.target.join(&file_name))?)?;
        let shape = Some(vec![table.height(), table.width()]);
        self.list(FileRecord { shape, ..record });
        Ok(())
    }

    /// Writes `<name>.safetensors`.
    pub fn weights(&mut self, name: &str, weights: &Weights) -> Result<(), Error> {
        let record = self.write(&format!("{name}.safetensors"), &weights.to_bytes())?;
        self.list(record);
        Ok(())
    }

    /// Writes any other file, e.g. a picture.
    pub fn file(&mut self, file_name: &str, bytes: &[u8]) -> Result<(), Error> {
        let record = self.write(file_name, bytes)?;
        self.list(record);
        Ok(())
    }

    /// Writes the manifest, makes everything durable, and renames the folder into place.
    pub fn publish(self, mut manifest: Manifest) -> Result<(), Error> {
        manifest.outputs.clone_from(&self.outputs);
        self.write(&format!("{}.json", manifest.stage), &manifest.to_json())?;
        sync_folder(&self.folder)?;
        let old = sibling(&self.target, "old");
        if self.target.exists() {
            fs_err::rename(&self.target, &old).map_err(Error::io("rename", &self.target))?;
        }
        fs_err::rename(&self.folder, &self.target).map_err(Error::io("rename", &self.folder))?;
        sync_folder(self.target.parent().unwrap_or(Path::new(".")))?;
        if old.exists() {
            fs_err::remove_dir_all(&old).map_err(Error::io("remove", &old))?;
        }
        Ok(())
    }

    fn list(&mut self, record: FileRecord) {
        self.outputs.insert(record.path.clone(), record);
    }

    fn write(&self, file_name: &str, bytes: &[u8]) -> Result<FileRecord, Error> {
        let path = self.folder.join(file_name);
        write_synced(&path, bytes)?;
        Ok(FileRecord {
            path: file_name.to_owned(),
            sha256: digest::sha256_of(bytes),
            bytes: bytes.len() as u64,
            shape: None,
            dtype: None,
        })
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
    let temporary = sibling(path, "tmp");
    let parent = temporary.parent().unwrap_or(Path::new("."));
    fs_err::create_dir_all(parent).map_err(Error::io("create", parent))?;
    write_synced(&temporary, bytes)?;
    fs_err::rename(&temporary, path).map_err(Error::io("rename", &temporary))
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = fs_err::File::create(path).map_err(Error::io("create", path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::io("write", path))
}

fn sync_folder(folder: &Path) -> Result<(), Error> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let file = fs_err::File::open(folder).map_err(Error::io("open", folder))?;
    file.sync_all().map_err(Error::io("sync", folder))
}

fn sibling(target: &Path, kind: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{kind}-{name}-{}", std::process::id()))
}

fn refuse_foreign(target: &Path) -> Result<(), Error> {
    if !target.exists() || KINDS.iter().any(|kind| target.join(format!("{kind}.json")).is_file()) {
        return Ok(());
    }
    let occupied = |found: String| Error::Occupied { path: target.to_path_buf(), found };
    if !target.is_dir() {
        return Err(occupied("a file of that name".to_owned()));
    }
    match fs_err::read_dir(target).map_err(Error::io("list", target))?.next() {
        None => Ok(()),
        Some(entry) => {
            let name = entry.map_err(Error::io("list", target))?.file_name();
            Err(occupied(name.to_string_lossy().into_owned()))
        }
    }
}

/// Removes `.tmp-<name>-<pid>` and `.old-<name>-<pid>` whose process is gone; brings back an `.old-…` whose
/// successor never arrived, so that an interrupted replacement loses nothing.
fn remove_leftovers(target: &Path) -> Result<(), Error> {
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for entry in fs_err::read_dir(parent).map_err(Error::io("list", parent))? {
        let path = entry.map_err(Error::io("list", parent))?.path();
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let pid_after = |kind: &str| file_name.strip_prefix(&format!(".{kind}-{name}-"))?.parse::<u32>().ok();
        let Some(pid) = pid_after("tmp").or_else(|| pid_after("old")) else { continue };
        if pid != std::process::id() && Path::new("/proc").join(pid.to_string()).exists() {
            continue;
        }
        if pid_after("old").is_some() && !target.exists() {
            fs_err::rename(&path, target).map_err(Error::io("rename", &path))?;
        } else if path.is_dir() {
            fs_err::remove_dir_all(&path).map_err(Error::io("remove", &path))?;
        } else {
            fs_err::remove_file(&path).map_err(Error::io("remove", &path))?;
        }
    }
    Ok(())
}
