//! The tasks of a run, and which files each one reads.

use std::fmt;
use std::path::PathBuf;

use bal_artifact::{Layout, PRUNED, Place, file, file_names};
use bal_select::BatchMethod;
use clap::ValueEnum;

use crate::sweep::Run;

/// A stage of a pipeline, as `--force` takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Stage {
    /// Initial training set, validation set, pool
    Split,
    /// Labels of the points that a round knows
    Label,
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
        self.described().name
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
        self.described().version
    }

    fn described(self) -> bal_artifact::Stage {
        match self {
            Self::Split => bal_prepare::split::STAGE,
            Self::Label => bal_label::STAGE,
            Self::Train => bal_train::STAGE,
            Self::Score => bal_score::STAGE,
            Self::Select => bal_select::STAGE,
            Self::Report => bal_report::STAGE,
        }
    }
}

/// A file that a task reads, under the role that it has in the task's manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) role: &'static str,
    pub(crate) from: From,
    pub(crate) file: &'static str,
}

/// Who makes a file that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The data set of the run.
    Data,
    /// The data set as it was when a split was drawn: what it has become since makes no split stale.
    DataOnce,
    /// Another task of the run.
    Task(Task),
}

/// What of a run's settings decides which files its tasks read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uses {
    /// How batches are picked.
    pub(crate) method: BatchMethod,
    /// Whether trainings leave weights.
    pub(crate) weights: bool,
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

    pub(crate) fn label(round: u64) -> Self {
        Self { round, stage: Stage::Label }
    }

    pub(crate) fn train(round: u64) -> Self {
        Self { round, stage: Stage::Train }
    }

    pub(crate) fn score(round: u64) -> Self {
        Self { round, stage: Stage::Score }
    }

    pub(crate) fn select(round: u64) -> Self {
        Self { round, stage: Stage::Select }
    }

    /// Everything that this task reads. What a setting leaves out is named all the same.
    pub(crate) fn reads(self, uses: Uses) -> Vec<Read> {
        let (round, method) = (self.round, uses.method);
        let read = |role, from, file| Read { role, from, file };
        let of = |task, role, file| Read { role, from: From::Task(task), file };
        let data = [read("dataset", From::Data, file::DATASET)];
        let train_inputs = [read("train_inputs", From::Data, file::TRAIN_INPUTS)];
        let test_inputs = [read("test_inputs", From::Data, file::TEST_INPUTS)];
        let validation = [of(Task::SPLIT, "validation", file::VALIDATION)];
        let labelled = |role| [of(Task::label(round), role, file::LABELLED)];
        let labels = [of(Task::label(round), "labels", file::LABELS)];
        match self.stage {
            Stage::Report => Vec::new(),
            Stage::Split => {
                let labels = [read("train_labels", From::DataOnce, file::TRAIN_LABELS)];
                [data, train_inputs, labels].concat()
            }
            Stage::Label => {
                let known = [read("train_labels", From::Data, file::TRAIN_LABELS)];
                let before = match round.checked_sub(1) {
                    None => vec![of(Task::SPLIT, "initial", file::INITIAL)],
                    Some(before) => vec![
                        of(Task::label(before), "labelled", file::LABELLED),
                        of(Task::select(before), "selected", file::SELECTED),
                    ],
                };
                [before, [data, known, validation].concat()].concat()
            }
            Stage::Train => {
                let test_labels = [read("test_labels", From::Data, file::TEST_LABELS)];
                let of_validation = [of(Task::label(round), "validation_labels", file::VALIDATION_LABELS)];
                let first = (round > 0).then(|| of(Task::train(0), "first_round", file::METRICS));
                let of_data = [data, train_inputs, test_inputs, test_labels].concat();
                let pool = [of(Task::SPLIT, "pool", file::POOL)];
                let of_run = [labelled("labelled"), labels, validation, of_validation, pool].concat();
                of_data.into_iter().chain(of_run).chain(first).collect()
            }
            Stage::Score => {
                let model = uses.weights.then(|| of(Task::train(round), "model", file::MODEL));
                let pool = [of(Task::SPLIT, "pool", file::POOL)];
                let others = [data, train_inputs, test_inputs, pool, labelled("exclude")].concat();
                others.into_iter().chain(model).collect()
            }
            Stage::Select => {
                let scored = read_of_scores(method).into_iter();
                let scored = scored.map(|(role, file)| of(Task::score(round), role, file));
                let labelled = labelled("labelled").into_iter().filter(|_| method.needs_features());
                let labels = labels.into_iter().filter(|_| method == BatchMethod::MinimumBayesRisk);
                scored.chain(labelled).chain(labels).collect()
            }
        }
    }

    /// The files of other tasks among them.
    pub(crate) fn reads_of_tasks(self, uses: Uses) -> impl Iterator<Item = (Self, &'static str)> {
        self.reads(uses).into_iter().filter_map(|read| match read.from {
            From::Task(task) => Some((task, read.file)),
            From::Data | From::DataOnce => None,
        })
    }

    /// Where its artifact goes.
    pub(crate) fn place(self, layout: &Layout, run: &Run) -> Place {
        let (out, root) = (self.folder(layout, run), layout.root.clone());
        Place { out, root, seed: run.seed, round: self.round }
    }

    /// The artifact that it writes.
    pub(crate) fn folder(self, layout: &Layout, run: &Run) -> PathBuf {
        layout.run(&run.cell, run.seed).artifact(self.stage.name(), self.round)
    }
}

/// Files of the round's `score` artifact that a method reads, after their roles.
fn read_of_scores(method: BatchMethod) -> Vec<(&'static str, &'static str)> {
    let mut files = Vec::new();
    if method.needs_scores() {
        files.push(("scores", file::SCORES));
    }
    if method.needs_consistent_predictions() {
        files.push(("indices", file::SCORES));
    }
    if method.needs_predictions() {
        files.push(("predictions", file::LOG_PROBS));
    }
    if method.needs_features() {
        files.extend([("features", file::FEATURES), ("indices", file::INDICES)]);
    }
    files
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stage {
            Stage::Split => f.write_str("split"),
            stage => write!(f, "round {} {}", self.round, stage.name()),
        }
    }
}

/// The tasks of one round of a run with `rounds` acquisitions, in order. The last round only labels and
/// trains.
pub(crate) fn tasks_of_round(round: u64, rounds: u64) -> Vec<Task> {
    let mut tasks = vec![Task::label(round), Task::train(round)];
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
    fn the_last_round_only_labels_and_trains() {
        let tasks: Vec<String> = tasks(1).iter().map(Task::to_string).collect();
        let first = ["split", "round 0 label", "round 0 train", "round 0 score", "round 0 select"];
        assert_eq!(tasks, [&first[..], &["round 1 label", "round 1 train"]].concat());
    }

    #[test]
    fn every_task_reads_only_what_came_before_it() {
        let tasks = tasks(4);
        for (position, task) in tasks.iter().enumerate() {
            let uses = BatchMethod::ALL.map(|method| Uses { method, weights: true });
            for (source, file) in uses.into_iter().flat_map(|uses| task.reads_of_tasks(uses)) {
                assert!(tasks[..position].contains(&source), "{task} reads `{file}` of {source}");
            }
        }
    }
}
