//! Whether the stages of a run belong together: all were configured alike, and each has read what the one
//! before it wrote.
//!
//! A run that was begun again with other settings and stopped half-way leaves new rounds before old ones.

use std::collections::BTreeMap;

use bal_artifact::{Manifest, file};

/// Inputs that are the same in all stages and rounds of a run.
const CONSTANT: [&str; 5] = ["dataset", "train_inputs", "train_labels", "test_inputs", "test_labels"];

/// Those of them that a split has drawn from once, whatever has become of them since.
const DRAWN_ONCE: &str = "train_labels";

/// The stages of a run that have been looked at, and belong together.
pub(crate) struct Chain {
    seed: u64,
    made: BTreeMap<Link, Manifest>,
    /// Digests of the constant inputs.
    constant: BTreeMap<&'static str, String>,
}

/// A stage and its round; a split belongs to round 0.
type Link = (&'static str, u64);

impl Chain {
    /// A run of which nothing was looked at yet.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, made: BTreeMap::new(), constant: BTreeMap::new() }
    }

    /// Adds what `stage` made in a round, or says why it does not belong to what is there already.
    pub(crate) fn add(&mut self, stage: &'static str, round: u64, manifest: &Manifest) -> Result<(), String> {
        let name = name((stage, round));
        if (manifest.seed, manifest.round) != (self.seed, round) {
            return Err(format!("{name} was made with seed {} as round {}", manifest.seed, manifest.round));
        }
        if let Some(first) = self.made.iter().find_map(|(&(of, _), first)| (of == stage).then_some(first))
            && let Some(what) = difference(first, manifest)
        {
            return Err(format!("{name} has another {what} than the rounds before it"));
        }
        self.reads_what_was_made(stage, round, manifest)?;
        self.made.insert((stage, round), manifest.clone());
        Ok(())
    }

    fn reads_what_was_made(&mut self, stage: &str, round: u64, manifest: &Manifest) -> Result<(), String> {
        let name = name((stage, round));
        for (role, record) in &manifest.inputs {
            let constant = CONSTANT.into_iter().find(|constant| constant == role);
            if let Some(constant) = constant.filter(|constant| stage != "split" || *constant != DRAWN_ONCE) {
                let first = self.constant.entry(constant).or_insert_with(|| record.sha256.clone());
                if *first != record.sha256 {
                    return Err(format!("{name} has read another `{role}` than the stages before it"));
                }
            }
            let Some((source, file)) = source(stage, role, round, &record.path) else { continue };
            let Some(made) = self.made.get(&source) else {
                // Picked by something else than `bal`, unless it has picked before.
                if source.0 == "select" && self.made.keys().any(|(stage, _)| *stage == "select") {
                    return Err(format!("{} is not there", self::name(source)));
                }
                continue;
            };
            if made.outputs.get(file).is_some_and(|output| output.sha256 != record.sha256) {
                return Err(format!("{name} has read another `{file}` than {} lists", self::name(source)));
            }
        }
        Ok(())
    }
}

/// What two artifacts of a stage differ in, beside seed, round and inputs.
pub(crate) fn difference(first: &Manifest, other: &Manifest) -> Option<&'static str> {
    let differences = [
        ("configuration", first.config != other.config),
        ("version of its stage", first.stage_version != other.stage_version),
        ("number of threads", first.training_threads() != other.training_threads()),
    ];
    differences.into_iter().find_map(|(what, differs)| differs.then_some(what))
}

/// Which stage writes an input, and under which name; `None` for what comes from elsewhere.
fn source<'a>(stage: &str, role: &str, round: u64, path: &'a str) -> Option<(Link, &'a str)> {
    Some(match (stage, role) {
        ("label", "initial") => (("split", 0), file::INITIAL),
        ("label", "labelled") => (("label", round.checked_sub(1)?), file::LABELLED),
        ("label", "selected") => (("select", round.checked_sub(1)?), file::SELECTED),
        ("train" | "select", "labelled") | ("score", "exclude") => (("label", round), file::LABELLED),
        ("train", "labels") => (("label", round), file::LABELS),
        // By hand, labels may come from a file of somebody's own.
        ("select", "labels") if path.rsplit('/').next() == Some(file::LABELS) => {
            (("label", round), file::LABELS)
        }
        ("train", "validation_labels") => (("label", round), file::VALIDATION_LABELS),
        ("label" | "train", "validation") => (("split", 0), file::VALIDATION),
        ("train", "first_round") => (("train", 0), file::METRICS),
        ("score", "pool") => (("split", 0), file::POOL),
        ("score", "model") => (("train", round), file::MODEL),
        ("select", "scores") => (("score", round), file::SCORES),
        ("select", "predictions") => (("score", round), file::LOG_PROBS),
        ("select", "features") => (("score", round), file::FEATURES),
        ("select", "indices") => (("score", round), path.rsplit('/').next().unwrap_or(path)),
        _ => return None,
    })
}

fn name((stage, round): (&str, u64)) -> String {
    if stage == "split" { "`split`".to_owned() } else { format!("`{stage}` of round {round}") }
}

#[cfg(test)]
mod tests {
    use bal_artifact::{FileRecord, Inputs};
    use serde_json::json;

    use super::*;

