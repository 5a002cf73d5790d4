//! Results of several configurations in one folder: only those of the resolved pipeline count, the others
//! stay.

use std::path::Path;

use bal_artifact::read_table;

use crate::support::{Project, ROOT, differences};

/// Cell, seed and round of every row of the report.
fn shown(project: &Project) -> Vec<(String, i64, i64)> {
    let history = read_table("history", &project.result("report/history.parquet"), &[]).unwrap();
    let cells = history.column("cell").unwrap().str().unwrap();
    let numbers = |name: &str| history.column(name).unwrap().i64().unwrap();
    let row = |i: usize| {
        let number = |name: &str| numbers(name).get(i).unwrap();
        (cells.get(i).unwrap().to_owned(), number("seed"), number("round"))
    };
    (0..history.height()).map(row).collect()
}

fn page(project: &Project) -> String {
    fs_err::read_to_string(project.result("report/report.html")).unwrap()
}

/// Puts what `folder` has at `path` in the place of what the results have there.
fn replace(project: &Project, other: &Project, path: &str) {
    let (from, to) = (other.result(path), project.result(path));
    if from.is_dir() {
        fs_err::remove_dir_all(&to).unwrap();
        fs_err::create_dir(&to).unwrap();
        for entry in fs_err::read_dir(&from).unwrap() {
            let name = entry.unwrap().file_name();
            fs_err::copy(from.join(&name), to.join(&name)).unwrap();
        }
    } else {
        fs_err::copy(&from, &to).unwrap();
    }
}

const CHANGED: [&str; 8] = [
    "--seeds",
    "0",
    "--set",
    "sweep.score.acquisition=[bald]",
    "--set",
    "train.epochs=2",
    "--set",
    "rounds=2",
];

#[test]
fn a_report_shows_the_runs_and_rounds_of_its_pipeline_and_names_what_else_is_there() {
    let project = Project::new();
    project.run(&["--seeds", "0..2"]);
    let before = project.results();
    let ended = project.run(&CHANGED);
    let bald = |rounds: std::ops::RangeInclusive<i64>| rounds.map(|round| ("bald".to_owned(), 0, round));
    assert_eq!(shown(&project), bald(0..=2).collect::<Vec<_>>());

    let left_out = [
        "bald/seed-0, all after the training of round 2: the pipeline has 2 rounds",
        "bald/seed-1: not a run of the pipeline",
        "random/seed-0: not a run of the pipeline",
        "random/seed-1: not a run of the pipeline",
    ];
    let plan = project.bal(&[&["plan", "tiny.yaml"], &CHANGED[..]].concat()).stdout;
    let status = project.bal(&["status", ROOT]).stdout;
    for text in left_out {
        assert!(page(&project).contains(text), "no `{text}` on the page");
        assert!(ended.stderr.contains(&format!("not in the report: {text}")), "{}", ended.stderr);
        assert!(plan.contains(&format!("left as it is: {text}")), "{plan}");
        assert!(status.contains(text), "{status}");
    }
    let others = |name: &String| name.starts_with("random") || name.starts_with("bald/seed-1");
    let changed = differences(&before, &project.verified());
    assert!(!changed.iter().any(others), "left as it was: {changed:?}");
    // The page by hand is the same.
    let by_hand = project.bal(&["report", "--runs", ROOT, "--out", "by-hand"]);
    assert_eq!(by_hand.code, Some(0), "{by_hand:?}");
    let table = |folder: &Path| fs_err::read(folder.join("history.parquet")).unwrap();
    assert_eq!(table(&project.path("by-hand")), table(&project.result("report")));

    // Back to where it began: the later rounds of one run are made anew.
    project.run(&["--seeds", "0..2"]);
    assert_eq!(shown(&project).len(), 4 * 4);
    assert!(!page(&project).contains("Left out"));
    let changed = differences(&before, &project.verified());
    assert_eq!(changed, [""; 0]);
}

#[test]
fn a_run_that_was_begun_anew_counts_as_far_as_it_has_come() {
    let one = ["--set", "sweep.score.acquisition=[bald]"];
    let (project, other) = (Project::new(), Project::new());
    project.run(&one);
    other.run(&[&one[..], &["--set", "train.epochs=4"]].concat());
    // As if `bal run --set train.epochs=4` had been stopped after its first training.
    for path in ["pipeline.yaml", "bald/seed-0/round-000/train"] {
        replace(&project, &other, path);
    }
    let status = project.bal(&["status", ROOT]);
    assert_eq!(status.code, Some(0), "{status:?}");
    let row: Vec<&str> = status.stdout.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!((row[1], row[2], row[6]), ("0/3", "10", "stopped"), "{}", status.stdout);
    let text = "bald/seed-0: 3 rounds of another configuration there, first round 0 score: input changed";
    assert!(status.stdout.contains(text), "{}", status.stdout);

    let by_hand = project.bal(&["report", "--runs", ROOT, "--out", &format!("{ROOT}/report")]);
    assert_eq!(by_hand.code, Some(0), "{by_hand:?}");
    assert_eq!(shown(&project), [("bald".to_owned(), 0, 0)]);
    let text = "bald/seed-0, rounds 1 to 3: `score` of round 0 has read another `model.safetensors` than `train` of round \
                0 lists";
    assert!(by_hand.stderr.contains(&format!("not in the report: {text}")), "{by_hand:?}");
    assert!(page(&project).contains(&format!("<li><bdi>{text}</bdi></li>")));
}

