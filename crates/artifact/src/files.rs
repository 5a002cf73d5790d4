//! What the file system has: whole files, names in a folder, paths without links.

use std::io::{ErrorKind, Result as IoResult};
use std::path::{Path, PathBuf};

use crate::Error;

/// What the system gave; `None` where there is no such file.
pub(crate) fn if_there<T>(given: IoResult<T>) -> IoResult<Option<T>> {
    match given {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        given => given.map(Some),
    }
}

/// A whole file, which has to be there.
pub(crate) fn read_bytes(what: &'static str, path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = if_there(fs_err::read(path)).map_err(Error::io("read", path))?;
    bytes.ok_or_else(|| Error::Missing { what, path: path.to_path_buf() })
}

/// Names of the entries of a folder, sorted.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let name = |entry: IoResult<fs_err::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let names = fs_err::read_dir(folder).and_then(|entries| entries.map(name).collect::<IoResult<Vec<_>>>());
    let mut names = names.map_err(Error::io("list", folder))?;
    names.sort();
    Ok(names)
}

/// Removes a folder, unless something is in it.
pub(crate) fn remove_if_empty(folder: &Path) -> Result<(), Error> {
    match fs_err::remove_dir(folder) {
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
        removed => removed.map_err(Error::io("remove", folder)),
    }
}

/// `path` without links and `..`, also where its last parts are yet to be made.
pub(crate) fn resolved(path: &Path) -> Result<PathBuf, Error> {
    let path = std::path::absolute(path).map_err(Error::io("look for", path))?;
    let known = path.ancestors().find_map(|folder| Some((fs_err::canonicalize(folder).ok()?, folder)));
    let Some((real, folder)) = known else { return Ok(path) };
    // Part by part: an empty rest would leave a `/` behind the path.
    Ok(real.iter().chain(path.strip_prefix(folder).unwrap_or(Path::new(""))).collect())
}
