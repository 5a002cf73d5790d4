//! A file in the making, whose digest is computed while it is written.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use fs_err::File;
use sha2::{Digest as _, Sha256};

use crate::{Error, digest};

/// A new file and what is known of its bytes so far.
#[derive(Debug)]
pub(crate) struct Digested {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Digested {
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let file = File::create(path).map_err(Error::io("create", path))?;
        Ok(Self { path: path.to_path_buf(), file: BufWriter::new(file), hash: Sha256::new(), bytes: 0 })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.write_all(bytes).map_err(|source| Error::io("write", &self.path)(source))
    }

    /// Makes the file durable; its hex SHA-256 and its length.
    pub(crate) fn finish(mut self) -> Result<(String, u64), Error> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        written.map_err(Error::io("write", &self.path))?;
        Ok((digest::hex(self.hash), self.bytes))
    }
}

/// Also for a library that writes.
impl std::io::Write for Digested {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
