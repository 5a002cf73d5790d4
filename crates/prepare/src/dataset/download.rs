//! Files from the web, without ever hanging.

use std::io::Read as _;
use std::time::Duration;

use bal_cli::Progress;

use super::catalogue::RawFile;
use super::raw::{MAX_BYTES, Raw, Trouble};

/// For finding the host and for the connection to it.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest silence of a connected server.
const SILENCE: Duration = Duration::from_secs(15);
/// For one whole file: 26 MB over a line of 1 MBit/s.
const WHOLE: Duration = Duration::from_mins(4);

/// The file below `base`, gzipped or else not, and its full address.
pub(super) fn read(base: &str, file: RawFile) -> Result<Raw, Trouble> {
    let zipped = format!("{base}{}.gz", file.name);
    if let Some(bytes) = get(&zipped)? {
        return Ok(Raw { place: zipped, bytes });
    }
    let plain = format!("{base}{}", file.name);
    match get(&plain)? {
        Some(bytes) => Ok(Raw { place: plain, bytes }),
        None => Err(Trouble::Unavailable(format!("neither `{zipped}` nor `{plain}` exists"))),
    }
}

/// The body at `url`; `None` if the server says that there is none.
fn get(url: &str) -> Result<Option<Vec<u8>>, Trouble> {
    let failed = |error: String| Trouble::Unavailable(format!("failed to fetch `{url}`: {error}"));
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE))
        .timeout_global(Some(WHOLE))
        .build()
        .into();
    let mut response = match agent.get(url).call() {
        Ok(response) => response,
        Err(ureq::Error::StatusCode(404)) => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
    };
    let total = response.body().content_length().unwrap_or(0);
    let name = url.rsplit('/').next().unwrap_or(url);
    let mut progress = Progress::new(&format!("downloading {name}"), "bytes", total);
    let mut reader = response.body_mut().with_config().limit(MAX_BYTES).reader();
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        bal_cli::check_interrupt()?;
        match reader.read(&mut buffer).map_err(|error| failed(error.to_string()))? {
            0 => return Ok(Some(bytes)),
            n => {
                bytes.extend_from_slice(&buffer[..n]);
                progress.advance(n as u64);
            }
        }
    }
}
