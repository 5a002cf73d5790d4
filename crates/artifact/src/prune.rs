//! Retention: what was deleted on purpose is recorded, never edited out of a manifest.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files::if_there;
use crate::names::PRUNED;
use crate::{Error, FileRecord, Manifest, staging::write_file};

/// Contents of `pruned.json` in an artifact folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pruned {
    /// The records of the deleted outputs, as the manifest has them.
    pub files: Vec<FileRecord>,
}

impl Pruned {
    /// Reads `pruned.json`; empty where there is none.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(PRUNED);
        match if_there(fs_err::read(&path)).map_err(Error::io("read", &path))? {
            None => Ok(Self::default()),
            Some(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| Error::corrupt(path, "a list of pruned files", error.to_string())),
        }
    }

    /// Whether this output was deleted on purpose.
    pub fn contains(&self, file_name: &str) -> bool {
        self.files.iter().any(|record| record.path == file_name)
    }
}

/// Deletes these outputs (by file name) of an artifact. Records them first: at no moment do they look lost.
pub fn prune(folder: &Path, manifest: &Manifest, file_names: &[&str]) -> Result<(), Error> {
    let mut pruned = Pruned::read(folder)?;
    let listed = || file_names.iter().filter_map(|name| manifest.outputs.get(*name));
    let records: Vec<FileRecord> =
        listed().filter(|record| !pruned.contains(&record.path)).cloned().collect();
    if !records.is_empty() {
        pruned.files.extend(records);
        let mut bytes = serde_json::to_vec_pretty(&pruned).expect("records hold only strings and numbers");
        bytes.push(b'\n');
        write_file(&folder.join(PRUNED), &bytes)?;
    }
    for record in listed() {
        let path = folder.join(&record.path);
        if_there(fs_err::remove_file(&path)).map_err(Error::io("remove", &path))?;
    }
    Ok(())
}
