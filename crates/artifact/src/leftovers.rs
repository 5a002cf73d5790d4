//! What a killed process leaves: a folder or file in the making, or a predecessor that it had set aside.

use std::path::{Path, PathBuf};

use crate::target::remove_listed;
use crate::{Error, KINDS, Manifest, PRUNED, file};

/// `.tmp-<name>-<pid>@<host>` (in the making) or `.old-<name>-<pid>@<host>` (set aside), which lie beside
/// `<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// What it is to become, or was.
    pub name: String,
    /// Whether it was set aside.
    pub old: bool,
    pid: u32,
    /// `None` for one of an earlier version, which wrote no host.
    host: Option<String>,
}

impl Leftover {
    /// The one that this process makes beside `target`.
    pub(crate) fn beside(target: &Path, kind: &str) -> PathBuf {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        target.with_file_name(format!(".{kind}-{name}-{}@{}", std::process::id(), host()))
    }

    /// Whether a name has the form of one.
    pub(crate) fn is(name: &str) -> bool {
        Self::parse(name).is_some()
    }

    /// Takes a name apart.
    pub fn parse(name: &str) -> Option<Self> {
        let (old, rest) = match name.strip_prefix(".tmp-") {
            Some(rest) => (false, rest),
            None => (true, name.strip_prefix(".old-")?),
        };
        let numbered = |text: &str| {
            let (name, pid) = text.rsplit_once('-')?;
            Some((name.to_owned(), pid.parse().ok()?))
        };
        let with_host = rest.rsplit_once('@').and_then(|(rest, host)| Some((numbered(rest)?, host)));
        let ((name, pid), host) = match with_host {
            Some((numbered, host)) => (numbered, Some(host.to_owned())),
            // Without a host only the names that earlier versions gave: `.old-thesis-2023` is somebody's own.
            None => (numbered(rest).filter(|(name, _)| is_given(name))?, None),
        };
        Some(Self { name, old, pid, host })
    }

    /// Whether its process may still be at work: it lives on this machine, or was started on another one.
    pub fn may_live(&self) -> bool {
        match &self.host {
            Some(there) if *there != host() => true,
            _ => is_alive(self.pid),
        }
    }

    /// As [`Leftover::may_live`], for the holder of the run's lock: no other machine is at work in it.
    fn lives_beside_holder(&self) -> bool {
        self.host.as_ref().is_none_or(|there| *there == host()) && is_alive(self.pid)
    }
}

/// Whether stages and retention of a pipeline wrote something of this name when names had no host yet.
fn is_given(name: &str) -> bool {
    (KINDS.contains(&name) && name != "label") || [PRUNED, file::PIPELINE].contains(&name)
}

/// Whether a process runs on this machine. One that has ended and waits for its parent (a zombie) does not.
fn is_alive(pid: u32) -> bool {
    let Ok(stat) = fs_err::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // The command's name stands in brackets and may hold anything.
    let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
    !matches!(state, Some('Z' | 'X' | 'x'))
}

/// This machine's name.
pub(crate) fn host() -> String {
    let name = fs_err::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().replace(['@', '/'], "_")
}

/// Removes what dead processes of this machine left of `target`; brings back what was set aside if its
/// successor never arrived, so that an interrupted replacement loses nothing.
pub(crate) fn remove_beside(target: &Path) -> Result<(), Error> {
    let parent = target.parent().unwrap_or(Path::new("/"));
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    for entry in fs_err::read_dir(parent).map_err(Error::io("list", parent))? {
        let path = entry.map_err(Error::io("list", parent))?.path();
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(leftover) = Leftover::parse(&file_name).filter(|leftover| leftover.name == name) else {
            continue;
        };
        if leftover.may_live() && leftover.pid != std::process::id() {
            continue;
        }
        if leftover.old && !target.exists() {
            fs_err::rename(&path, target).map_err(Error::io("rename", &path))?;
        } else {
            remove(&path, &leftover)?;
        }
    }
    Ok(())
}

