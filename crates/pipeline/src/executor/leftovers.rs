//! What a killed process left: half-written folders and files, which no stage finds that has nothing to do.

use std::path::Path;

use bal_artifact::Error;

/// Removes `.tmp-<name>-<pid>` at or below `folder`, and `.old-<name>-<pid>` whose successor is there, of
/// processes that are gone.
///
/// Call it only with the folder's lock. An `.old-…` without successor is brought back by the stage that
/// makes it anew.
pub(crate) fn remove(folder: &Path, recursive: bool) -> Result<(), Error> {
    let io = |action, path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::Io { action, path, source }
    };
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs_err::read_dir(folder).map_err(io("list", folder))? {
        let path = entry.map_err(io("list", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if is_leftover(folder, &name) {
            tracing::debug!("removing `{}`, left by a process that is gone", path.display());
            let removed =
                if path.is_dir() { fs_err::remove_dir_all(&path) } else { fs_err::remove_file(&path) };
            removed.map_err(io("remove", &path))?;
        } else if recursive && path.is_dir() {
            remove(&path, true)?;
        }
    }
    Ok(())
}

fn is_leftover(folder: &Path, name: &str) -> bool {
    let of_dead_process = |rest: &str| {
        let (target, pid) = rest.rsplit_once('-')?;
        let pid: u32 = pid.parse().ok()?;
        (!Path::new("/proc").join(pid.to_string()).exists()).then(|| target.to_owned())
    };
    let temporary = name.strip_prefix(".tmp-").and_then(of_dead_process).is_some();
    let old = name.strip_prefix(".old-").and_then(of_dead_process);
    temporary || old.is_some_and(|target| folder.join(target).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Above the largest process id that Linux gives.
    const DEAD: u32 = 4_200_000;

    #[test]
    fn removes_what_dead_processes_left_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| fs_err::create_dir_all(folder.path().join(name)).unwrap();
        let alive = std::process::id();
        let stay = [
            "train".to_owned(),
            format!("round/.tmp-score-{alive}"),
            format!(".old-select-{DEAD}"),
            ".lock".to_owned(),
        ];
        let go =
            [format!(".tmp-train-{DEAD}"), format!(".old-train-{DEAD}"), format!("round/.tmp-score-{DEAD}")];
        stay.iter().chain(&go).for_each(|name| make(name));
        remove(folder.path(), true).unwrap();
        assert!(stay.iter().all(|name| folder.path().join(name).exists()), "{stay:?}");
        assert!(go.iter().all(|name| !folder.path().join(name).exists()), "{go:?}");
    }
}
