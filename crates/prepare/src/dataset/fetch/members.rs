//! Raw files out of an archive: `.zip`, `.whl`, `.tar.gz` or `.tgz`, as the first bytes say.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use flate2::read::GzDecoder;

use super::folder::variants;
use super::raw::{Raw, Trouble, read_bounded};
use super::zip::Zip;
use crate::dataset::catalogue::RawFile;

/// How much else than the wanted files may come out of a `.tar.gz`.
const MOST_ELSE: u64 = 64 << 20;

/// An archive, wherever it lies. One compiled reader serves all places: generic ones added 48 KB.
pub(super) trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// The members `prefix` + name of each file, which may be compressed once more, in the order of `files`.
pub(super) fn read(
    archive: &mut dyn ReadSeek,
    place: &str,
    prefix: &str,
    files: &[RawFile],
) -> Result<Vec<Raw>, Trouble> {
    let mut magic = [0; 2];
    // A file that was just written stands at its end.
    archive.rewind().map_err(Trouble::unavailable)?;
    let start = archive.read(&mut magic).map_err(Trouble::unavailable)?;
    archive.rewind().map_err(Trouble::unavailable)?;
    match &magic[..start] {
        b"PK" => read_zip(archive, place, prefix, files),
        [0x1f, 0x8b] => read_tar(archive, place, prefix, files),
        other => Err(Trouble::corrupt(place, "a zip or tar.gz archive", format!("first bytes {other:?}"))),
    }
}

fn read_zip(
    archive: &mut dyn ReadSeek,
    place: &str,
    prefix: &str,
    files: &[RawFile],
) -> Result<Vec<Raw>, Trouble> {
    let mut archive = Zip::open(archive, place)?;
    let one = |file: &RawFile| {
        bal_cli::check_interrupt()?;
        for name in variants(file.name) {
            // What is compressed twice may be a little larger than what is in it.
            if let Some(raw) =
                archive.member(&format!("{prefix}{name}"), file.most + file.most / 16 + 4096)?
            {
                return Ok(raw);
            }
        }
        Err(lacks(prefix, file))
    };
    files.iter().map(one).collect()
}

/// One pass over the archive, which ends as soon as all files are found.
fn read_tar(
    archive: &mut dyn ReadSeek,
    place: &str,
    prefix: &str,
    files: &[RawFile],
) -> Result<Vec<Raw>, Trouble> {
    let damaged = |error: std::io::Error| Trouble::corrupt(place, "a tar.gz archive", error.to_string());
    let wanted: BTreeMap<String, usize> = files
        .iter()
        .enumerate()
        .flat_map(|(at, file)| variants(file.name).map(move |name| (format!("{prefix}{name}"), at)))
        .collect();
    let most = MOST_ELSE + files.iter().map(|file| file.most + file.most / 16 + 4096).sum::<u64>();
    let mut found: Vec<Option<Raw>> = files.iter().map(|_| None).collect();
    let mut archive = tar::Archive::new(GzDecoder::new(archive).take(most));
    for entry in archive.entries().map_err(damaged)? {
        bal_cli::check_interrupt()?;
        let mut entry = entry.map_err(damaged)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(&at) = wanted.get(name.trim_start_matches("./")) else { continue };
        let bytes = read_bounded(&mut entry, files[at].most).map_err(damaged)?;
        found[at] = Some(Raw::new(format!("{place}:{name}"), bytes));
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    let found = found.into_iter().zip(files).map(|(raw, file)| raw.ok_or_else(|| lacks(prefix, file)));
    found.collect()
}

fn lacks(prefix: &str, file: &RawFile) -> Trouble {
    Trouble::Unavailable(format!("no file `{prefix}{}` in it", file.name))
}
