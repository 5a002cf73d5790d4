//! Same pipeline, same bytes: whoever runs it, in how many processes.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::{Project, ROOT, differences};

#[test]
fn a_run_leaves_every_artifact_and_a_report() {
    let project = Project::new();
    let ended = project.run(&["--jobs", "1"]);
    assert_eq!(ended.stdout, format!("{ROOT}/report/report.html\n"));
    assert!(ended.stderr.contains("2 runs, 30 of 30 tasks to run (30 missing)"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("2 runs of 3 rounds to go on with, 1 worker with 1 thread on"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("bald/seed-0 round 3/3: 19 labels, accuracy "), "{}", ended.stderr);

    let results = project.verified();
    for file in ["split/pool.npy", "round-000/score/scores.parquet", "round-003/train/model.safetensors"] {
        let kept = results.contains_key(&format!("bald/seed-0/{file}"));
        assert_eq!(
            kept,
            !file.contains("scores"),
            "weights of the last round and scores of the last scored one: {file}"
        );
    }
    assert!(results.contains_key("bald/seed-0/round-002/score/scores.parquet"));
    assert!(!results.contains_key("bald/seed-0/round-002/train/model.safetensors"));
    assert!(project.result("report/report.html").is_file());

    let status = project.bal(&["status", ROOT]);
    assert!(
        status.stdout.lines().filter(|line| line.contains("3/3") && line.contains("done")).count() == 2,
        "{status:?}"
    );
    let again = project.run(&[]);
    assert!(again.stderr.contains("0 of 30 tasks to run"), "{}", again.stderr);
    assert_eq!(differences(&results, &project.verified()), [""; 0]);
}

#[test]
fn the_number_of_workers_does_not_matter() {
    let (one, two) = (Project::new(), Project::new());
    one.run(&["--jobs", "1"]);
    two.run(&["--jobs", "2"]);
    assert_eq!(differences(&one.verified(), &two.verified()), [""; 0]);
}

/// The Makefile is nothing but the six commands, with all their flags, as many at a time as make is told.
fn by_hand_writes_the_same_bytes(project: impl Fn() -> Project, options: &[&str], jobs: &str) {
    let keep = ["--set", "keep={weights: all, scores: all, predictions: all}"];
    let options = [&keep[..], options].concat();
    let (pipeline, by_hand) = (project(), project());
    pipeline.run(&options);

    let plan = by_hand.bal(&[&["plan", "tiny.yaml", "--format", "make"], &options[..]].concat());
    assert_eq!(plan.code, Some(0), "{plan:?}");
    let mut make = Command::new("make");
    make.args(["-f", "-", "-s", jobs, &format!("BAL={}", env!("CARGO_BIN_EXE_bal"))])
        .current_dir(by_hand.path("."));
    let mut make = make.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    make.stdin.take().unwrap().write_all(plan.stdout.as_bytes()).unwrap();
    let made = make.wait_with_output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert_eq!(differences(&pipeline.verified(), &by_hand.verified()), [""; 0]);

    let adopted = by_hand.run(&options);
    assert!(adopted.stderr.contains(", 0 of "), "{}", adopted.stderr);
}

#[test]
fn the_stages_by_hand_write_the_same_bytes() {
    by_hand_writes_the_same_bytes(Project::new, &["--set", "score.write_log_probs=true"], "-j2");
}

#[test]
fn methods_on_predictions_and_features_find_what_they_read() {
    let cells = "sweep: {seed: [0]}\ncells: {plbb: {label: Power LBB, select.method: plbb}, \
                 power: {select.method: power_bald}, joint: {select.method: batch_bald}, \
                 core: {select.method: core_set}, badge: {select.method: badge}}";
    let project = || Project::new().with("sweep:   {seed: [0], score.acquisition: [random, bald]}", cells);
    by_hand_writes_the_same_bytes(project, &["--set", "rounds=2", "--set", "train.epochs=1"], "-j1");
}

#[test]
fn a_pruned_input_is_made_again_with_the_same_bytes() {
    let project = Project::new();
    project.run(&[]);
    let before = project.verified();
    fs_err::remove_dir_all(project.result("bald/seed-0/round-001/select")).unwrap();
    let plan = project.bal(&["plan", "tiny.yaml", "-v"]);
    for line in [
        "  round 1 train: missing (`model.safetensors` was pruned and is needed again)",
        "  round 1 score: missing (`scores.parquet` was pruned and is needed again)",
        "  round 1 select: missing",
        "  round 2 label: input changed (round 1 select runs again)",
        "  round 2 train: input changed (round 2 label runs again)",
    ] {
        assert!(plan.stdout.lines().any(|found| found == line), "no `{line}` in {}", plan.stdout);
    }
    project.run(&[]);
    assert_eq!(differences(&before, &project.verified()), [""; 0]);
}

#[test]
fn more_rounds_and_seeds_go_on_from_what_is_there() {
    let project = Project::new();
    project.run(&["--set", "rounds=1"]);
    let more = project.run(&["--set", "rounds=2", "--seeds", "0..2"]);
    // Seed 0 lacks score and select of round 1 and labels and training of round 2; seed 1 lacks all of its
    // 11 tasks.
    assert!(more.stderr.contains("4 runs, 30 of 44 tasks to run (30 missing)"), "{}", more.stderr);
    let fresh = Project::new();
    fresh.run(&["--set", "rounds=2", "--seeds", "0..2"]);
    assert_eq!(differences(&fresh.verified(), &project.verified()), [""; 0]);
}
