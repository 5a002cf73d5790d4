//! Names of all kinds of artifacts, and of all files in them.

/// Names of the files that stages write.
pub mod file {
    /// The manifest of a data set, which says what networks need to know of it.
    pub const DATASET: &str = "dataset.json";
    /// Inputs of the training half of a data set, by id.
    pub const TRAIN_INPUTS: &str = "train_inputs.npy";
    /// Labels of the training half, by id; −1 where unknown.
    pub const TRAIN_LABELS: &str = "train_labels.npy";
    /// Inputs of the test half.
    pub const TEST_INPUTS: &str = "test_inputs.npy";
    /// Labels of the test half.
    pub const TEST_LABELS: &str = "test_labels.npy";
    /// Words by number, of a data set of texts.
    pub const VOCABULARY: &str = "vocabulary.json";
    /// Ids of the initial training set.
    pub const INITIAL: &str = "initial.npy";
    /// Ids of the validation set.
    pub const VALIDATION: &str = "validation.npy";
    /// Ids of the pool, in the order that decides ties.
    pub const POOL: &str = "pool.npy";
    /// Ids labelled so far, in the order in which they were.
    pub const LABELLED: &str = "labelled.npy";
    /// Their labels.
    pub const LABELS: &str = "labels.npy";
    /// Labels of the validation set.
    pub const VALIDATION_LABELS: &str = "validation_labels.npy";
    /// Weights.
    pub const MODEL: &str = "model.safetensors";
    /// Quality of a fit, one row.
    pub const METRICS: &str = "metrics.parquet";
    /// Confidence against accuracy, a row per bin.
    pub const CALIBRATION: &str = "calibration.parquet";
    /// Course of a fit.
    pub const EPOCHS: &str = "epochs.parquet";
    /// Scores by id, a column per acquisition function.
    pub const SCORES: &str = "scores.parquet";
    /// Predictions [N, K, C] of the scored points.
    pub const LOG_PROBS: &str = "log_probs.npy";
    /// Predictions before the softmax [N, K, C].
    pub const LOGITS: &str = "logits.npy";
    /// Means and uncertainties over the plane [L, R, R].
    pub const MAP: &str = "map.npy";
    /// Penultimate features [N, D].
    pub const FEATURES: &str = "features.npy";
    /// Ids of the rows of features.
    pub const INDICES: &str = "indices.npy";
    /// Picked ids.
    pub const SELECTED: &str = "selected.npy";
    /// Picked ids with what each was worth.
    pub const SELECTED_TABLE: &str = "selected.parquet";
    /// The page.
    pub const REPORT: &str = "report.html";
    /// What every run measured in every round.
    pub const HISTORY: &str = "history.parquet";
    /// The resolved pipeline of an experiment.
    pub const PIPELINE: &str = "pipeline.yaml";
    /// The folder of an experiment's jobs on a cluster.
    pub const SLURM: &str = "slurm";
    /// What was submitted to the cluster.
    pub const SUBMITTED: &str = "submitted.json";
}

/// Name of the record of what was deleted on purpose, in an artifact's folder.
pub const PRUNED: &str = "pruned.json";

/// Every kind of artifact, which is also the name of its stage; `<kind>.json` is its manifest.
pub const KINDS: [&str; 7] = ["dataset", "split", "label", "train", "score", "select", "report"];

/// Figures and tables of a report: `<part>.csv`, `.svg` or `.png`; parts of it have `-` and what they are
/// about behind the name.
pub const REPORT_PARTS: [&str; 20] = [
    "accuracy_at_labels",
    "accuracy_differences",
    "acquired",
    "calibration",
    "class_balance",
    "deviating_seeds",
    "joint_information",
    "labels_to_accuracy",
    "learning_curves",
    "paired_comparison",
    "published",
    "redundancy",
    "reliability",
    "score_distributions",
    "score_map",
    "summary",
    "times",
    "understanding_bald",
    // Of earlier versions.
    "class_histogram",
    "contact_sheet",
];

/// Names of the files that an artifact of this kind may hold, but for the [`REPORT_PARTS`] of a report.
pub fn file_names(kind: &str) -> &'static [&'static str] {
    match kind {
        "dataset" => {
            &[file::TRAIN_INPUTS, file::TRAIN_LABELS, file::TEST_INPUTS, file::TEST_LABELS, file::VOCABULARY]
        }
        "split" => &[file::INITIAL, file::VALIDATION, file::POOL],
        "label" => &[file::LABELLED, file::LABELS, file::VALIDATION_LABELS],
        "train" => &[file::MODEL, file::METRICS, file::CALIBRATION, file::EPOCHS],
        "score" => &[file::SCORES, file::LOG_PROBS, file::LOGITS, file::FEATURES, file::INDICES, file::MAP],
        "select" => &[file::SELECTED, file::SELECTED_TABLE, file::LABELLED],
        "report" => &[file::REPORT, file::HISTORY],
        _ => &[],
    }
}

/// Name of the manifest of an artifact of this kind.
pub fn manifest_name(kind: &str) -> String {
    format!("{kind}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_files_of_its_own_names() {
        for kind in KINDS {
            assert!(!file_names(kind).is_empty(), "{kind}");
        }
    }
}
