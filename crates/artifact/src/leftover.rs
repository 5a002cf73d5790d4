//! The names of what a process has in the making or has set aside, and whether that process lives.

use std::path::{Path, PathBuf};

use crate::{KINDS, PRUNED, file};

/// `.tmp-<name>-<pid>@<host>` (in the making) or `.old-<name>-<pid>@<host>` (set aside), which lie beside
/// `<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// What it is to become, or was.
    pub name: String,
    /// Whether it was set aside.
    pub old: bool,
    pub(crate) pid: u32,
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
    pub(crate) fn lives_beside_holder(&self) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

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
