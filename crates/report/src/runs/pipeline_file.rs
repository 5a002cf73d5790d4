//! The resolved pipeline beside the runs, if there is one: shown as it is, and asked how much was planned.

use std::path::{Path, PathBuf};

use bal_artifact::{file, own_name};

use super::planned::Planned;
use crate::Error;

/// `pipeline.yaml` in a folder of runs.
#[derive(Debug)]
pub(crate) struct PipelineFile {
    pub(crate) folder: PathBuf,
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// The same as values; null where it cannot be understood.
    pub(crate) values: serde_json::Value,
    /// `name:`.
    pub(crate) name: Option<String>,
    pub(crate) planned: Option<Planned>,
}

impl PipelineFile {
    /// The file of one folder of runs, `None` where there is none.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(file::PIPELINE);
        let bytes = match fs_err::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(bal_artifact::Error::Io { action: "read", path, source }.into()),
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // `pipeline` owns this format. What cannot be understood here is merely not stated.
        let values: serde_json::Value = serde_yaml::from_str(&text).unwrap_or_default();
        let name = values.get("name").and_then(|name| name.as_str()).map(str::to_owned);
        let planned = Planned::of_pipeline(&text);
        Ok(Some(Self { folder: folder.to_path_buf(), path, text, values, name, planned }))
    }

    /// The profile, where the folder is named `<name>-<profile>`.
    pub(crate) fn profile(&self) -> Option<String> {
        let folder = own_name(&self.folder);
        folder.strip_prefix(self.name.as_deref()?)?.strip_prefix('-').map(str::to_owned)
    }
}
