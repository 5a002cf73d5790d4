//! The raw files in a folder, under the names that they have in the wild.

use std::path::{Path, PathBuf};

use fs_err::File;

use super::members;
use super::raw::{Raw, Trouble, decompressed, each, read_bounded};
use crate::dataset::catalogue::{RawFile, Spec};

/// Files in `folder/<name of the data set>` or else in `folder` itself, compressed or not, or in their
/// archive.
///
/// All come from one of these: a data set is not put together out of several.
pub(super) fn read(folder: &Path, spec: &Spec) -> Result<Vec<Raw>, Trouble> {
    let has_any = |folder: &PathBuf| spec.files.iter().any(|&file| !candidates(folder, file).is_empty());
    let folders = folders(folder, spec);
    if let Some(folder) = folders.iter().find(|folder| has_any(folder)) {
        return read_files(folder, spec);
    }
    match folders.iter().find_map(|folder| archive(folder, spec)) {
        Some(path) => read_archive(&path, spec),
        None => Err(Trouble::Unavailable(lack(folder, spec, &spec.files.iter().collect::<Vec<_>>()))),
    }
}

/// Whether [`read`] would find a file of each name, whatever it holds.
pub(super) fn has_all(folder: &Path, spec: &Spec) -> bool {
    let has_all = |folder: &PathBuf| spec.files.iter().all(|&file| !candidates(folder, file).is_empty());
    folders(folder, spec).iter().any(|folder| has_all(folder) || archive(folder, spec).is_some())
}

/// The folders that may hold the files.
fn folders(folder: &Path, spec: &Spec) -> Vec<PathBuf> {
    let inner = spec.folders.iter().map(|inner| folder.join(inner));
    inner.chain([folder.to_path_buf()]).collect()
}

/// The archive in a folder, if there is one.
fn archive(folder: &Path, spec: &Spec) -> Option<PathBuf> {
    let path = folder.join(spec.archive?.name);
    path.is_file().then_some(path)
}

fn read_files(folder: &Path, spec: &Spec) -> Result<Vec<Raw>, Trouble> {
    let lacking: Vec<&RawFile> =
        spec.files.iter().filter(|file| candidates(folder, **file).is_empty()).collect();
    if !lacking.is_empty() {
        return Err(Trouble::Unavailable(lack(folder, spec, &lacking)));
    }
    each(spec, |file| read_one(&candidates(folder, file), file.most))
}

fn read_archive(path: &Path, spec: &Spec) -> Result<Vec<Raw>, Trouble> {
    let prefix = spec.archive.map_or("", |archive| archive.folder);
    let mut archive = File::open(path).map_err(Trouble::unavailable)?;
    let place = path.display().to_string();
    let mut files = members::read(&mut archive, &place, prefix, spec.files)?.into_iter();
    each(spec, |_| Ok(files.next().unwrap_or_default()))
}

/// Names that a file may have, the usual one first.
pub(super) fn variants(name: &str) -> [String; 3] {
    [format!("{name}.gz"), name.to_owned(), format!("{name}.xz")]
}

/// `train-images-idx3-ubyte` and `train-images.idx3-ubyte` (as some unpackers name it), each compressed or
/// not.
fn candidates(folder: &Path, file: RawFile) -> Vec<PathBuf> {
    let dotted = file.name.replacen("-idx", ".idx", 1);
    let dotted = (dotted != file.name).then(|| variants(&dotted)).into_iter().flatten();
    let paths = variants(file.name).into_iter().chain(dotted).map(|name| folder.join(name));
    paths.filter(|path| path.is_file()).collect()
}

/// One of several copies, if they hold the same.
fn read_one(copies: &[PathBuf], most: u64) -> Result<Raw, Trouble> {
    let read = |path: &PathBuf| {
        let mut file = File::open(path).map_err(Trouble::unavailable)?;
        let bytes = read_bounded(&mut file, most).map_err(Trouble::unavailable)?;
        decompressed(Raw::new(path.display().to_string(), bytes), most)
    };
    let mut copies = copies.iter().map(read).collect::<Result<Vec<Raw>, Trouble>>()?;
    let first = copies.swap_remove(0);
    match copies.into_iter().find(|copy| copy.bytes != first.bytes) {
        None => Ok(first),
        Some(other) => {
            let expected = format!("the same data as in `{}` beside it (remove the wrong one)", first.place);
            Err(Trouble::corrupt(&other.place, expected, "other data"))
        }
    }
}

/// What was looked for, and what is there instead.
fn lack(folder: &Path, spec: &Spec, lacking: &[&RawFile]) -> String {
    if !folder.is_dir() {
        return if folder.exists() { "it is a file" } else { "there is no such folder" }.to_owned();
    }
    let names: Vec<String> = lacking.iter().map(|file| format!("`{}`", file.name)).collect();
    let is_idx = lacking.iter().any(|file| file.name.contains("-idx"));
    let dots = if is_idx { "with `-` or `.` before `idx`, " } else { "" };
    let archive =
        spec.archive.map_or_else(String::new, |archive| format!(" and no archive `{}`", archive.name));
    let looked_for = format!("no file {} ({dots}with or without `.gz` or `.xz`){archive}", names.join(", "));
    let similar = similar(folder, spec);
    if similar.is_empty() { looked_for } else { format!("{looked_for}; found {}", similar.join(", ")) }
}

/// What is there and ends as the files of the data set do.
fn similar(folder: &Path, spec: &Spec) -> Vec<String> {
    let ends: Vec<&str> = spec.files.iter().filter_map(|file| file.name.rsplit(['-', '.']).next()).collect();
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let is_similar = |name: &str| ends.iter().any(|end| name.contains(end));
    let mut similar: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| is_similar(&name.to_string_lossy())))
        .map(|path| format!("{} `{}`", if path.is_dir() { "folder" } else { "file" }, path.display()))
        .collect();
    similar.sort();
    similar.truncate(8);
    similar
}
