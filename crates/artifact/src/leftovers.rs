//! What a killed process leaves: a folder or file in the making, or a predecessor that it had set aside.

use std::path::Path;

use crate::files::{names, remove_if_empty};
use crate::leftover::Leftover;
use crate::target::remove_listed;
use crate::{Error, Manifest};

/// Removes what dead processes of this machine left of `target`; brings back what was set aside if its
/// successor never arrived, so that an interrupted replacement loses nothing.
pub(crate) fn remove_beside(target: &Path) -> Result<(), Error> {
    let parent = target.parent().unwrap_or(Path::new("/"));
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    for file_name in names(parent)? {
        let path = parent.join(&file_name);
        let leftover = Leftover::parse(&file_name).filter(|leftover| leftover.name == name);
        let is_gone = |leftover: &Leftover| !leftover.may_live() || leftover.pid == std::process::id();
        let Some(leftover) = leftover.filter(is_gone) else { continue };
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
    for name in names(folder)? {
        let path = folder.join(&name);
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
        _ => remove_if_empty(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leftover::host;

    /// Above the largest process id that Linux gives.
    const DEAD: u32 = 4_200_000;

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
}
