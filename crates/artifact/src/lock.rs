//! One writer per folder.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::Path;

use crate::Error;

/// Holds a folder's `.lock` until it is dropped, or its process ends in whatever way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of `folder` (made if need be), at once or not at all.
    ///
    /// # Errors
    /// [`Error::Locked`] with what the holder wrote about itself.
    pub fn acquire(folder: &Path) -> Result<Self, Error> {
        fs_err::create_dir_all(folder).map_err(Error::io("create", folder))?;
        let path = folder.join(".lock");
        let file = fs_err::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::io("open", &path))?
            .into_parts()
            .0;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Locked { path: folder.to_path_buf(), holder: note(&path) });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
        }
        let command = std::env::args().take(3).collect::<Vec<_>>().join(" ");
        let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC");
        let note = format!("process {} (`{command}`) since {now}\n", std::process::id());
        file.set_len(0)
            .and_then(|()| (&file).write_all(note.as_bytes()))
            .map_err(Error::io("write", &path))?;
        Ok(Self { _file: file })
    }

    /// What the holder of a folder's lock wrote about itself; `None` if nobody holds it.
    pub fn holder(folder: &Path) -> Result<Option<String>, Error> {
        let path = folder.join(".lock");
        let file = match fs_err::File::open(&path) {
            Ok(file) => file.into_parts().0,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("open", &path)(error)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(note(&path))),
            Err(TryLockError::Error(error)) => Err(Error::io("look at lock", &path)(error)),
        }
    }
}

fn note(path: &Path) -> String {
    let text = fs_err::read_to_string(path).unwrap_or_default().trim().to_owned();
    if text.is_empty() { "another process".to_owned() } else { text }
}
