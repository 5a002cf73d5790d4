//! The tasks of a run, and which files each one reads.

use std::fmt;

use bal_artifact::{PRUNED, file_names};
use bal_select::BatchMethod;
use clap::ValueEnum;

use crate::selection;

/// A stage of a pipeline, as `--force` takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Stage {
    /// Initial training set, validation set, pool
    Split,
    /// Fit and evaluation
    Train,
    /// Scores of the pool
    Score,
    /// The acquisition batch
    Select,
    /// Tables and figures over all runs
    Report,
}

impl Stage {
    /// Name of the stage, of its folder and of its manifest.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Train => "train",
            Self::Score => "score",
            Self::Select => "select",
            Self::Report => "report",
        }
    }

    /// Whether it writes files of this name, its manifest not counted.
    pub(crate) fn writes(self, name: &str) -> bool {
        match self {
            Self::Report => bal_report::writes(name),
            stage => file_names(stage.name()).contains(&name) || name == PRUNED,
        }
    }

    /// Version of its outputs in this program.
    pub(crate) fn version(self) -> u32 {
        match self {
            Self::Split => bal_prepare::split::VERSION,
            Self::Train => bal_train::STAGE_VERSION,
            Self::Score => bal_score::STAGE_VERSION,
            Self::Select => bal_select::STAGE_VERSION,
            Self::Report => bal_report::STAGE_VERSION,
        }
    }
}

/// One stage in one round of a run. A split belongs to round 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Task {
    /// Acquisition round.
    pub(crate) round: u64,
    /// What is done in it.
    pub(crate) stage: Stage,
}

impl Task {
    pub(crate) const SPLIT: Self = Self { round: 0, stage: Stage::Split };

    pub(crate) fn train(round: u64) -> Self {
        Self { round, stage: Stage::Train }
    }

    pub(crate) fn score(round: u64) -> Self {
        Self { round, stage: Stage::Score }
    }

    pub(crate) fn select(round: u64) -> Self {
        Self { round, stage: Stage::Select }
    }

    /// The artifact with the labelled points of a round, and its file.
    pub(crate) fn labelled(round: u64) -> (Self, &'static str) {
        match round {
            0 => (Self::SPLIT, "initial.npy"),
            _ => (Self::select(round - 1), "labelled.npy"),
        }
    }

    /// The files of other tasks of the run that this one reads, `method` being how batches are picked. All but a split read the data set as well.
    pub(crate) fn reads(self, method: BatchMethod) -> Vec<(Self, &'static str)> {
        let round = self.round;
        match self.stage {
            Stage::Split | Stage::Report => Vec::new(),
            Stage::Train if round == 0 => vec![Self::labelled(0), (Self::SPLIT, "validation.npy")],
            Stage::Train => {
                vec![
                    Self::labelled(round),
                    (Self::SPLIT, "validation.npy"),
                    (Self::train(0), "metrics.parquet"),
                ]
            }
            Stage::Score => {
                vec![
                    (Self::train(round), "model.safetensors"),
                    (Self::SPLIT, "pool.npy"),
                    Self::labelled(round),
                ]
            }
            Stage::Select => {
                let scores = selection::reads(method).into_iter().map(|file| (Self::score(round), file));
                scores.chain([Self::labelled(round)]).collect()
            }
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stage {
            Stage::Split => f.write_str("split"),
            stage => write!(f, "round {} {}", self.round, stage.name()),
        }
    }
}

/// The tasks of one round of a run with `rounds` acquisitions, in order. The last round only trains.
pub(crate) fn tasks_of_round(round: u64, rounds: u64) -> Vec<Task> {
    let mut tasks = vec![Task::train(round)];
    if round == 0 {
        tasks.insert(0, Task::SPLIT);
    }
    if round < rounds {
        tasks.extend([Task::score(round), Task::select(round)]);
    }
    tasks
}

/// All tasks of a run, in order.
pub(crate) fn tasks(rounds: u64) -> Vec<Task> {
    (0..=rounds).flat_map(|round| tasks_of_round(round, rounds)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_round_only_trains() {
        let tasks: Vec<String> = tasks(1).iter().map(Task::to_string).collect();
        assert_eq!(tasks, ["split", "round 0 train", "round 0 score", "round 0 select", "round 1 train"]);
    }

    #[test]
    fn every_task_reads_only_what_came_before_it() {
        let tasks = tasks(4);
        for (position, task) in tasks.iter().enumerate() {
            for (source, file) in BatchMethod::ALL.into_iter().flat_map(|method| task.reads(method)) {
                assert!(tasks[..position].contains(&source), "{task} reads `{file}` of {source}");
            }
        }
    }
}
