//! What `select` picks from in a pipeline: whatever its method needs of the round's scores.

use bal_select::{BatchMethod, Form, Predictions, Source};

use crate::layout::Layout;
use crate::sweep::RunSpec;
use crate::task::Task;

/// Files of the round's `score` artifact that a method reads.
pub(crate) fn reads(method: BatchMethod) -> Vec<&'static str> {
    let mut files = Vec::new();
    if method.needs_scores() || method.needs_consistent_predictions() {
        files.push("scores.parquet");
    }
    if needs_predictions(method) {
        files.push("log_probs.npy");
    }
    if method.needs_features() {
        files.extend(["features.npy", "indices.npy"]);
    }
    files
}

/// Whether `score` has to write its predictions.
pub(crate) fn needs_predictions(method: BatchMethod) -> bool {
    method.needs_consistent_predictions() || method == BatchMethod::Badge
}

/// The source of a round's batch.
pub(crate) fn source(layout: &Layout, run: &RunSpec, round: u64) -> Source {
    let method = run.method();
    let score = |file: &str| layout.artifact(run, Task::score(round)).join(file);
    let predictions = |indices| Predictions { path: score("log_probs.npy"), form: Form::LogProbs, indices };
    if method.needs_scores() {
        return Source::Scores(score("scores.parquet"));
    }
    if method.needs_consistent_predictions() {
        return Source::Predictions(predictions(Some(score("scores.parquet"))));
    }
    let data = layout.data(&run.pipeline.prepare.dataset);
    let indices = Some(score("indices.npy"));
    Source::Features {
        features: score("features.npy"),
        predictions: needs_predictions(method).then(|| predictions(indices.clone())),
        labels: (method == BatchMethod::MinimumBayesRisk).then(|| data.join("train_labels.npy")),
        indices,
    }
}
