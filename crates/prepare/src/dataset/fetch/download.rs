//! Files from the web, without ever hanging.

use std::io::{Read, Seek as _, Write};
use std::time::Duration;

use bal_cli::Progress;
use md5::{Digest as _, Md5};

use super::folder::variants;
use super::members;
use super::raw::{Raw, Trouble, each};
use crate::dataset::catalogue::{Archive, RawFile, Spec};

/// For finding the host and for the connection to it.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest silence of a connected server.
const SILENCE: Duration = Duration::from_secs(15);
/// A line of 1 MBit/s is waited for, in bytes a second.
const SLOWEST: u64 = 1 << 17;

/// Whether what is fetched must be the official bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// A mirror may compress them differently.
    Named,
    Official,
}

/// The files below `base`; where it has not got the first one, out of their archive.
pub(super) fn read(base: &str, spec: &Spec, whose: Whose) -> Result<Vec<Raw>, Trouble> {
    match (each(spec, |file| read_file(base, file, whose)), spec.archive) {
        (Err(Trouble::Unavailable(reason)), Some(archive)) => {
            match read_archive(base, archive, spec, whose) {
                Err(Trouble::Unavailable(also)) => Err(Trouble::Unavailable(format!("{reason}; {also}"))),
                other => other,
            }
        }
        (files, _) => files,
    }
}

/// The files out of the archive below `base`.
pub(super) fn read_archive(
    base: &str,
    archive: Archive,
    spec: &Spec,
    whose: Whose,
) -> Result<Vec<Raw>, Trouble> {
    let url = format!("{base}{}", archive.name);
    let mut file = tempfile::tempfile().map_err(Trouble::unavailable)?;
    if !get(&url, archive.most, &mut file)? {
        return Err(Trouble::Unavailable(format!("`{url}` does not exist")));
    }
    if let (Some(expected), Whose::Official) = (archive.md5, whose) {
        file.rewind().map_err(Trouble::unavailable)?;
        hold(&url, expected, md5_of(&mut file).map_err(Trouble::unavailable)?)?;
    }
    let files = members::read(&mut file, &url, archive.folder, spec.files)?;
    let mut files = files.into_iter();
    each(spec, |_| Ok(files.next().unwrap_or_default()))
}

/// The file below `base`, compressed or else not, and its full address.
fn read_file(base: &str, file: RawFile, whose: Whose) -> Result<Raw, Trouble> {
    let urls = variants(file.name).map(|name| format!("{base}{name}"));
    for url in &urls {
        let mut bytes = Vec::new();
        if get(url, file.most, &mut bytes)? {
            if let (Some(expected), Whose::Official) = (file.packed_md5, whose) {
                hold(url, expected, Md5::new_with_prefix(&bytes))?;
            }
            return Ok(Raw::new(url, bytes));
        }
    }
    let [one, two, three] = urls;
    Err(Trouble::Unavailable(format!("neither `{one}` nor `{two}` nor `{three}` exists")))
}

fn md5_of(reader: &mut dyn Read) -> std::io::Result<Md5> {
    let (mut md5, mut buffer) = (Md5::new(), vec![0; 1 << 16]);
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(md5),
            n => md5.update(&buffer[..n]),
        }
    }
}

/// Refuses a download with another MD5.
fn hold(url: &str, expected: &str, md5: Md5) -> Result<(), Trouble> {
    let digest = md5.finalize();
    let hex =
        |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('?'));
    let got: String = digest.iter().flat_map(hex).collect();
    if got == expected {
        return Ok(());
    }
    Err(Trouble::Checksum { file: url.to_owned(), expected: format!("md5 {expected}"), got })
}

/// Writes the body at `url` into `sink`; false if the server says that there is none.
fn get(url: &str, most: u64, sink: &mut dyn Write) -> Result<bool, Trouble> {
    let failed = |error: String| Trouble::Unavailable(format!("failed to fetch `{url}`: {error}"));
    // As in `read_bounded`: what cannot be compressed grows a little.
    let limit = most + most / 16 + 4096;
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE))
        .timeout_global(Some(Duration::from_secs(60 + limit / SLOWEST)))
        .build()
        .into();
    let mut response = match agent.get(url).call() {
        Ok(response) => response,
        Err(ureq::Error::StatusCode(404)) => return Ok(false),
        Err(error) => return Err(failed(error.to_string())),
    };
    let total = response.body().content_length().unwrap_or(0);
    let name = url.rsplit('/').next().unwrap_or(url);
    let mut progress = Progress::new(&format!("downloading {name}"), "bytes", total);
    let mut reader = response.body_mut().with_config().limit(limit).reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        bal_cli::check_interrupt()?;
        match reader.read(&mut buffer).map_err(|error| failed(error.to_string()))? {
            0 => return Ok(true),
            n => {
                sink.write_all(&buffer[..n]).map_err(|error| failed(error.to_string()))?;
                progress.advance(n as u64);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_is_held_to_its_md5() {
        let held = |text: &[u8]| hold("u", "900150983cd24fb0d6963f7d28e17f72", Md5::new_with_prefix(text));
        held(b"abc").unwrap();
        let expected =
            "`u`: expected md5 900150983cd24fb0d6963f7d28e17f72, got 4911e516e5aa21d327512e0c8b197616";
        assert_eq!(held(b"abd").unwrap_err().to_string(), expected);
    }
}
