//! `bal clean`: deletes what the runs of a pipeline made, and nothing else.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use bal_artifact::{Inventory, Layout, Lock};
use bal_cli::say;

use crate::args::CleanArgs;
use crate::config::{Origin, Overrides, load};
use crate::executor::slurm::Queue;
use crate::experiment::artifact_folder;
use crate::words::count;
use crate::{Error, home};

pub(super) fn clean(args: &CleanArgs) -> Result<(), Error> {
    let mut origin = Origin::read(&args.pipeline)?;
    let overrides = Overrides { profile: args.profile.clone(), ..Overrides::default() };
    let name = load(&mut origin, &overrides)?.name;
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
    refuse_while_jobs_live(&layout)?;
    let Inventory { ours, bytes, .. } = Inventory::of(folder, &|path| layout.claims(path, path.is_dir()))?;
    say(&format!("`{}`: {}, {:.1} MB", folder.display(), count(ours.len(), "file"), bytes as f64 / 1e6));
    if !args.yes && !confirmed() {
        return Err(Error::NotConfirmed { folder: folder.to_path_buf() });
    }
    // Looked at again: somebody may have taken his time to answer.
    let inventory = Inventory::of(folder, &|path| layout.claims(path, path.is_dir()))?;
    inventory.delete()?;
    drop(lock);
    say("deleted");
    for other in &inventory.others {
        say(&format!("left alone, since no run made it: `{}`", other.display()));
    }
    Ok(())
}

/// Jobs would go on, and fail one by one.
fn refuse_while_jobs_live(layout: &Layout) -> Result<(), Error> {
    if layout.slurm().submitted()?.arrays.is_empty() {
        return Ok(());
    }
    match Queue::look(layout) {
        // Not where that cluster is.
        Err(Error::NoScheduler { .. }) => Ok(()),
        queue => {
            let arrays: Vec<String> =
                queue?.alive().map(|array| format!("`{}`", array.submitted.name)).collect();
            if arrays.is_empty() {
                Ok(())
            } else {
                Err(Error::JobsAlive { folder: layout.root.clone(), arrays })
            }
        }
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
