//! Deleting large files that no later round needs, as `keep:` says.

use bal_artifact::{Layout, Manifest, file, prune};

use crate::Error;
use crate::config::Retention;
use crate::sweep::Run;
use crate::task::Task;

/// Applies `keep:` once round `round` of a run is complete. Doing it again changes nothing.
pub(crate) fn apply(layout: &Layout, run: &Run, round: u64) -> Result<(), Error> {
    let keep = run.settings.keep;
    let rounds = run.settings.rounds;
    let scored = round < rounds;
    // In a fixed order, so that `pruned.json` is the same after any interruption.
    if goes(keep.predictions, scored, round + 1 == rounds) {
        for name in [file::LOG_PROBS, file::LOGITS, file::FEATURES, file::INDICES] {
            remove(layout, run, Task::score(round), name)?;
        }
    }
    if goes(keep.scores, scored, round + 1 == rounds) {
        remove(layout, run, Task::score(round), file::SCORES)?;
    }
    if goes(keep.weights, true, round == rounds) {
        remove(layout, run, Task::train(round), file::MODEL)?;
    }
    Ok(())
}

/// Applies `keep:` to a run that is complete: it may have changed since.
pub(crate) fn retain(layout: &Layout, run: &Run) -> Result<(), Error> {
    (0..=run.settings.rounds).try_for_each(|round| apply(layout, run, round))
}

/// Whether a file goes, given that this round has one and whether it is the last that does.
pub(crate) fn goes(keep: Retention, has_one: bool, last: bool) -> bool {
    has_one
        && match keep {
            Retention::None => true,
            Retention::Last => !last,
            Retention::All => false,
        }
}

fn remove(layout: &Layout, run: &Run, task: Task, name: &str) -> Result<(), Error> {
    let folder = task.folder(layout, run);
    let manifest = Manifest::read(&folder, task.stage.name())?;
    Ok(prune(&folder, &manifest, &[name])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_asked_for() {
        let kept =
            |keep| [(true, false), (true, true), (false, false)].map(|(has, last)| !goes(keep, has, last));
        assert_eq!(kept(Retention::None), [false, false, true]);
        assert_eq!(kept(Retention::Last), [false, true, true]);
        assert_eq!(kept(Retention::All), [true, true, true]);
    }
}
