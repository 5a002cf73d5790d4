//! `--group`: runs that are trained together come to what they come to alone, and one's end is not the
//! other's.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bal_artifact::tables::Metrics;
use bal_artifact::{Manifest, read_array};

use crate::support::{Project, flip, signal};

const CELLS: [&str; 2] = ["random", "bald"];
const ROUNDS: usize = 3;
const TOGETHER: [&str; 4] = ["--jobs", "1", "--group", "2"];

fn group_of(project: &Project, cell: &str, round: usize, stage: &str) -> u64 {
    let folder = project.result(&format!("{cell}/seed-0/round-{round:03}/{stage}"));
    Manifest::read(&folder, stage).unwrap().group
}

fn selected(project: &Project, cell: &str, round: usize) -> Vec<i64> {
    let path = project.result(&format!("{cell}/seed-0/round-{round:03}/select/selected.npy"));
    read_array::<i64, ndarray::Ix1>("selected", &path).unwrap().to_vec()
}

/// NLL on the test set, training loss and weight decay.
fn measured(project: &Project, cell: &str, round: usize) -> [f64; 3] {
    let path = project.result(&format!("{cell}/seed-0/round-{round:03}/train/metrics.parquet"));
    let metrics = Metrics::read(&path).unwrap();
    [metrics.test.nll, metrics.train_loss.unwrap(), metrics.weight_decay]
}

/// Names of the files that a run of both cells in one group leaves.
fn undisturbed() -> &'static Vec<String> {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let project = Project::new();
        project.run(&TOGETHER);
        names(&project.verified())
    })
}

fn names(results: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    results.keys().cloned().collect()
}

#[test]
fn a_group_selects_what_its_runs_select_alone() {
    let (alone, together) = (Project::new(), Project::new());
    alone.run(&["--jobs", "1"]);
    let ended = together.run(&TOGETHER);
    let expected = "2 runs of 3 rounds to go on with in 1 group of up to 2, 1 worker with 1 thread on";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    for cell in CELLS {
        assert!(ended.stderr.contains(&format!("{cell}/seed-0 round 3/3: 19 labels, accuracy ")), "{cell}");
        for round in 0..=ROUNDS {
            assert_eq!(group_of(&alone, cell, round, "train"), 1);
            assert_eq!(group_of(&together, cell, round, "train"), 2);
            let (alone, together) = (measured(&alone, cell, round), measured(&together, cell, round));
            for (a, b) in alone.into_iter().zip(together) {
                assert!((a - b).abs() <= 1e-3 * a.abs(), "{cell} round {round}: {a} and {b}");
            }
        }
        for round in 0..ROUNDS {
            assert_eq!(selected(&alone, cell, round), selected(&together, cell, round), "{cell} {round}");
            assert_eq!(group_of(&together, cell, round, "score"), 1, "only trainings are joint");
        }
    }
    assert_eq!(names(&alone.verified()), names(&together.verified()));
    // A finished run is up to date, whoever it was trained with.
    let again = together.run(&[]);
    assert!(again.stderr.contains("0 of 30 tasks to run"), "{}", again.stderr);
}

#[test]
fn a_killed_group_goes_on() {
    for moment in [
        "random/seed-0/round-000/train/train.json",
        "random/seed-0/round-001/score/score.json",
        "bald/seed-0/round-001/select/select.json",
    ] {
        let project = Project::new();
        let mut running = project.start(&[&["run", "tiny.yaml"], &TOGETHER[..]].concat());
        running.until(|_| project.result(moment).exists().then_some(()));
        let worker = running.until(|running| running.workers().first().copied());
        signal("KILL", worker);
        let ended = running.wait();
        assert_eq!(ended.code, Some(5), "{moment}: {ended:?}");
        let both =
            "2 of 2 runs failed: `random/seed-0` (killed by signal 9), `bald/seed-0` (killed by signal 9)";
        assert!(ended.stderr.contains(both), "{moment}: {}", ended.stderr);
        project.run(&TOGETHER);
        assert_eq!(names(&project.verified()), *undisturbed(), "{moment}");
        assert_eq!(group_of(&project, "bald", ROUNDS, "train"), 2, "{moment}: together again");
    }
}

#[test]
fn a_run_that_is_further_waits_for_the_other() {
    let project = Project::new();
    project.run(&TOGETHER);
    for round in [1, 2, 3] {
        fs_err::remove_dir_all(project.result(&format!("bald/seed-0/round-{round:03}"))).unwrap();
    }
    fs_err::remove_dir_all(project.result("random/seed-0/round-003")).unwrap();
    project.run(&TOGETHER);
    assert_eq!(names(&project.verified()), *undisturbed());
    let groups = |cell| [1, 2, 3].map(|round| group_of(&project, cell, round, "train"));
    assert_eq!(groups("bald"), [1, 1, 2], "alone up to where the other one is");
    assert_eq!(groups("random"), [2, 2, 2]);
}

#[test]
fn a_run_that_fails_is_named_and_the_others_of_its_group_go_on() {
    let project = Project::new();
    project.run(&["--set", "rounds=1", "--set", "sweep.score.acquisition=[random]"]);
    flip(&project.result("random/seed-0/split/validation.npy"));
    let run = project.bal(&[&["run", "tiny.yaml", "--force", "train"], &TOGETHER[..]].concat());
    assert_eq!(run.code, Some(5), "{run:?}");
    let file = "artifacts/tiny/random/seed-0/split/validation.npy";
    let named = format!("random/seed-0: error: `{file}` is corrupt: expected ");
    assert!(run.stderr.contains(&named), "{}", run.stderr);
    let summary = "\nerror: 1 of 2 runs failed: `random/seed-0` (exit code 4)\n";
    assert!(run.stderr.contains(summary), "{}", run.stderr);
    assert!(project.result("bald/seed-0/round-003/train/train.json").is_file(), "{}", run.stderr);
    assert!(!run.stderr.contains("bald/seed-0: error"), "{}", run.stderr);
}