#[test]
fn another_number_of_threads_is_another_configuration_of_a_training() {
    let project = Project::new();
    let short = ["--set", "sweep.score.acquisition=[bald]", "--set", "rounds=1"];
    project.run(&short);
    let plan = |threads: &[&str]| project.bal(&[&["plan", "tiny.yaml"], &short[..], threads].concat()).stdout;
    assert!(plan(&[]).starts_with("bald/seed-0: 7 up to date\n"), "{}", plan(&[]));
    let text = "5 of 7 to run, first round 0 train: config changed (trained with 1 thread, now 2)";
    assert!(plan(&["--threads", "2"]).contains(text), "{}", plan(&["--threads", "2"]));
    project.run(&[&short[..], &["--threads", "2"]].concat());
    let manifest = fs_err::read_to_string(project.result("bald/seed-0/round-001/train/train.json")).unwrap();
    assert!(manifest.contains("\n  \"threads\": 2,\n"), "{manifest}");
    // Status is not told how many there were; all trainings of a run have as many as its first one.
    let status = project.bal(&["status", ROOT]).stdout;
    assert!(status.contains("1/1") && !status.contains("another"), "{status}");
    assert!(plan(&["--threads", "2"]).starts_with("bald/seed-0: 7 up to date\n"));
}

#[test]
fn a_lost_or_damaged_manifest_of_the_report_is_no_obstacle() {
    let project = Project::new();
    project.run(&["--set", "rounds=1"]);
    let before = project.verified();
    let manifest = project.result("report/report.json");
    let damages: [(&str, &dyn Fn()); 3] = [
        ("incomplete (no `report.json`)", &|| fs_err::remove_file(&manifest).unwrap()),
        ("report.json` is damaged)", &|| bal_artifact::write_file(&manifest, b"{\"stage\"").unwrap()),
        ("missing", &|| fs_err::remove_dir_all(project.result("report")).unwrap()),
    ];
    for (reason, damage) in damages {
        damage();
        let plan = project.bal(&["plan", "tiny.yaml", "--set", "rounds=1"]);
        let report = plan.stdout.lines().last().unwrap_or_default();
        assert!(report.starts_with("report: ") && report.contains(reason), "{plan:?}");
        project.run(&["--set", "rounds=1"]);
        assert!(manifest.is_file());
        assert_eq!(differences(&before, &project.verified()), [""; 0], "{reason}");
    }
    // What is somebody else's is never removed for it.
    fs_err::remove_file(&manifest).unwrap();
    let notes = project.result("report/notes.txt");
    bal_artifact::write_file(&notes, b"mine").unwrap();
    let refused = project.bal(&["run", "tiny.yaml", "--set", "rounds=1"]);
    assert_ne!(refused.code, Some(0), "{refused:?}");
    assert!(notes.is_file() && project.result("report/report.html").is_file());
}

#[test]
fn a_finished_experiment_that_cannot_be_written_to_is_no_failure() {
    let project = Project::new();
    let run = ["run", "tiny.yaml", "--set", "rounds=1"];
    project.run(&run[2..]);
    // Stands for a read-only file system, which does not stop root in a test: no lock can be taken.
    let lock = project.result(".lock");
    fs_err::remove_file(&lock).unwrap();
    fs_err::create_dir(&lock).unwrap();
    let again = project.bal(&run);
    assert_eq!(
        (again.code, again.stdout.as_str()),
        (Some(0), "artifacts/tiny/report/report.html\n"),
        "{again:?}"
    );
    assert!(again.stderr.contains("all is there"), "{again:?}");
    for arguments in [&["plan", "tiny.yaml", "--set", "rounds=1"][..], &["status", ROOT], &["verify", ROOT]] {
        let ended = project.bal(arguments);
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    for more in [&["--seeds", "0..2"][..], &["--force", "report"], &["--set", "name=other"]] {
        let ended = project.bal(&[&run[..], &["--out", ROOT], more].concat());
        assert_ne!(ended.code, Some(0), "there is something to do: {ended:?}");
    }
}
