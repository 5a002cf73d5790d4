//! One writer per folder.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::files::{if_there, resolved};
use crate::job::Holder;

/// Holds a folder's `.lock` until it is dropped, or its process ends in whatever way.
///
/// The file is locked, which every machine sees where the file system passes that on. Where it does not, a
/// note in the file keeps others out as far as somebody can tell whether its writer lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
    note: String,
    /// Whether the file is removed with the lock.
    passing: bool,
}

impl Lock {
    /// Takes the lock of `folder` (made if need be), at once or not at all.
    ///
    /// # Errors
    /// [`Error::Locked`] with what the holder wrote about itself.
    pub fn acquire(folder: &Path) -> Result<Self, Error> {
        Self::acquire_judged(folder, &|_| true)
    }

    /// As [`Lock::acquire`], on a file system that several machines share. `is_gone` says whether a holder on
    /// another machine that left its note has ended.
    ///
    /// # Errors
    /// As [`Lock::acquire`].
    pub fn acquire_judged(folder: &Path, is_gone: &dyn Fn(&Holder) -> bool) -> Result<Self, Error> {
        fs_err::create_dir_all(folder).map_err(Error::io("create", folder))?;
        let path = folder.join(".lock");
        let (file, note) = take(&path, folder, is_gone)?;
        Ok(Self { file, path, note, passing: false })
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
            let (file, note) = take(&path, target, &|_| true)?;
            // The last holder may have removed the file that was opened here: such a lock keeps nobody out.
            let inode = |metadata: std::io::Result<std::fs::Metadata>| metadata.ok().map(|it| it.ino());
            if inode(fs_err::metadata(&path)) == inode(file.metadata()) {
                return Ok(Self { file, path, note, passing: true });
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

    /// Whether the lock is still this one's: somebody may have taken it over who was told that this process
    /// is gone.
    ///
    /// # Errors
    /// [`Error::Locked`] with what the other one wrote about itself.
    pub fn check(&self, folder: &Path) -> Result<(), Error> {
        match fs_err::read_to_string(&self.path) {
            // A lock that cannot be read is nobody else's.
            Ok(now) if now != self.note && !now.is_empty() => {
                Err(Error::Locked { path: folder.to_path_buf(), holder: note(&self.path) })
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.passing {
            // A file that stays does no harm: the next holder takes it over.
            let _ = fs_err::remove_file(&self.path);
        } else if fs_err::read_to_string(&self.path).is_ok_and(|now| now == self.note) {
            // Nor does a note: a holder that was killed leaves its own as well.
            let _ = self.file.set_len(0);
        }
    }
}

/// Locks the file at `path`, the lock of `what`, and writes into it who holds it.
fn take(path: &Path, what: &Path, is_gone: &dyn Fn(&Holder) -> bool) -> Result<(File, String), Error> {
    let file = fs_err::OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
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
    let mut before = String::new();
    // What is no text is no note.
    let _ = (&file).read_to_string(&mut before);
    if let Some(holder) = Holder::parse(&before).filter(Holder::is_elsewhere)
        && !is_gone(&holder)
    {
        return Err(Error::Locked { path: what.to_path_buf(), holder: holder.text });
    }
    let note = format!("{}\n", Holder::own().text);
    let written =
        file.set_len(0).and_then(|()| (&file).rewind()).and_then(|()| (&file).write_all(note.as_bytes()));
    written.map_err(Error::io("write", path))?;
    Ok((file, note))
}

fn note(path: &Path) -> String {
    let text = fs_err::read_to_string(path).unwrap_or_default();
    Holder::parse(&text).map_or_else(|| "another process".to_owned(), |holder| holder.text)
}
