//! The resolved pipeline beside the runs, if there is one: shown as it is, and asked how much was planned.

use std::path::{Path, PathBuf};

use crate::Error;
use crate::runs::own_name;

/// `pipeline.yaml` in a folder of runs.
#[derive(Debug)]
pub(crate) struct PipelineFile {
    /// The folder of runs.
    pub(crate) folder: PathBuf,
    /// The file.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// `name:`.
    pub(crate) name: Option<String>,
    /// `rounds:`, the number of acquisitions.
    pub(crate) rounds: Option<u64>,
    /// `seed:` of the sweep.
    pub(crate) seeds: Vec<u64>,
}

impl PipelineFile {
    /// The file of one folder of runs, `None` where there is none.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join("pipeline.yaml");
        let bytes = match fs_err::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(bal_artifact::Error::Io { action: "read", path, source }.into()),
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // `pipeline` owns this format. What cannot be understood here is merely not stated.
        let yaml: serde_yaml::Value = serde_yaml::from_str(&text).unwrap_or_default();
        let name = yaml.get("name").and_then(|name| name.as_str()).map(str::to_owned);
        let rounds = yaml.get("rounds").and_then(serde_yaml::Value::as_u64);
        let seeds = yaml.get("sweep").and_then(|sweep| sweep.get("seed"));
        let seeds = seeds.and_then(serde_yaml::Value::as_sequence);
        let seeds =
            seeds.map(|list| list.iter().filter_map(serde_yaml::Value::as_u64).collect()).unwrap_or_default();
        Ok(Some(Self { folder: folder.to_path_buf(), path, text, name, rounds, seeds }))
    }

    /// The profile, where the folder is named `<name>-<profile>`.
    pub(crate) fn profile(&self) -> Option<String> {
        let folder = own_name(&self.folder);
        folder.strip_prefix(self.name.as_deref()?)?.strip_prefix('-').map(str::to_owned)
    }
}
