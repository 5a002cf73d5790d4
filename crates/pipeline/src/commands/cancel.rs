//! `bal cancel`: ends the jobs that `bal run --executor slurm` submitted, and nothing else.

use std::path::PathBuf;

use bal_artifact::{Layout, Lock};
use bal_cli::say;

use crate::args::CancelArgs;
use crate::config::{Origin, Overrides, load};
use crate::executor::slurm::{Queue, cancel as cancel_arrays};
use crate::experiment::artifact_folder;
use crate::words::count;
use crate::{Error, home};

pub(super) fn cancel(args: &CancelArgs) -> Result<(), Error> {
    let root = if args.path.is_dir() {
        args.path.clone()
    } else {
        let mut origin = Origin::read(&args.path)?;
        let overrides = Overrides { profile: args.profile.clone(), ..Overrides::default() };
        let name = load(&mut origin, &overrides)?.name;
        let root = args.out.clone().unwrap_or_else(|| artifact_folder(&name, args.profile.as_deref()));
        home::check(&Layout { root: root.clone(), data_dir: PathBuf::new() }, &name)?;
        root
    };
    let layout = Layout { root, data_dir: PathBuf::new() };
    if !layout.pipeline_file().is_file() {
        return Err(Error::NoPipeline { folder: layout.root });
    }
    // Nobody submits meanwhile.
    let _lock = Lock::acquire(&layout.root)?;
    let queue = Queue::look(&layout)?;
    let alive: Vec<_> = queue.alive().collect();
    // The number of an array ends all of its elements.
    let ids = alive.iter().map(|array| (array.submitted.id, array.submitted.cluster.clone()));
    cancel_arrays(&ids.collect::<Vec<_>>())?;
    for array in &alive {
        let elements = array.states.values().filter(|state| state.is_alive()).count();
        let name = &array.submitted.name;
        say(&format!("cancelled {}: `{name}`, {}", array.submitted.id, count(elements, "element")));
    }
    if alive.is_empty() {
        say("nothing to cancel: no job of this experiment waits or runs");
    }
    Ok(())
}
