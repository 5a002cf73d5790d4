//! A label that changes: exactly what learnt from it is done again.

use std::collections::BTreeMap;
use std::time::SystemTime;

use bal_artifact::{Manifest, RoundLabels, Staging, file, read_ids, read_labels};

use crate::support::Project;

/// Gives points of the data set other labels, as somebody who corrects and publishes them does.
fn correct(project: &Project, ids: &[i64]) {
    let data = project.path("data/digits");
    let mut labels = read_labels(&data, file::TRAIN_LABELS, 10).unwrap();
    for &id in ids {
        labels[id as usize] = (labels[id as usize] + 1) % 10;
    }
    let manifest = Manifest::read(&data, "dataset").unwrap();
    let others = [file::TRAIN_INPUTS, file::TEST_INPUTS, file::TEST_LABELS];
    let others = others.map(|name| (name, fs_err::read(data.join(name)).unwrap()));
    let mut staging = Staging::new(&data, "dataset", &[]).unwrap();
    for (name, bytes) in others {
        staging.file(name, &bytes).unwrap();
    }
    staging.array("train_labels", &ndarray::Array1::from_vec(labels)).unwrap();
    staging.publish(manifest).unwrap();
}

/// When each artifact of the runs was made.
fn made(project: &Project) -> BTreeMap<String, SystemTime> {
    let is_manifest = |name: &String| {
        let (folder, file) = name.rsplit_once('/').unwrap_or_default();
        folder.rsplit('/').next().is_some_and(|stage| file == format!("{stage}.json")) && folder != "report"
    };
    let manifests = project.results().into_keys().filter(is_manifest);
    let time = |name: &String| fs_err::metadata(project.result(name)).unwrap().modified().unwrap();
    manifests.map(|name| (name.clone(), time(&name))).collect()
}

/// Runs again; which artifacts were made again, as `<cell>/<round>/<stage>`, label stages left out.
fn made_again(project: &Project) -> Vec<String> {
    let before = made(project);
    project.run(&[]);
    let after = made(project);
    assert!(before.keys().eq(after.keys()));
    let again = after.iter().filter(|(name, time)| before[*name] != **time).map(|(name, _)| name);
    let short = |name: &String| {
        let parts: Vec<&str> = name.split('/').collect();
        format!("{} {}", parts[2].trim_start_matches("round-00"), parts[parts.len() - 2])
    };
    again.map(short).filter(|name| !name.ends_with("label")).collect()
}

/// What comes after the labels of a round, up to the last one, which is the third.
fn from_round(first: usize) -> Vec<String> {
    let stages = |round: usize| ["score", "select", "train"].map(|stage| format!("{round} {stage}"));
    let all = (first..=3).flat_map(stages);
    all.filter(|name| !["3 score", "3 select"].contains(&name.as_str())).collect()
}

/// One run with its weights and scores kept, so that nothing runs again only because it was pruned.
fn finished(prepare: &str) -> Project {
    let project = Project::new()
        .with("score.acquisition: [random, bald]", "score.acquisition: [bald]")
        .and("rounds: 3", "rounds: 3\nkeep: {weights: all, scores: all}")
        .and("initial_per_class: 1, validation: 20", prepare);
    project.run(&[]);
    project
}

fn labels(project: &Project, round: u64) -> RoundLabels {
    RoundLabels::read(&project.result(&format!("bald/seed-0/round-00{round}/label"))).unwrap()
}

/// A point of the pool that no round of the run has labelled.
fn never_labelled(project: &Project) -> i64 {
    let labelled = labels(project, 3).labelled;
    let pool = read_ids("pool", &project.result("bald/seed-0/split/pool.npy")).unwrap();
    pool.into_iter().find(|id| !labelled.contains(id)).unwrap()
}

#[test]
fn of_a_point_that_is_not_labelled_nothing_is_done_again_but_looking_labels_up() {
    let project = finished("initial_per_class: 1, validation: 20");
    correct(&project, &[never_labelled(&project)]);
    let plan = project.bal(&["plan", "tiny.yaml"]);
    let line = "bald/seed-0: 4 of 15 to run, first round 0 label: input changed (`../../data/digits/train_labels.npy`)\n";
    assert!(plan.stdout.starts_with(line), "{plan:?}");
    assert_eq!(made_again(&project), [""; 0]);
    let again = project.run(&[]);
    assert!(again.stderr.contains("0 of 15 tasks to run"), "{again:?}");
    project.verified();
}

