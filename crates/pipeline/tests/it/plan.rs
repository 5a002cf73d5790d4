//! `bal plan`, `list`, `clean`, `devices` and `verify`.

use crate::support::{Project, ROOT, differences};

fn lines(project: &Project, arguments: &[&str]) -> Vec<String> {
    let ended = project.bal(&[&["plan", "tiny.yaml"], arguments].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let is_cost = |line: &&str| line.starts_with("cost") || line.starts_with("there already");
    ended.stdout.lines().filter(|line| !is_cost(line)).map(str::to_owned).collect()
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
    assert!(dry.stdout.starts_with(&all_missing.join("\n")) && dry.stdout.contains("\ncost "), "{dry:?}");
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
    let project = Project::new().with(SWEEP, cells);
    let expected = [
        "bald_batch-2/seed-3: 15 of 15 to run, first split: missing",
        "rounds-1_random/seed-3: 7 of 7 to run, first split: missing",
        "report: missing",
    ];
    assert_eq!(lines(&project, &[]), expected);
}

const SWEEP: &str = "sweep:   {seed: [0], score.acquisition: [random, bald]}";

const CELLS: &str = "sweep: {seed: [3]}
cells:
  plbb: {label: \"Power LBB\", select.method: plbb}
  bald: {score.acquisition: bald, rounds: 1}
  a.chance: {score.acquisition: random, select.batch: 2}";

#[test]
fn cells_have_the_names_and_the_order_of_their_author() {
    let project = Project::new().with(SWEEP, CELLS);
    let expected = [
        "plbb/seed-3: 15 of 15 to run, first split: missing",
        "bald/seed-3: 7 of 7 to run, first split: missing",
        "a.chance/seed-3: 15 of 15 to run, first split: missing",
        "report: missing",
    ];
    assert_eq!(lines(&project, &[]), expected);
    // What is resolved has the form that was written.
    let yaml = project.bal(&["plan", "tiny.yaml", "--format", "yaml"]).stdout;
    let cells = "\ncells:\n  plbb:\n    label: Power LBB\n    select.method: plbb\n  bald:\n    rounds: 1\n    \
                 score.acquisition: bald\n  a.chance:\n    score.acquisition: random\n    select.batch: 2\n";
    assert!(yaml.contains(cells), "{yaml}");
    bal_artifact::write_file(&project.path("tiny.yaml"), yaml.as_bytes()).unwrap();
    assert_eq!(lines(&project, &[]), expected);
    assert_eq!(project.bal(&["plan", "tiny.yaml", "--format", "yaml"]).stdout, yaml);
}

#[test]
fn another_label_makes_the_report_again_and_nothing_else() {
    let cells = "sweep: {seed: [0]}\ncells: {a: {label: One, rounds: 1}}";
    let project = Project::new().with(SWEEP, cells);
    project.run(&[]);
    assert_eq!(lines(&project, &[]), ["a/seed-0: 7 up to date", "report: up to date"]);
    let project = project.and("One", "Another");
    let now = ["a/seed-0: 7 up to date", "report: input changed (`pipeline.yaml`)"];
    assert_eq!(lines(&project, &[]), now);
    project.run(&[]);
    assert_eq!(lines(&project, &[]), ["a/seed-0: 7 up to date", "report: up to date"]);
    let page = fs_err::read_to_string(project.result("report/report.html")).unwrap();
    assert!(page.contains("Another") && !page.contains("One"));
}

#[test]
fn what_is_wrong_with_cells_is_refused_with_line_and_key() {
    for (cells, place, problem) in [
        ("cells: 3", "line 8, key `cells`", "expected cells by name, or a list of cells"),
        ("cells:\n  a: 3", "line 9, key `cells.a`", "expected the settings of a cell by dotted key"),
        ("cells:\n  a: {label: 3}", "line 9, key `cells.a`", "expected a text as `label`, found 3"),
        ("cells:\n  a: {}\n  a: {}", "line 9, key `cells.a`", "duplicate key `a`"),
        ("cells: {.a: {}}", "line 8, key `cells..a`", "a cell's name is a folder"),
        ("cells: {a/b: {}}", "line 8, key `cells.a/b`", "a cell's name is a folder"),
        ("cells: {report: {}}", "line 8, key `cells.report`", "a cell cannot be called `report`"),
        ("cells: {seed-1: {}}", "line 8, key `cells.seed-1`", "that is the folder of a run"),
        ("cells:\n  a:\n    label: ' '", "line 10, key `cells.a.label`", "found none"),
        ("cells:\n  a:\n    label: \"a\\nb\"", "line 10, key `cells.a.label`", "found a line break"),
        (
            "cells:\n  a: {rounds: 1}\n  b: {rounds: 2,\n      label: a}",
            "line 11, key `cells.b.label`",
            "cells `a` and `b` would both be shown as `a`",
        ),
        (
            "cells:\n  a:\n    scor.acquisition: bald",
            "line 10, key `cells.a.scor.acquisition`",
            "`scor.acquisition` makes no cell; expected `label` or a key of prepare, train, score, select, \
             rounds\n\nhint: did you mean `score`?",
        ),
        (
            "cells:\n  a:\n    score.acquisitions: bald",
            "line 10, key `cells.a.score.acquisitions`",
            "unknown key `acquisitions`",
        ),
        ("cells:\n  a:\n    rounds: many", "line 10, key `cells.a.rounds`", "expected a whole number"),
        ("cells:\n  a:\n    rounds: 0", "line 10, key `cells.a.rounds`", "expected 1 to 1000000, found 0"),
        (
            "cells: {a: {train.weight_decay.fixed: 0.1, train.weight_decay.validated: [0.1]}}",
            "line 8, key `cells.a.train.weight_decay.fixed`",
            "another key of the same cell takes it back",
        ),
        ("cells: [{label: a}]", "line 8, key `cells.label`", "`label` makes no cell; expected a key of"),
        ("cells: {a: {}}\nsweep: {rounds: [1]}", "line 9, key `sweep.rounds`", "with `cells`, only `seed`"),
    ] {
        let planned = Project::new().with(SWEEP, cells).bal(&["plan", "tiny.yaml"]);
        let refused = planned.stderr.starts_with(&format!("error: `tiny.yaml`, {place}: "));
        assert!(
            planned.code == Some(3) && refused && planned.stderr.contains(problem),
            "{cells}: {planned:?}"
        );
    }
    let long = format!("cells: {{a: {{label: {}}}}}", "x".repeat(61));
    let planned = Project::new().with(SWEEP, &long).bal(&["plan", "tiny.yaml"]);
    assert!(planned.stderr.contains("at most 60 characters in one line, found 61 characters"), "{planned:?}");
}

#[test]
fn a_value_that_is_swept_twice_is_refused() {
    for (sweep, key, problem) in [
        ("sweep: {score.acquisition: [bald, random, bald]}", "score.acquisition", "\"bald\" is there twice"),
        ("sweep: {select.batch: [4, 2, 4]}", "select.batch", "4 is there twice"),
        ("sweep: {seed: [1, 0, 1]}", "seed", "a seed is there twice"),
    ] {
        let planned = Project::new().with(SWEEP, sweep).bal(&["run", "tiny.yaml"]);
        let text = format!("error: `tiny.yaml`, line 8, key `sweep.{key}`: {problem}\n");
        assert_eq!((planned.code, planned.stderr), (Some(3), text), "{sweep}");
    }
}

#[test]
fn lists_the_data_sets() {
    let project = Project::new();
    let list = project.bal(&["list", "datasets"]).stdout;
    assert!(list.starts_with("mnist: 60,000 + 10,000 images, 10 classes\n  licence: CC BY-SA 3.0"), "{list}");
    assert!(list.contains("ag_news_subset: 9,993 + 7,600 texts, 4 classes\n"), "{list}");
}

#[test]
fn lists_and_cleans() {
    let project = Project::new();
    let list = project.bal(&["list", "."]).stdout;
    let expected =
        "tiny: 2 runs, A tiny pipeline\n  data set digits: there\n  profiles: short\n  never run\n";
    assert_eq!(list, expected);
    assert_eq!(project.bal(&["clean", "tiny.yaml"]).code, Some(0), "there is nothing to delete");
    project.run(&["--set", "rounds=1"]);
    assert!(project.bal(&["list", "."]).stdout.ends_with("  artifacts/tiny: done\n"));
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

#[test]
fn what_changed_stands_side_by_side() {
    let project = Project::new();
    project.run(&["--set", "rounds=1"]);
    let explain = |changes: &[&str], of: [&str; 2]| {
        let ended = project
            .bal(&[&["plan", "tiny.yaml", "--set", "rounds=1"], changes, &["--explain"], &of].concat());
        (ended.code, ended.stdout, ended.stderr)
    };
    let (code, text, _) = explain(&[], ["bald/seed-0", "train"]);
    assert_eq!((code, text.as_str()), (Some(0), "bald/seed-0 train: 2 artifacts up to date\n"));
    let changes = ["--set", "train.epochs=5", "--set", "train.evaluate.samples=9"];
    let (_, text, _) = explain(&changes, ["bald/seed-0", "train"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "bald/seed-0 round 0 train: config changed (`epochs` was 3, is 5)",
            "  setting           then  now",
            "  epochs            3     5",
            "  evaluate.samples  3     9",
        ]
    );
    let (_, text, _) = explain(&["--set", "select.batch=4"], ["bald/seed-0", "score"]);
    assert_eq!(text, "bald/seed-0 score: 1 artifact up to date\n", "it is not made of the batch");
    let (code, _, error) = explain(&[], ["bald/seed-7", "train"]);
    assert!(
        code == Some(2) && error.contains("no run `bald/seed-7`") && error.contains("e.g. `random/seed-0`")
    );
    let (code, _, error) = explain(&[], ["bald/seed-0", "trian"]);
    assert!(code == Some(2) && error.contains("there are: split, label, train, score, select"), "{error}");
}
