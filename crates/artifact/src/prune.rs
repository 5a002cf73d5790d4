//! Retention: what was deleted on purpose is recorded, never edited out of a manifest.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Error, FileRecord, Manifest, staging::write_file};

/// Name of the record of what was deleted on purpose, in an artifact's folder.
pub const PRUNED: &str = "pruned.json";

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
        match fs_err::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::io("read", &path)(error)),
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| Error::Corrupt {
                path,
                expected: "a list of pruned files".to_owned(),
                found: error.to_string(),
            }),
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
    let records: Vec<FileRecord> = file_names
        .iter()
        .filter_map(|name| manifest.outputs.get(*name))
        .filter(|record| !pruned.contains(&record.path))
        .cloned()
        .collect();
    if !records.is_empty() {
        pruned.files.extend(records);
        let mut bytes = serde_json::to_vec_pretty(&pruned).expect("records hold only strings and numbers");
        bytes.push(b'\n');
        write_file(&folder.join(PRUNED), &bytes)?;
    }
    for record in file_names.iter().filter_map(|name| manifest.outputs.get(*name)) {
        let path = folder.join(&record.path);
        match fs_err::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}