#[test]
fn of_a_labelled_point_the_rounds_are_done_again_from_which_on_it_was_used() {
    let project = finished("initial_per_class: 1, validation: 20");
    let used_first_in = |round: u64| *labels(&project, round).labelled.last().unwrap();
    for round in [3, 2] {
        correct(&project, &[used_first_in(round)]);
        let planned = project.bal(&["plan", "tiny.yaml", "-v"]).stdout;
        assert!(
            planned.contains(&format!("round {round} train: input changed (round {round} label runs")),
            "{planned}"
        );
        assert!(!planned.contains(&format!("round {} train", round - 1)), "{planned}");
        assert_eq!(made_again(&project), from_round(round as usize));
        project.verified();
    }
}

/// The classes by which an initial training set was balanced may turn out to be others.
#[test]
fn a_split_balanced_by_class_is_drawn_once() {
    let project = finished("initial_per_class: 1, validation: 20");
    let initial = labels(&project, 0).labelled[0];
    let before = fs_err::read(project.result("bald/seed-0/split/initial.npy")).unwrap();
    correct(&project, &[initial]);
    assert_eq!(made_again(&project), from_round(0));
    assert_eq!(before, fs_err::read(project.result("bald/seed-0/split/initial.npy")).unwrap());
    assert!(labels(&project, 0).labelled.contains(&initial));
    // The report counts classes by what the split has recorded, and labels by what the rounds know.
    assert!(project.result("report/report.html").is_file());
    project.verified();
}

#[test]
fn a_label_of_a_validation_point_concerns_every_training() {
    let project = finished("initial_per_class: 1, validation: 20");
    let validation = read_ids("ids", &project.result("bald/seed-0/split/validation.npy")).unwrap();
    correct(&project, &validation[..1]);
    assert_eq!(made_again(&project).iter().filter(|name| name.ends_with("train")).count(), 4);
    project.verified();
}

#[test]
fn a_thinned_pool_is_drawn_once() {
    let project = finished("initial_per_class: 1, validation: 20, keep_fraction: {\"3\": 0.5}");
    let before = fs_err::read(project.result("bald/seed-0/split/pool.npy")).unwrap();
    let data = project.path("data/digits");
    let known = read_labels(&data, file::TRAIN_LABELS, 10).unwrap();
    let labelled = labels(&project, 3).labelled;
    let pool = read_ids("pool", &project.result("bald/seed-0/split/pool.npy")).unwrap();
    let threes: Vec<i64> =
        pool.into_iter().filter(|id| known[*id as usize] == 3 && !labelled.contains(id)).collect();
    assert!(!threes.is_empty());
    correct(&project, &threes);
    assert_eq!(made_again(&project), [""; 0]);
    assert_eq!(before, fs_err::read(project.result("bald/seed-0/split/pool.npy")).unwrap());
    project.verified();
}

/// What a split asks for has to be there when it is drawn, and not ever after.
#[test]
fn a_class_may_become_rarer_than_the_split_has_asked_for() {
    let project = finished("initial_per_class: 1, validation: 20");
    let known = read_labels(&project.path("data/digits"), file::TRAIN_LABELS, 10).unwrap();
    let sevens: Vec<i64> = (0..known.len() as i64).filter(|&id| known[id as usize] == 7).collect();
    correct(&project, &sevens);
    let plan = project.bal(&["plan", "tiny.yaml"]);
    assert!(
        plan.code == Some(0) && plan.stdout.contains(" to run, first round 0 label: input changed"),
        "{plan:?}"
    );
    let another = project.bal(&["plan", "tiny.yaml", "--seeds", "1"]);
    assert!(
        another.code == Some(3) && another.stderr.contains("`initial_per_class` of class `7`"),
        "{another:?}"
    );
}

/// Neither another folder of data sets nor another place of the results is another input.
#[test]
fn moved_data_and_moved_results_are_as_they_were() {
    let project = finished("initial_per_class: 1, validation: 20");
    fs_err::create_dir_all(project.path("store/shelf")).unwrap();
    fs_err::rename(project.path("data"), project.path("store/shelf/data")).unwrap();
    let moved = ["--data-dir", "store/shelf/data"];
    let plan = project.bal(&[&["plan", "tiny.yaml"], &moved[..]].concat());
    assert_eq!(plan.stdout, "bald/seed-0: 15 up to date\nreport: up to date\n", "{plan:?}");

    fs_err::create_dir_all(project.path("store/results/old")).unwrap();
    fs_err::rename(project.path("artifacts/tiny"), project.path("store/results/old/tiny")).unwrap();
    let moved = [&moved[..], &["--out", "store/results/old/tiny"]].concat();
    let plan = project.bal(&[&["plan", "tiny.yaml"], &moved[..]].concat());
    assert_eq!(plan.stdout, "bald/seed-0: 15 up to date\nreport: up to date\n", "{plan:?}");
    let run = project.run(&moved);
    assert!(run.stderr.contains("0 of 15 tasks to run"), "{run:?}");
    let status = project.bal(&["status", "store/results/old/tiny"]);
    assert!(status.stdout.contains("3/3") && status.stdout.contains("done"), "{status:?}");
}
