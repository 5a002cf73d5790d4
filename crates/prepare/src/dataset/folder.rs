//! The four raw files in a folder, under the names that they have in the wild.

use std::path::{Path, PathBuf};

use super::catalogue::{IdxDataset, RawFile};
use super::raw::{Raw, Trouble, decompressed, each};

/// Files in `folder/<name of the data set>` or else in `folder` itself, gzipped or not.
///
/// All four come from one of the two: a data set is not put together out of both.
pub(super) fn read(folder: &Path, dataset: &IdxDataset) -> Result<[Raw; 4], Trouble> {
    let inner = folder.join(dataset.name);
    let has_any = |folder: &Path| dataset.files.iter().any(|&file| !candidates(folder, file).is_empty());
    let folder = if has_any(&inner) { &inner } else { folder };
    let lacking: Vec<&str> = dataset
        .files
        .iter()
        .filter(|file| candidates(folder, **file).is_empty())
        .map(|file| file.name)
        .collect();
    if !lacking.is_empty() {
        return Err(Trouble::Unavailable(lack(folder, &lacking)));
    }
    each(dataset, |file| read_one(&candidates(folder, file)))
}

/// `train-images-idx3-ubyte` and `train-images.idx3-ubyte` (as some unpackers name it), each gzipped or not.
fn candidates(folder: &Path, file: RawFile) -> Vec<PathBuf> {
    let dotted = file.name.replacen("-idx", ".idx", 1);
    let names = [format!("{}.gz", file.name), file.name.to_owned(), format!("{dotted}.gz"), dotted];
    names.iter().map(|name| folder.join(name)).filter(|path| path.is_file()).collect()
}

/// One of several copies, if they hold the same.
fn read_one(copies: &[PathBuf]) -> Result<Raw, Trouble> {
    let read = |path: &PathBuf| {
        let bytes = fs_err::read(path).map_err(|error| Trouble::Unavailable(error.to_string()))?;
        decompressed(Raw { place: path.display().to_string(), bytes })
    };
    let mut copies = copies.iter().map(read).collect::<Result<Vec<Raw>, Trouble>>()?;
    let first = copies.swap_remove(0);
    match copies.into_iter().find(|copy| copy.bytes != first.bytes) {
        None => Ok(first),
        Some(other) => Err(Trouble::Corrupt {
            file: other.place,
            expected: format!("the same data as in `{}` beside it (remove the wrong one)", first.place),
            got: "other data".to_owned(),
        }),
    }
}

/// What was looked for, and what is there instead.
fn lack(folder: &Path, names: &[&str]) -> String {
    if !folder.is_dir() {
        return if folder.exists() { "it is a file" } else { "there is no such folder" }.to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let mut similar: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains("ubyte")))
        .map(|path| format!("{} `{}`", if path.is_dir() { "folder" } else { "file" }, path.display()))
        .collect();
    similar.sort();
    similar.truncate(8);
    let looked_for =
        format!("no file {} (with `-` or `.` before `idx`, with or without `.gz`)", names.join(", "));
    if similar.is_empty() { looked_for } else { format!("{looked_for}; found {}", similar.join(", ")) }
}
