//! What the stages around a selection read in a pipeline: `select` whatever its method needs of the round's scores, `label`
//! what was picked before.

use bal_artifact::{Layout, file};
use bal_select::{BatchMethod, Form, Labelled, Predictions, Source};

use crate::sweep::RunSpec;
use crate::task::Task;

/// Files of the round's `score` artifact that a method reads, after their roles.
pub(crate) fn reads(method: BatchMethod) -> Vec<(&'static str, &'static str)> {
    let mut files = Vec::new();
    if method.needs_scores() {
        files.push(("scores", file::SCORES));
    }
    if method.needs_consistent_predictions() {
        files.push(("indices", file::SCORES));
    }
    if needs_predictions(method) {
        files.push(("predictions", file::LOG_PROBS));
    }
    if method.needs_features() {
        files.extend([("features", file::FEATURES), ("indices", file::INDICES)]);
    }
    files
}

/// Whether `score` has to write its predictions.
pub(crate) fn needs_predictions(method: BatchMethod) -> bool {
    method.needs_consistent_predictions() || method == BatchMethod::Badge
}

/// The source of a round's batch.
pub(crate) fn source(layout: &Layout, run: &RunSpec, round: u64) -> Source {
    let method = run.settings.method();
    let score = |file: &str| Task::score(round).folder(layout, run).join(file);
    let predictions = |indices| Predictions { path: score(file::LOG_PROBS), form: Form::LogProbs, indices };
    if method.needs_scores() {
        return Source::Scores(score(file::SCORES));
    }
    if method.needs_consistent_predictions() {
        return Source::Predictions(predictions(Some(score(file::SCORES))));
    }
    let indices = Some(score(file::INDICES));
    Source::Features {
        features: score(file::FEATURES),
        predictions: needs_predictions(method).then(|| predictions(indices.clone())),
        labels: None,
        indices,
    }
}

/// Which points are labelled, for the methods that look at them.
pub(crate) fn labelled(layout: &Layout, run: &RunSpec, round: u64) -> Option<Labelled> {
    run.settings.method().needs_features().then(|| Labelled::Folder(Task::label(round).folder(layout, run)))
}

/// The labels of a round: of the initial training set, or of what was labelled and picked in the round before.
pub(crate) fn labelling(layout: &Layout, run: &RunSpec, round: u64) -> bal_label::Files {
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
