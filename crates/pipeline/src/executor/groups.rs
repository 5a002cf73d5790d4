//! Which runs go through their rounds together.

use crate::sweep::Run;

/// Splits runs into groups of up to `size` whose networks can be trained as one, in the order of their
/// first runs.
///
/// All runs of a pipeline go in, also those that are done: so a run has the same companions when it goes on
/// after a stop.
pub(crate) fn groups(runs: &[Run], size: usize) -> Vec<Vec<Run>> {
    let mut groups: Vec<Vec<Run>> = Vec::new();
    for run in runs {
        match groups.iter_mut().find(|group| group.len() < size && train_alike(&group[0], run)) {
            Some(group) => group.push(run.clone()),
            None => groups.push(vec![run.clone()]),
        }
    }
    groups
}

/// Same network and training, equally many labels in every round.
pub(super) fn train_alike(a: &Run, b: &Run) -> bool {
    let (a, b) = (&a.settings, &b.settings);
    a.train == b.train && (&a.dataset, &a.split) == (&b.dataset, &b.split) && a.select.batch == b.select.batch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Origin, Overrides, load};

    fn runs(sweep: &str) -> Vec<Run> {
        let text = format!(
            "name: tiny\nprepare: {{dataset: digits, initial: 4, validation: 4}}\n\
             train: {{network: mlp, epochs: 1, batch_size: 4, optimizer: {{adam: {{learning_rate: 1e-3}}}}, \
             weight_decay: {{fixed: 0}}, evaluate: {{samples: 1}}}}\n\
             score: {{posterior: deterministic, acquisition: bald}}\nselect: {{method: top_k, batch: 2}}\n\
             rounds: 1\nsweep: {sweep}\n"
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tiny.yaml");
        bal_artifact::write_file(&path, text.as_bytes()).unwrap();
        let mut origin = Origin::read(&path).unwrap();
        let pipeline = load(&mut origin, &Overrides::default()).unwrap();
        crate::sweep::runs(&pipeline, &origin).unwrap()
    }

    fn names(groups: &[Vec<Run>]) -> Vec<Vec<String>> {
        groups.iter().map(|group| group.iter().map(Run::name).collect()).collect()
    }

    #[test]
    fn runs_that_differ_in_seed_and_acquisition_go_together() {
        let runs = runs("{seed: [0, 1], score.acquisition: [bald, random, max_entropy]}");
        let four = ["bald/seed-0", "random/seed-0", "max_entropy/seed-0", "bald/seed-1"];
        let two = ["random/seed-1", "max_entropy/seed-1"];
        let expected = [four.map(str::to_owned).to_vec(), two.map(str::to_owned).to_vec()];
        assert_eq!(names(&groups(&runs, 4)), expected);
        assert!(groups(&runs, 1).iter().zip(&runs).all(|(group, run)| *group == [run.clone()]));
    }

    #[test]
    fn runs_that_train_otherwise_stay_apart() {
        for key in ["select.batch: [1, 2]", "train.epochs: [1, 2]", "prepare.initial: [4, 6]"] {
            let groups = groups(&runs(&format!("{{seed: [0, 1], {key}}}")), 4);
            let cells: Vec<(usize, bool)> = groups
                .iter()
                .map(|group| (group.len(), group.iter().all(|run| run.cell == group[0].cell)))
                .collect();
            assert_eq!(cells, [(2, true), (2, true)], "{key}");
        }
    }
}
