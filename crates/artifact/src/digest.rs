//! SHA-256 of files, remembered as long as a file keeps its size and time.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use crate::Error;

/// Hex SHA-256 of some bytes.
pub fn sha256_of(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

/// Hex SHA-256 of a file, always read anew.
pub fn sha256_file(path: &Path) -> Result<String, Error> {
    let mut file = fs_err::File::open(path).map_err(Error::io("open", path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer).map_err(Error::io("read", path))? {
            0 => return Ok(hex(hash)),
            n => hash.update(&buffer[..n]),
        }
    }
}

/// As [`sha256_file`], but a file is read again only if its size or modification time has changed.
///
/// A run reads the same data set in every round: 55 MB to hash each time.
pub fn sha256_cached(path: &Path) -> Result<String, Error> {
    type Seen = BTreeMap<PathBuf, (u64, SystemTime, String)>;
    static SEEN: Mutex<Seen> = Mutex::new(BTreeMap::new());
    let meta = fs_err::metadata(path).map_err(Error::io("read", path))?;
    let modified = meta.modified().map_err(Error::io("read the time of", path))?;
    let lock = || SEEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((len, time, digest)) = lock().get(path)
        && (*len, *time) == (meta.len(), modified)
    {
        return Ok(digest.clone());
    }
    let digest = sha256_file(path)?;
    lock().insert(path.to_path_buf(), (meta.len(), modified, digest.clone()));
    Ok(digest)
}

pub(crate) fn hex(hash: Sha256) -> String {
    use std::fmt::Write as _;
    let bytes = hash.finalize();
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
