//! What a task calls its stage with: the settings, and the files of its place in the experiment.
//!
//! `bal run` runs a call, `bal plan --format make` writes it as a command.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bal_artifact::{Layout, Place, file};
use bal_model::Compute;
use bal_prepare::split;
use bal_select::{Basis, Form, Labelled, Predictions};
use bal_settings::{Checked, command_line};
use bal_train::WeightDecay;

use crate::Error;
use crate::sweep::Run;
use crate::task::{Stage, Task};

/// A stage with its settings and files.
pub(crate) enum Call<'a> {
    Split(&'a Checked<split::Config>, split::Files),
    Label(&'a Checked<bal_label::Config>, bal_label::Files),
    Train(&'a Checked<bal_train::Config>, bal_train::Files),
    Score(&'a Checked<bal_score::Config>, bal_score::Files),
    Select(&'a Checked<bal_select::Config>, bal_select::Files),
}

impl<'a> Call<'a> {
    /// What a task of a run does.
    pub(crate) fn of(layout: &Layout, run: &'a Run, task: Task) -> Self {
        let (settings, round) = (&run.settings, task.round);
        let data = layout.data(&settings.dataset);
        let of = |task: Task, file: &str| task.folder(layout, run).join(file);
        match task.stage {
            Stage::Split => {
                Self::Split(&settings.split, split::Files { data, place: task.place(layout, run) })
            }
            Stage::Label => Self::Label(&settings.label, labelling(layout, run, round)),
            Stage::Train => Self::Train(&settings.train, training(layout, run, round)),
            Stage::Score => Self::Score(
                &settings.score,
                bal_score::Files {
                    model: settings.uses().weights.then(|| of(Task::train(round), file::MODEL)),
                    data,
                    pool: of(Task::SPLIT, file::POOL),
                    exclude: Some(of(Task::label(round), file::LABELLED)),
                    place: task.place(layout, run),
                },
            ),
            Stage::Select => Self::Select(
                &settings.select,
                bal_select::Files {
                    basis: basis(layout, run, round),
                    labelled: labelled(layout, run, round),
                    place: task.place(layout, run),
                },
            ),
            Stage::Report => unreachable!("a report belongs to no run"),
        }
    }

    /// Does it.
    pub(crate) fn run(&self, compute: &Compute) -> Result<(), Error> {
        match self {
            Self::Split(config, files) => split::run(config, files)?,
            Self::Label(config, files) => bal_label::run(config, files)?,
            Self::Train(config, files) => bal_train::run(config, std::slice::from_ref(files), compute)?,
            Self::Score(config, files) => bal_score::run(config, files, compute)?,
            Self::Select(config, files) => {
                let execution = bal_select::Execution { threads: compute.threads, explain: false };
                bal_select::run(config, files, execution)?;
            }
        }
        Ok(())
    }

    /// The words of the command that does the same, after `bal`; without device and threads.
    pub(crate) fn command(&self) -> Vec<String> {
        let (stage, settings, files) = match self {
            Self::Split(config, files) => ("prepare split", command_line(&***config), files.command_line()),
            Self::Label(config, files) => ("label", command_line(&***config), files.command_line()),
            Self::Train(config, files) => ("train", command_line(&***config), files.command_line()),
            Self::Score(config, files) => ("score", command_line(&***config), files.command_line()),
            Self::Select(config, files) => ("select", command_line(&***config), files.command_line()),
        };
        stage.split(' ').map(str::to_owned).chain(settings).chain(files).collect()
    }
}

/// The files of a training.
pub(crate) fn training(layout: &Layout, run: &Run, round: u64) -> bal_train::Files {
    let folder = |task: Task| -> PathBuf { task.folder(layout, run) };
    let is_graph = !run.settings.train.network.has_layers();
    let carried_on =
        round > 0 && !is_graph && matches!(run.settings.train.weight_decay, WeightDecay::Validated(_));
    bal_train::Files {
        data: layout.data(&run.settings.dataset),
        label: folder(Task::label(round)),
        validation: folder(Task::SPLIT).join(file::VALIDATION),
        first_round: carried_on.then(|| folder(Task::train(0))),
        pool: is_graph.then(|| folder(Task::SPLIT).join(file::POOL)),
        place: Task::train(round).place(layout, run),
    }
}

/// The files of the report on these runs.
pub(crate) fn report(layout: &Layout, runs: &[Run]) -> bal_report::Files {
    let names: BTreeSet<&str> = runs.iter().map(|run| run.settings.dataset.as_str()).collect();
    bal_report::Files {
        runs: vec![layout.root.clone()],
        data: names.into_iter().map(|name| layout.data(name)).collect(),
        place: Place { out: layout.report(), root: layout.root.clone(), seed: 0, round: 0 },
    }
}

/// What a round is picked from's batch.
fn basis(layout: &Layout, run: &Run, round: u64) -> Basis {
    let method = run.settings.method();
    let score = |file: &str| Task::score(round).folder(layout, run).join(file);
    let predictions = |indices| Predictions { path: score(file::LOG_PROBS), form: Form::LogProbs, indices };
    if method.needs_scores() {
        return Basis::Scores(score(file::SCORES));
    }
    if method.needs_consistent_predictions() {
        return Basis::Predictions(predictions(Some(score(file::SCORES))));
    }
    let indices = Some(score(file::INDICES));
    Basis::Features {
        features: score(file::FEATURES),
        predictions: method.needs_predictions().then(|| predictions(indices.clone())),
        labels: None,
        indices,
    }
}

/// Which points are labelled, for the methods that look at them.
fn labelled(layout: &Layout, run: &Run, round: u64) -> Option<Labelled> {
    run.settings.method().needs_features().then(|| Labelled::Folder(Task::label(round).folder(layout, run)))
}

/// The labels of a round: of the initial training set, or of what was labelled and picked in the round
/// before.
pub(crate) fn labelling(layout: &Layout, run: &Run, round: u64) -> bal_label::Files {
    let folder = |task: Task| task.folder(layout, run);
    let from = match round.checked_sub(1) {
        None => bal_label::From::Initial(folder(Task::SPLIT).join(file::INITIAL)),
        Some(before) => bal_label::From::Before {
            label: folder(Task::label(before)),
            selected: folder(Task::select(before)).join(file::SELECTED),
        },
    };
    bal_label::Files {
        data: layout.data(&run.settings.dataset),
        from,
        validation: folder(Task::SPLIT).join(file::VALIDATION),
        place: Task::label(round).place(layout, run),
    }
}
