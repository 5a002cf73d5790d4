//! Which arrays do what: runs are cut into parts, and with `granularity: stage` each part has an array for
//! every stage of every round.

use bal_artifact::SlurmFolder;

use crate::config::slurm::Granularity;
use crate::sweep::Run;
use crate::task::{Stage, Task};

/// What one element of an array does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    /// Its runs from beginning to end.
    Runs,
    /// One stage of one round of its runs. `label` goes with `train`: it takes milliseconds.
    Stage { round: u64, stage: Stage },
}

impl Element {
    /// Whether it does a task of its runs.
    pub(crate) fn includes(self, task: Task) -> bool {
        match self {
            Self::Runs => true,
            // What stands before `train` in a round goes with it.
            Self::Stage { round, stage: Stage::Train } => {
                task.round == round && !matches!(task.stage, Stage::Score | Stage::Select)
            }
            Self::Stage { round, stage } => task == Task { round, stage },
        }
    }
}

/// An array to be submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Array {
    /// `<submission>/part-0`, with `granularity: stage` `<submission>/part-0-round-003-score`.
    pub(crate) name: String,
    /// `<submission>/part-0`.
    pub(crate) part: String,
    pub(crate) does: Element,
    /// Names of the runs of each element.
    pub(crate) rows: Vec<Vec<String>>,
    /// Whether each element waits for that of the array before this one.
    pub(crate) waits: bool,
}

/// The arrays of these groups of runs, at most `size` elements each. `first` is the first round in which
/// something is left to do.
pub(crate) fn arrays(
    submission: &str,
    groups: &[Vec<Run>],
    size: usize,
    granularity: Granularity,
    first: u64,
) -> Vec<Array> {
    let mut arrays = Vec::new();
    for (number, groups) in groups.chunks(size).enumerate() {
        let part = format!("{submission}/part-{number}");
        let rows: Vec<Vec<String>> =
            groups.iter().map(|group| group.iter().map(Run::name).collect()).collect();
        let last = groups.iter().flatten().map(|run| run.settings.rounds).max().unwrap_or(0);
        let elements = match granularity {
            Granularity::Run => vec![Element::Runs],
            Granularity::Stage => stages(first, last),
        };
        for (position, does) in elements.into_iter().enumerate() {
            let name = match does {
                Element::Runs => part.clone(),
                Element::Stage { round, stage } => SlurmFolder::array_of_stage(&part, round, stage.name()),
            };
            arrays.push(Array { name, part: part.clone(), does, rows: rows.clone(), waits: position > 0 });
        }
    }
    arrays
}

/// The stages of rounds `first` to `last` in their order. The last round only trains.
fn stages(first: u64, last: u64) -> Vec<Element> {
    let of_round = |round| {
        let stages =
            if round < last { &[Stage::Train, Stage::Score, Stage::Select][..] } else { &[Stage::Train] };
        stages.iter().map(move |&stage| Element::Stage { round, stage })
    };
    (first..=last).flat_map(of_round).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_round_only_trains() {
        let stage = |round, stage| Element::Stage { round, stage };
        let expected =
            [stage(1, Stage::Train), stage(1, Stage::Score), stage(1, Stage::Select), stage(2, Stage::Train)];
        assert_eq!(stages(1, 2), expected);
    }
}
