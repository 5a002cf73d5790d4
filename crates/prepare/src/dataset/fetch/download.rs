//! Files from the web, without ever hanging.

use std::io::{Read as _, Write};
use std::time::Duration;

use bal_cli::Progress;

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

/// The files below `base`; where it has not got the first one, out of their archive.
pub(super) fn read(base: &str, spec: &Spec) -> Result<Vec<Raw>, Trouble> {
    match (each(spec, |file| read_file(base, file)), spec.archive) {
        (Err(Trouble::Unavailable(reason)), Some(archive)) => match read_archive(base, archive, spec) {
            Err(Trouble::Unavailable(also)) => Err(Trouble::Unavailable(format!("{reason}; {also}"))),
            other => other,
        },
        (files, _) => files,
    }
}

/// The files out of the archive below `base`.
pub(super) fn read_archive(base: &str, archive: Archive, spec: &Spec) -> Result<Vec<Raw>, Trouble> {
    let url = format!("{base}{}", archive.name);
    let mut file = tempfile::tempfile().map_err(Trouble::unavailable)?;
    if !get(&url, archive.most, &mut file)? {
        return Err(Trouble::Unavailable(format!("`{url}` does not exist")));
    }
    let files = members::read(file, &url, archive.folder, spec.files)?;
    let mut files = files.into_iter();
    each(spec, |_| Ok(files.next().unwrap_or_default()))
}

/// The file below `base`, compressed or else not, and its full address.
fn read_file(base: &str, file: RawFile) -> Result<Raw, Trouble> {
    let urls = variants(file.name).map(|name| format!("{base}{name}"));
    for url in &urls {
        let mut bytes = Vec::new();
        if get(url, file.most, &mut bytes)? {
            return Ok(Raw::new(url, bytes));
        }
    }
    let [one, two, three] = urls;
    Err(Trouble::Unavailable(format!("neither `{one}` nor `{two}` nor `{three}` exists")))
}

/// Writes the body at `url` into `sink`; false if the server says that there is none.
fn get(url: &str, most: u64, sink: &mut impl Write) -> Result<bool, Trouble> {
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
