//! What a stage reads: every file recorded by its role and digest, and checked against whoever wrote it.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::files::resolved;
use crate::{DatasetDetails, Error, FileRecord, Manifest, digest, file};

/// The inputs of a stage, each checked against the manifest of whoever wrote it.
#[derive(Clone, Debug)]
pub struct Inputs {
    root: PathBuf,
    pub(crate) records: BTreeMap<String, FileRecord>,
}

impl Inputs {
    /// No inputs yet; their paths will be recorded relative to `root`.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), records: BTreeMap::new() }
    }

    /// These records, which were made otherwise.
    pub fn of(records: BTreeMap<String, FileRecord>) -> Self {
        Self { root: PathBuf::new(), records }
    }

    /// Takes over what was recorded elsewhere.
    pub fn extend(&mut self, other: &Self) {
        self.records.extend(other.records.clone());
    }

    /// Records the file `path` under a role such as `labelled`.
    ///
    /// # Errors
    /// [`Error::Missing`]; [`Error::Corrupt`] if the file lies in an artifact folder and its bytes are not
    /// those that the folder's manifest lists.
    pub fn add(&mut self, role: &'static str, path: &Path) -> Result<(), Error> {
        self.add_as(role, role.to_owned(), path)
    }

    /// As [`Inputs::add`] for one of many files of a kind: errors say `what` it is, the manifest has it
    /// under `role`.
    pub fn add_as(&mut self, what: &'static str, role: String, path: &Path) -> Result<(), Error> {
        if !path.is_file() {
            return Err(Error::Missing { what, path: path.to_path_buf() });
        }
        let sha256 = digest::sha256_cached(path)?;
        let bytes = fs_err::metadata(path).map_err(Error::io("read", path))?.len();
        let folder = path.parent().unwrap_or(Path::new("."));
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let manifest = Manifest::of_folder(folder)?;
        let listed = manifest.as_ref().and_then(|manifest| manifest.outputs.get(file_name.as_ref()));
        if let Some(listed) = listed
            && listed.sha256 != sha256
        {
            let expected = format!("{} bytes with sha256 {}", listed.bytes, listed.sha256);
            return Err(Error::corrupt(path, expected, format!("{bytes} bytes with sha256 {sha256}")));
        }
        let FileRecord { shape, dtype, .. } = listed.cloned().unwrap_or_default();
        let record = FileRecord { path: relative(path, &self.root), sha256, bytes, shape, dtype };
        self.records.insert(role, record);
        Ok(())
    }

    /// Records `dataset.json` by the digest of what stages read of it, and returns that.
    ///
    /// # Errors
    /// As [`DatasetDetails::read`].
    pub fn add_dataset(&mut self, folder: &Path) -> Result<DatasetDetails, Error> {
        self.add_dataset_as("dataset".to_owned(), folder)
    }

    /// As [`Inputs::add_dataset`] for one of several data sets.
    pub fn add_dataset_as(&mut self, role: String, folder: &Path) -> Result<DatasetDetails, Error> {
        let details = DatasetDetails::read(folder)?;
        let text = details.stable_text();
        let record = FileRecord {
            path: relative(&folder.join(file::DATASET), &self.root),
            sha256: details.digest(),
            bytes: text.len() as u64,
            ..FileRecord::default()
        };
        self.records.insert(role, record);
        Ok(details)
    }
}

/// `path` as seen from `root`, with `/` between the parts and `..` where it lies outside.
pub fn relative(path: &Path, root: &Path) -> String {
    let [path, root] = [path, root].map(|path| resolved(path).unwrap_or_else(|_| path.to_path_buf()));
    let (mut from, mut to) = (root.components().peekable(), path.components().peekable());
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    let up = from.map(|_| "..".to_owned());
    let down = to.map(|part: Component| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// The file that [`relative`] calls `path` as seen from `root`, which may be yet to be made.
pub fn seen_from(root: &Path, path: &str) -> PathBuf {
    let mut found = resolved(root).unwrap_or_else(|_| root.to_path_buf());
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => _ = found.pop(),
            Component::CurDir => {}
            part => found.push(part),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_again_from_a_folder_that_is_yet_to_be_made() {
        let base = tempfile::tempdir().unwrap();
        let base = fs_err::canonicalize(base.path()).unwrap();
        let (file, root) = (base.join("a/numbers.yaml"), base.join("new/results"));
        assert_eq!(relative(&file, &root), "../../a/numbers.yaml");
        assert_eq!(seen_from(&root, "../../a/./numbers.yaml"), file);
        assert_eq!(seen_from(&root, "/elsewhere"), Path::new("/elsewhere"));
    }
}
