//! `bal plan`, `list`, `clean`, `devices` and `verify`.

use crate::support::{Project, ROOT, differences};

fn lines(project: &Project, arguments: &[&str]) -> Vec<String> {
    let ended = project.bal(&[&["plan", "tiny.yaml"], arguments].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn a_plan_is_a_line_per_run() {
    let project = Project::new();
    let all_missing = [
        "random/seed-0: 15 of 15 to run, first split: missing",
        "bald/seed-0: 15 of 15 to run, first split: missing",
        "report: missing",
    ];
    assert_eq!(lines(&project, &[]), all_missing);
    let dry = project.run(&["--dry-run"]);
    assert_eq!(dry.stdout.lines().collect::<Vec<_>>(), all_missing);
    assert!(!project.path("artifacts").exists(), "neither plan nor dry run writes anything");
}

#[test]
fn every_reason_is_told() {
    let project = Project::new();
    project.run(&["--set", "sweep.score.acquisition=[bald]"]);
    let plan =
        |arguments: &[&str]| lines(&project, &[&["--set", "score.acquisition=bald"], arguments].concat());
    assert_eq!(plan(&[]), ["bald/seed-0: 15 up to date", "report: up to date"]);

    let config = plan(&["--set", "train.epochs=4"]);
    let expected = "bald/seed-0: 13 of 15 to run, first round 0 train: config changed (`epochs` was 3, is 4)";
    assert_eq!(config, [expected, "report: input changed (runs change)"]);
    let forced = plan(&["--force", "select"]);
    assert_eq!(
        forced[0],
        "bald/seed-0: 13 of 15 to run, first round 0 train: missing (`model.safetensors` was pruned and is needed again)"
    );
    assert_eq!(plan(&["--force", "report"]), ["bald/seed-0: 15 up to date", "report: forced"]);

    let selected = project.result("bald/seed-0/round-002/select/selected.npy");
    fs_err::remove_file(selected).unwrap();
    let incomplete = plan(&["-v"]);
    assert!(
        incomplete.contains(&"  round 2 select: incomplete (`selected.npy` is not there)".to_owned()),
        "{incomplete:?}"
    );

    let more = lines(&project, &["--set", "score.acquisition=bald", "--seeds", "0..2"]);
    assert_eq!(more[1], "bald/seed-1: 15 of 15 to run, first split: missing");
    bal_testkit::prepared_dataset(&project.path("data/digits"), 200, 60, 1);
    let data = plan(&[]);
    assert!(data[0].contains("first split: input changed (`../../data/digits/dataset.json`)"), "{data:?}");
}

#[test]
fn a_stage_that_lost_its_manifest_is_made_again() {
    let project = Project::new();
    project.run(&[]);
    let before = project.results();
    fs_err::remove_file(project.result("bald/seed-0/round-001/select/select.json")).unwrap();
    let ended = project.run(&[]);
    assert!(ended.stderr.contains("has no manifest and is made again"), "{ended:?}");
    assert_eq!(differences(&before, &project.results()), Vec::<String>::new());
}

#[test]
fn a_forced_stage_writes_the_same_bytes_again() {
    let project = Project::new();
    project.run(&["--profile", "short", "--out", ROOT]);
    let before = project.results();
    let manifest = project.result("default/seed-0/round-001/train/train.json");
    let clock = fs_err::read(&manifest).unwrap();
    project.run(&["--profile", "short", "--out", ROOT, "--force", "train"]);
    assert_ne!(clock, fs_err::read(&manifest).unwrap(), "it was trained again");
    assert_eq!(before, project.verified());
}

#[test]
fn profiles_and_options_are_resolved_into_one_pipeline() {
    let project = Project::new();
    let yaml =
        project.bal(&["plan", "tiny.yaml", "--format", "yaml", "--profile", "short", "--set", "rounds=2"]);
    assert!(yaml.stdout.contains("\nrounds: 2\nsweep:\n  seed:\n  - 0\n  - 1\n"), "{}", yaml.stdout);
    assert!(!yaml.stdout.contains("profiles"), "{}", yaml.stdout);
    // With a profile the folder has its name; only the seed is swept, so the cell is `default`.
    project.run(&["--profile", "short", "--set", "rounds=2"]);
    let file = fs_err::read_to_string(project.path("artifacts/tiny-short/pipeline.yaml")).unwrap();
    assert!(file.starts_with("# Resolved by `bal`"), "{file}");
    assert_eq!(file, yaml.stdout);
    assert!(project.path("artifacts/tiny-short/default/seed-1/round-002/train/train.json").is_file());
}

#[test]
fn an_explicit_list_of_cells_replaces_the_product() {
    let cells = "sweep: {seed: [3]}\ncells: [{score.acquisition: bald, select.batch: 2}, {score.acquisition: random, rounds: 1}]";
    let project = Project::new().with("sweep:   {seed: [0], score.acquisition: [random, bald]}", cells);
    let expected = [
        "bald_batch-2/seed-3: 15 of 15 to run, first split: missing",
        "rounds-1_random/seed-3: 7 of 7 to run, first split: missing",
        "report: missing",
    ];
    assert_eq!(lines(&project, &[]), expected);
}

#[test]
fn lists_and_cleans() {
    let project = Project::new();
    let list = project.bal(&["list", "."]).stdout;
    assert_eq!(list, "tiny: 2 runs, A tiny pipeline\n  profiles: short\n");
    assert_eq!(project.bal(&["clean", "tiny.yaml"]).code, Some(0), "there is nothing to delete");
    project.run(&["--set", "rounds=1"]);
    assert!(project.bal(&["list", "."]).stdout.ends_with("  artifacts/tiny\n"));
    let refused = project.bal(&["clean", "tiny.yaml"]);
    assert_eq!((refused.code, project.path(ROOT).exists()), (Some(2), true), "{refused:?}");
    let foreign = project.bal(&["clean", "tiny.yaml", "--out", "data", "--yes"]);
    assert_eq!((foreign.code, project.path("data").exists()), (Some(4), true), "{foreign:?}");
    assert_eq!(project.bal(&["clean", "tiny.yaml", "--yes"]).code, Some(0));
    assert!(!project.path(ROOT).exists());
}

#[test]
fn the_cpu_is_a_device() {
    assert!(Project::new().bal(&["devices"]).stdout.starts_with("cpu\n"));
}
