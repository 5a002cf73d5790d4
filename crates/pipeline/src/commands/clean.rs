//! `bal clean`: deletes the results of a pipeline.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use bal_artifact::{Error as ArtifactError, Lock};
use bal_cli::say;

use super::words::count;
use crate::Error;
use crate::args::CleanArgs;
use crate::config::{Overrides, Source, load};
use crate::layout::{Layout, artifact_folder};

pub(super) fn clean(args: &CleanArgs) -> Result<(), Error> {
    let mut source = Source::read(&args.pipeline)?;
    let overrides = Overrides { profile: args.profile.clone(), ..Overrides::default() };
    let name = load(&mut source, &overrides)?.name;
    let root = args.out.clone().unwrap_or_else(|| artifact_folder(&name, args.profile.as_deref()));
    let layout = Layout { root, data_dir: PathBuf::new() };
    let folder = layout.root.as_path();
    if !folder.exists() {
        say(&format!("nothing to delete: `{}` is not there", folder.display()));
        return Ok(());
    }
    // `--out` may name any folder; only what `bal run` made is deleted.
    if !layout.pipeline_file().is_file() {
        return Err(Error::NoPipeline { folder: folder.to_path_buf() });
    }
    let lock = Lock::acquire(folder)?;
    let (files, bytes) = size(folder)?;
    say(&format!("`{}`: {}, {:.1} MB", folder.display(), count(files, "file"), bytes as f64 / 1e6));
    if !args.yes && !confirmed() {
        return Err(Error::NotConfirmed { folder: folder.to_path_buf() });
    }
    fs_err::remove_dir_all(folder).map_err(io("remove", folder))?;
    drop(lock);
    say("deleted");
    Ok(())
}

/// Asks, where somebody is there to answer.
fn confirmed() -> bool {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return false;
    }
    let mut answer = String::new();
    let asked = std::io::stderr()
        .write_all(b"delete all of it? [y/N] ")
        .and_then(|()| stdin.lock().read_line(&mut answer));
    asked.is_ok() && matches!(answer.trim(), "y" | "yes")
}

/// Number of files below a folder, and their bytes.
fn size(folder: &Path) -> Result<(usize, u64), Error> {
    let mut sum = (0, 0);
    for entry in fs_err::read_dir(folder).map_err(io("list", folder))? {
        let path = entry.map_err(io("list", folder))?.path();
        let metadata = fs_err::symlink_metadata(&path).map_err(io("read", &path))?;
        let (files, bytes) = if metadata.is_dir() { size(&path)? } else { (1, metadata.len()) };
        sum = (sum.0 + files, sum.1 + bytes);
    }
    Ok(sum)
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ArtifactError {
    let path = path.to_path_buf();
    move |source| ArtifactError::Io { action, path, source }
}