    fn record(path: &str, sha256: &str) -> FileRecord {
        let (path, sha256) = (path.to_owned(), sha256.to_owned());
        FileRecord { path, sha256, bytes: 1, shape: None, dtype: None }
    }

    /// A manifest with inputs by role and outputs by name, each with its digest.
    fn manifest(stage: &str, round: u64, inputs: &[(&str, &str)], outputs: &[(&str, &str)]) -> Manifest {
        let mut manifest =
            Manifest::new(stage, 1, json!({"epochs": 5}), Inputs::new(std::path::Path::new(".")));
        manifest.round = round;
        manifest.inputs =
            inputs.iter().map(|(role, sha)| ((*role).to_owned(), record("x/scores.parquet", sha))).collect();
        manifest.outputs =
            outputs.iter().map(|(name, sha)| ((*name).to_owned(), record(name, sha))).collect();
        manifest
    }

    /// A run up to the training of round 1, all of it in order.
    fn begun() -> Chain {
        let mut chain = Chain::new(0);
        let outputs = [("initial.npy", "initial"), ("validation.npy", "validation"), ("pool.npy", "pool")];
        chain.add("split", 0, &manifest("split", 0, &[("train_labels", "labels")], &outputs)).unwrap();
        chain.add("label", 0, &label(0, &[("initial", "initial")])).unwrap();
        chain.add("train", 0, &train(0, "labelled-0")).unwrap();
        let inputs = [("model", "model-0"), ("pool", "pool"), ("exclude", "labelled-0")];
        chain.add("score", 0, &manifest("score", 0, &inputs, &[("scores.parquet", "scores-0")])).unwrap();
        let inputs = [("scores", "scores-0"), ("labelled", "labelled-0"), ("labels", "labels-0")];
        chain.add("select", 0, &manifest("select", 0, &inputs, &[("selected.npy", "selected-0")])).unwrap();
        chain.add("label", 1, &label(1, &[("labelled", "labelled-0"), ("selected", "selected-0")])).unwrap();
        chain.add("train", 1, &train(1, "labelled-1")).unwrap();
        chain
    }

    fn label(round: u64, inputs: &[(&str, &str)]) -> Manifest {
        let inputs = [inputs, &[("validation", "validation"), ("train_labels", "labels-now")]].concat();
        let (ids, labels) = (format!("labelled-{round}"), format!("labels-{round}"));
        manifest("label", round, &inputs, &[("labelled.npy", &ids), ("labels.npy", &labels)])
    }

    fn train(round: u64, labelled: &str) -> Manifest {
        let labels = format!("labels-{round}");
        let inputs = [("labelled", labelled), ("labels", &labels), ("test_labels", "of-test")];
        manifest("train", round, &inputs, &[("model.safetensors", &format!("model-{round}"))])
    }

    #[test]
    fn every_stage_has_to_read_what_the_one_before_it_wrote() {
        for (stage, round, role, what) in [
            ("train", 1, "labelled", "`labelled.npy` than `label` of round 1 lists"),
            ("train", 1, "labels", "`labels.npy` than `label` of round 1 lists"),
            ("train", 1, "test_labels", "`test_labels` than the stages before it"),
            ("label", 1, "selected", "`selected.npy` than `select` of round 0 lists"),
            ("label", 1, "labelled", "`labelled.npy` than `label` of round 0 lists"),
            ("label", 1, "train_labels", "`train_labels` than the stages before it"),
            ("score", 1, "model", "`model.safetensors` than `train` of round 1 lists"),
            ("score", 1, "pool", "`pool.npy` than `split` lists"),
            ("select", 0, "scores", "`scores.parquet` than `score` of round 0 lists"),
            ("select", 0, "indices", "`scores.parquet` than `score` of round 0 lists"),
        ] {
            let other = manifest(stage, round, &[(role, "another")], &[]);
            let text = format!("`{stage}` of round {round} has read another {what}");
            assert_eq!(begun().add(stage, round, &other), Err(text));
        }
        let early = manifest("label", 2, &[("selected", "selected-1")], &[]);
        assert_eq!(begun().add("label", 2, &early), Err("`select` of round 1 is not there".to_owned()));
        let of_another_time = manifest("split", 0, &[("train_labels", "labels-9")], &[]);
        assert!(begun().add("split", 0, &of_another_time).is_ok(), "a split is drawn once");
    }

    #[test]
    fn all_rounds_of_a_run_are_made_alike() {
        let refused = |change: &dyn Fn(&mut Manifest)| {
            let mut manifest = train(1, "labelled-0");
            change(&mut manifest);
            begun().add("train", 1, &manifest).unwrap_err()
        };
        let other = |what: &str| format!("`train` of round 1 has another {what} than the rounds before it");
        assert_eq!(refused(&|train| train.config = json!({"epochs": 6})), other("configuration"));
        assert_eq!(refused(&|train| train.stage_version = 2), other("version of its stage"));
        assert_eq!(refused(&|train| train.threads = Some(2)), other("number of threads"));
        assert_eq!(refused(&|train| train.seed = 3), "`train` of round 1 was made with seed 3 as round 1");
    }

    #[test]
    fn what_something_else_than_bal_picked_cannot_be_compared() {
        let mut chain = Chain::new(0);
        chain.add("train", 0, &train(0, "mine-0")).unwrap();
        chain.add("train", 1, &train(1, "mine-1")).unwrap();
    }
}
