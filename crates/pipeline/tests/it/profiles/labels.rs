//! Which points are labelled, scored and picked, round by round.

use std::collections::BTreeSet;

use bal_artifact::{file, read_labels};

use super::experiment::{Experiment, Run};

pub(crate) fn check(experiment: &Experiment) {
    for run in &experiment.runs {
        check_run(run, experiment.rounds(&run.cell));
    }
    check_random(experiment);
}

fn check_run(run: &Run, rounds: u64) {
    let name = run.name();
    assert_eq!(run.rounds.len() as u64, rounds + 1, "{name}");
    let batch = run.config("select")["batch"].as_u64().unwrap() as usize;
    let subset = run.config("score")["pool_subset"].as_u64().map(|subset| subset as usize);
    let known = read_labels(&run.data, file::TRAIN_LABELS, run.details.classes.len()).unwrap();
    let look_up = |ids: &[i64]| ids.iter().map(|&id| known[id as usize]).collect::<Vec<_>>();
    let mut labelled = run.initial.clone();
    for (number, round) in run.rounds.iter().enumerate() {
        assert_eq!(round.labels.labelled, labelled, "{name}: initial set and picks, round {number}");
        assert_eq!(round.labels.labels, look_up(&labelled), "{name}: labels, round {number}");
        assert_eq!(round.labels.validation, look_up(&run.validation), "{name}: validation labels");
        let (labels, counted) = (round.metrics.labels, run.initial.len() + number * batch);
        assert_eq!((labels, round.metrics.round), (counted as u64, number as u64), "{name}");
        assert_eq!(
            round.metrics.validation.is_some(),
            !run.validation.is_empty() && has_weights(run),
            "{name}"
        );

        let Some(acquisition) = &round.acquisition else {
            assert_eq!(number as u64, rounds, "{name}: only the last round acquires nothing");
            continue;
        };
        let taken: BTreeSet<i64> = labelled.iter().copied().collect();
        let left: Vec<i64> = run.pool.iter().copied().filter(|id| !taken.contains(id)).collect();
        let scored = &acquisition.scores.ids;
        assert_eq!(scored.len(), subset.map_or(left.len(), |subset| subset.min(left.len())), "{name}");
        // Every scored point is one of the pool, in the pool's order, each once and none labelled.
        let mut pool = left.iter();
        assert!(
            scored.iter().all(|id| pool.any(|point| point == id)),
            "{name}: scored points, round {number}"
        );
        let picks: BTreeSet<i64> = acquisition.selected.ids.iter().copied().collect();
        assert_eq!((picks.len(), acquisition.selected.ids.len()), (batch, batch), "{name}: picks differ");
        assert!(picks.iter().all(|pick| scored.contains(pick)), "{name}: picks are scored points");
        assert!(picks.iter().all(|pick| !run.validation.contains(pick)), "{name}: no validation point");
        labelled.extend(&acquisition.selected.ids);
    }
}

/// Whether the network is fitted: a Gaussian field is not, and no validation point is in its graph.
fn has_weights(run: &Run) -> bool {
    run.config("train")["network"] != "gaussian_field"
}

/// Random picks depend on the seed alone: they are the same whatever network is trained.
fn check_random(experiment: &Experiment) {
    let is_random = |run: &&Run| {
        run.config("select")["method"] == "top_k" && run.picked_by().as_deref() == Some("random")
    };
    let random: Vec<&Run> = experiment.runs.iter().filter(is_random).collect();
    for (at, run) in random.iter().enumerate() {
        let same = |other: &&&Run| {
            let batch = |run: &Run| run.config("select")["batch"].clone();
            (run.seed, &run.initial, &run.pool, batch(run))
                == (other.seed, &other.initial, &other.pool, batch(other))
        };
        for other in random[..at].iter().filter(same) {
            let labelled = |run: &Run| run.rounds.last().unwrap().labels.labelled.clone();
            assert_eq!(labelled(run), labelled(other), "random picks of {} and {}", run.name(), other.name());
        }
    }
}