/// Removes all leftovers at or below `folder` of processes that are gone, `told` being called for each.
/// Links are not followed. Call it only with a lock: that of a run says that no other machine is at work in
/// it (`of_run`), that of an experiment does not.
///
/// What was set aside and has no successor is brought back by its stage. What holds foreign files stays.
pub fn remove_leftovers(folder: &Path, of_run: bool, told: &mut dyn FnMut(&Path)) -> Result<(), Error> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs_err::read_dir(folder).map_err(Error::io("list", folder))? {
        let path = entry.map_err(Error::io("list", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match Leftover::parse(&name) {
            Some(leftover) if if of_run { leftover.lives_beside_holder() } else { leftover.may_live() } => {}
            Some(leftover) if leftover.old && !folder.join(&leftover.name).exists() => {}
            Some(leftover) => {
                told(&path);
                remove(&path, &leftover)?;
            }
            None if path.is_dir() && !path.is_symlink() => remove_leftovers(&path, of_run, told)?,
            None => {}
        }
    }
    Ok(())
}

/// A folder in the making holds nothing but ours. One that was set aside had been somebody's output folder.
fn remove(path: &Path, leftover: &Leftover) -> Result<(), Error> {
    match remove_kind(path, leftover) {
        // Somebody else has removed it at the same time.
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn remove_kind(path: &Path, leftover: &Leftover) -> Result<(), Error> {
    if path.is_symlink() || !path.is_dir() {
        return fs_err::remove_file(path).map_err(Error::io("remove", path));
    }
    if !leftover.old {
        return fs_err::remove_dir_all(path).map_err(Error::io("remove", path));
    }
    match Manifest::of_folder(path) {
        Ok(Some(manifest)) => remove_listed(path, &manifest).map(drop),
        // Its manifest is removed last: what is left without one is not ours. An empty folder is nobody's.
        _ => match fs_err::remove_dir(path) {
            Err(error) if error.kind() != std::io::ErrorKind::DirectoryNotEmpty => {
                Err(Error::io("remove", path)(error))
            }
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Above the largest process id that Linux gives.
    const DEAD: u32 = 4_200_000;

    #[test]
    fn names_are_taken_apart() {
        let name = |text: &str| {
            Leftover::parse(text).map(|leftover| (leftover.name, leftover.old, leftover.pid, leftover.host))
        };
        assert_eq!(
            name(".tmp-a-b-17@node-3"),
            Some(("a-b".to_owned(), false, 17, Some("node-3".to_owned())))
        );
        assert_eq!(name(".old-x@y-4@h"), Some(("x@y".to_owned(), true, 4, Some("h".to_owned()))));
        assert_eq!(name(".tmp-select-17"), Some(("select".to_owned(), false, 17, None)));
        for other in [
            "select",
            ".tmp-select",
            ".tmp-select-x@h",
            ".new-select-1@h",
            ".old-",
            ".old-thesis-2023",
            ".tmp-notes-17",
        ] {
            assert_eq!(name(other), None, "{other}");
        }
        let own = Leftover::beside(Path::new("a/select"), "tmp");
        assert!(Leftover::parse(&own.file_name().unwrap().to_string_lossy()).unwrap().may_live());
    }

    #[test]
    fn removes_what_dead_processes_left_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| fs_err::create_dir_all(folder.path().join(name)).unwrap();
        let (alive, here) = (std::process::id(), host());
        let stay = [
            "train".to_owned(),
            format!("round/.tmp-score-{alive}@{here}"),
            format!("round/.tmp-score-{alive}"),
            format!(".old-select-{DEAD}@{here}"),
            ".lock".to_owned(),
        ];
        let go = [
            format!(".tmp-train-{DEAD}"),
            format!(".tmp-train-{DEAD}@{here}"),
            format!(".tmp-train-{alive}@another"),
            format!(".old-train-{DEAD}"),
            format!("round/.tmp-score-{DEAD}"),
        ];
        stay.iter().chain(&go).for_each(|name| make(name));
        let foreign = folder.path().join(format!(".old-train-{DEAD}@{here}"));
        fs_err::create_dir(&foreign).unwrap();
        fs_err::write(foreign.join("notes.txt"), b"mine").unwrap();
        let mut told = 0;
        remove_leftovers(folder.path(), true, &mut |_| told += 1).unwrap();
        assert_eq!(told, go.len() + 1);
        assert!(stay.iter().all(|name| folder.path().join(name).exists()), "{stay:?}");
        assert!(go.iter().all(|name| !folder.path().join(name).exists()), "{go:?}");
        assert!(foreign.join("notes.txt").exists(), "what somebody put there is not ours to remove");
    }

    #[test]
    fn a_zombie_does_not_live() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let path = format!("/proc/{}/stat", child.id());
        while !fs_err::read_to_string(&path).unwrap().contains(") Z") {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(!is_alive(child.id()));
        child.wait().unwrap();
    }
}
