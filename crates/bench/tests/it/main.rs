//! `bal`'s own half of the benchmark, in small and without Python.

use assert_cmd::Command;

/// Rows that need nothing but this program.
const ROWS: [&str; 10] = [
    "rates",
    "samples",
    "samples_networks",
    "scores",
    "batch_bald",
    "k_bald",
    "training",
    "training_networks",
    "memory",
    "scaling",
];

fn bench() -> Command {
    Command::new(env!("CARGO_BIN_EXE_bal-bench"))
}

#[test]
fn quick_measures_every_row_and_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    bal_testkit::prepared_dataset(&at("mnist"), 500, 40, 0);
    let run = |more: &[&str]| {
        let mut command = bench();
        command.args(["--quick", "--no-peers", "--repetitions", "2", "--threads", "2"]).args(more);
        command
            .arg("--data")
            .arg(at("mnist"))
            .arg("--cache")
            .arg(at("cache"))
            .arg("--out")
            .arg(at("RESULTS.md"));
        command.assert().success();
        fs_err::read_to_string(at("RESULTS.md")).unwrap()
    };
    let results = run(&["--only", &ROWS.join(",")]);
    for heading in
        ["MC-dropout predictions", "Scores of the pool", "BatchBALD", "k_bald", "One training round"]
    {
        assert!(results.contains(&format!("\n## {heading}\n")), "{heading} is missing:\n{results}");
    }
    let line = |text: &str, start: &str| -> String {
        text.lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("no line `{start}`:\n{text}"))
            .to_owned()
    };
    assert!(line(&results, "| 60 images, 10 posterior samples, f32 |").contains("points·samples/s"));
    assert!(line(&results, "| score, 1000 points, 10 samples, predictions not kept").contains(" MB |"));
    assert!(
        line(&results, "| batch_bald | b |")
            .starts_with("| batch_bald | b | N = 100, K = 10, C = 4 | 2, 4, 8 |")
    );
    let svg = fs_err::read_to_string(at("scaling.svg")).unwrap();
    assert!(svg.contains("batch_bald, N"), "the legend names the curves");

    // A row that is measured again leaves the others as they were.
    let again = run(&["--only", "k_bald"]);
    let training = "| gal_cnn, 40 labels, 2 epochs, minibatches of 128 |";
    assert_eq!(line(&again, training), line(&results, training));
    assert_eq!(run(&["--render"]), again, "rendering measures nothing");
}

#[test]
fn results_of_another_version_are_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("quick").join("results.json");
    fs_err::create_dir(folder.path().join("quick")).unwrap();
    fs_err::write(&kept, "{}").unwrap();
    let assert = bench().args(["--quick", "--render", "--cache"]).arg(folder.path()).assert().code(4);
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.contains("does not hold results of this version"), "{stderr}");
    assert!(stderr.contains("hint: delete that file"), "{stderr}");
    assert_eq!(fs_err::read_to_string(&kept).unwrap(), "{}");
}
