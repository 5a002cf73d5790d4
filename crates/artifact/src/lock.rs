//! One writer per folder.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::files::{if_there, resolved};

/// Holds a folder's `.lock` until it is dropped, or its process ends in whatever way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    /// Removed with the lock.
    passing: Option<PathBuf>,
}

impl Lock {
    /// Takes the lock of `folder` (made if need be), at once or not at all.
    ///
    /// # Errors
    /// [`Error::Locked`] with what the holder wrote about itself.
    pub fn acquire(folder: &Path) -> Result<Self, Error> {
        fs_err::create_dir_all(folder).map_err(Error::io("create", folder))?;
        let file = take(&folder.join(".lock"), folder)?;
        Ok(Self { _file: file, passing: None })
    }

    /// Takes the lock of what is about to be made at `target`: `.lock-<name>` beside it, until its release.
    ///
    /// # Errors
    /// As [`Lock::acquire`].
    pub fn beside(target: &Path) -> Result<Self, Error> {
        // Whatever name the target is given, its lock is the same.
        let real = resolved(target)?;
        let name = real.file_name().unwrap_or_default().to_string_lossy();
        let path = real.with_file_name(format!(".lock-{name}"));
        let parent = path.parent().unwrap_or(Path::new("."));
        fs_err::create_dir_all(parent).map_err(Error::io("create", parent))?;
        loop {
            let file = take(&path, target)?;
            // The last holder may have removed the file that was opened here: such a lock keeps nobody out.
            let inode = |metadata: std::io::Result<std::fs::Metadata>| metadata.ok().map(|it| it.ino());
            if inode(fs_err::metadata(&path)) == inode(file.metadata()) {
                return Ok(Self { _file: file, passing: Some(path) });
            }
        }
    }

    /// What the holder of a folder's lock wrote about itself; `None` if nobody holds it.
    pub fn holder(folder: &Path) -> Result<Option<String>, Error> {
        let path = folder.join(".lock");
        let Some(file) = if_there(fs_err::File::open(&path)).map_err(Error::io("open", &path))? else {
            return Ok(None);
        };
        match file.file().try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(note(&path))),
            Err(TryLockError::Error(error)) => Err(Error::io("look at lock", &path)(error)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(path) = &self.passing {
            // A file that stays does no harm: the next holder takes it over.
            let _ = fs_err::remove_file(path);
        }
    }
}

/// Locks the file at `path`, the lock of `what`, and writes into it who holds it.
fn take(path: &Path, what: &Path) -> Result<File, Error> {
    let file = fs_err::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(Error::io("open", path))?
        .into_parts()
        .0;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Error::Locked { path: what.to_path_buf(), holder: note(path) });
        }
        Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
    }
    let command = std::env::args().take(3).collect::<Vec<_>>().join(" ");
    let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC");
    let note = format!("process {} (`{command}`) since {now}\n", std::process::id());
    file.set_len(0).and_then(|()| (&file).write_all(note.as_bytes())).map_err(Error::io("write", path))?;
    Ok(file)
}

fn note(path: &Path) -> String {
    let text = fs_err::read_to_string(path).unwrap_or_default().trim().to_owned();
    if text.is_empty() { "another process".to_owned() } else { text }
}
