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
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).map_err(Error::io("write", &self.path))
    }

    /// Makes the file durable; its hex SHA-256 and its length.
    pub(crate) fn finish(mut self) -> Result<(String, u64), Error> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        written.map_err(Error::io("write", &self.path))?;
        Ok((digest::hex(self.hash), self.bytes))
    }
}
