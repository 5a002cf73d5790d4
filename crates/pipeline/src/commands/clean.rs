//! `bal clean`: deletes what the runs of a pipeline made, and nothing else.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use bal_artifact::{Inventory, Lock};
use bal_cli::say;

use crate::args::CleanArgs;
use crate::config::{Overrides, Source, load};
use crate::layout::{Layout, artifact_folder};
use crate::words::count;
use crate::{Error, home};

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
    if !layout.pipeline_file().is_file() {
        return Err(Error::NoPipeline { folder: folder.to_path_buf() });
    }
    home::check(&layout, &name)?;
    let lock = Lock::acquire(folder)?;
    let Inventory { ours, bytes, .. } = Inventory::of(folder, &|path| belongs(folder, path, path.is_dir()))?;
    say(&format!("`{}`: {}, {:.1} MB", folder.display(), count(ours.len(), "file"), bytes as f64 / 1e6));
    if !args.yes && !confirmed() {
        return Err(Error::NotConfirmed { folder: folder.to_path_buf() });
    }
    // Looked at again: somebody may have taken his time to answer.
    let inventory = Inventory::of(folder, &|path| belongs(folder, path, path.is_dir()))?;
    inventory.delete()?;
    drop(lock);
    say("deleted");
    for other in &inventory.others {
        say(&format!("left alone, since no run made it: `{}`", other.display()));
    }
    Ok(())
}

/// Whether a path below an experiment's folder is where `bal run` puts an artifact, or is one of its own files.
fn belongs(root: &Path, path: &Path, is_folder: bool) -> bool {
    let Ok(path) = path.strip_prefix(root) else { return false };
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    let numbered = |part: &str, word: &str| {
        part.strip_prefix(word).is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match parts.as_slice() {
        [".lock" | "pipeline.yaml"] => !is_folder,
        [_, seed, ".lock"] => !is_folder && numbered(seed, "seed-"),
        _ if !is_folder => false,
        ["report"] => true,
        [_, seed, "split"] => numbered(seed, "seed-"),
        [_, seed, round, "train" | "score" | "select"] => {
            numbered(seed, "seed-") && numbered(round, "round-")
        }
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_runs_make_is_claimed() {
        let claimed =
            |path: &str, is_folder| belongs(Path::new("exp"), &Path::new("exp").join(path), is_folder);
        for file in ["pipeline.yaml", ".lock", "a/seed-0/.lock"] {
            assert!(claimed(file, false) && !claimed(file, true), "{file}");
        }
        for folder in ["report", "bald/seed-0/split", "bald/seed-12/round-003/train"] {
            assert!(claimed(folder, true) && !claimed(folder, false), "{folder}");
        }
        for path in [
            "notes",
            "bald/seed-x/split",
            "bald/seed-0/notes",
            "sub/pipeline.yaml",
            "bald/seed-0/round-000/picks",
        ] {
            assert!(!claimed(path, true) && !claimed(path, false), "{path}");
        }
    }
}
