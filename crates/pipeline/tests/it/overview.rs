//! All experiments at a glance: `bal list`, `make NAME`, `make quick-all`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{PIPELINE, Project, signal};
use crate::together::moons;

/// The workspace.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What `make` prints in the workspace.
fn make(arguments: &[&str]) -> String {
    let output = Command::new("make").args(arguments).arg("-s").current_dir(workspace()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Names of the files below `pipelines/`.
fn names() -> Vec<String> {
    let files = fs_err::read_dir(workspace().join("pipelines")).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let mut names: Vec<String> =
        files.map(|path| path.file_stem().unwrap().to_string_lossy().into()).collect();
    names.sort();
    assert!(names.len() > 5, "{names:?}");
    names
}

#[test]
fn what_was_run_is_listed_with_its_state() {
    let project = moons();
    let list = || project.bal(&["list", "."]).stdout;
    assert_eq!(
        list(),
        "tiny: 2 runs, A tiny pipeline\n  data set two_moons: to be generated\n  profiles: short\n  never run\n"
    );
    let short = ["run", "tiny.yaml", "--profile", "short", "--set", "train.epochs=2000"];
    let mut running = project.start(&short);
    let first = project.path("artifacts/tiny-short/default/seed-0/round-000/train/train.json");
    running.until(|_| first.exists().then_some(()));
    signal("STOP", running.id());
    let text = list();
    assert!(text.contains("data set two_moons: there\n"), "{text}");
    assert!(text.contains(" of 4 rounds, running\n"), "{text}");
    signal("CONT", running.id());
    signal("INT", running.id());
    running.wait();
    let text = list();
    assert!(text.contains(" of 4 rounds\n"), "{text}");
    project.run(&["--profile", "short"]);
    project.run(&["--set", "rounds=1"]);
    fs_err::create_dir_all(project.path("artifacts/tiny-short/notes")).unwrap();
    let text = list();
    assert!(text.ends_with("  artifacts/tiny: done\n  artifacts/tiny-short: done\n"), "{text}");
    fs_err::remove_file(project.path("artifacts/tiny/pipeline.yaml")).unwrap();
    let text = list();
    assert!(text.contains("  artifacts/tiny: `artifacts/tiny` is no folder of a pipeline: "), "{text}");
    assert!(text.ends_with("  artifacts/tiny-short: done\n"), "{text}");
}

#[test]
fn where_a_data_set_would_come_from_is_listed() {
    for (name, place) in [
        ("mnist", "to be had from `https://"),
        ("ag_news_subset", "not to be had: `BAL_DATA_SOURCE` may name the folder of its files\n"),
    ] {
        let project = Project::new().with("dataset: digits", &format!("dataset: {name}"));
        let mut list = Command::new(env!("CARGO_BIN_EXE_bal"));
        list.args(["list", "."]).current_dir(project.path("")).env_remove("BAL_DATA_SOURCE");
        list.env("XDG_CACHE_HOME", project.path("cache"));
        let output = list.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(&format!("\n  data set {name}: {place}")), "{text}");
        // What lies in such a folder is found by name.
        fs_err::create_dir_all(project.path("there")).unwrap();
        for file in ["train-subset.csv.gz", "test.csv"] {
            bal_artifact::write_file(&project.path("there").join(file), b"").unwrap();
        }
        let output = list.env("BAL_DATA_SOURCE", "there").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let found = text.contains("to be had from folder `there`\n");
        assert_eq!(found, name == "ag_news_subset", "{text}");
    }
    let unknown = Project::new().with("dataset: digits", "dataset: mine");
    let text = unknown.bal(&["list", "."]).stdout;
    assert!(text.contains("unknown data set `mine`") && text.contains("  never run\n"), "{text}");
}

#[test]
fn every_pipeline_is_a_target() {
    for name in names() {
        let quick = make(&["-n", &format!("{name}-quick")]);
        assert!(quick.ends_with(&format!("bal run pipelines/{name}.yaml --profile quick\n")), "{quick}");
        let whole = make(&["-n", &name]);
        let run = format!("bal run pipelines/{name}.yaml");
        assert!(whole.trim_end().ends_with(&run) || name == "fig1" && whole.contains(&run), "{whole}");
    }
    assert_eq!(make(&["-n", "two-moons"]), make(&["-n", "two_moons"]));
    assert_eq!(make(&["-n", "quick"]), make(&["-n", "fig1-quick"]));
    let all = make(&["-n", "quick-all"]);
    assert!(all.trim_end().ends_with(&format!("sh pipelines/quick_all.sh {}", names().join(" "))), "{all}");
}

#[test]
fn help_and_list_say_what_a_header_begins_with() {
    let help = make(&["help"]);
    let list = Command::new(env!("CARGO_BIN_EXE_bal")).arg("list").current_dir(workspace()).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let titles: Vec<(&str, &str)> = list
        .lines()
        .filter(|line| !line.starts_with(' '))
        .map(|line| {
            (line.split(':').next().unwrap(), line.split_once("s, ").or(line.split_once("run, ")).unwrap().1)
        })
        .collect();
    assert_eq!(titles.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names());
    for (name, sentence) in titles {
        assert!(help.contains(&format!("make {name:<24}{sentence}\n")), "{name}: {sentence}\n{help}");
        assert!(sentence.ends_with('.') && sentence.len() > 20, "{sentence}");
    }
}

#[test]
fn quick_profiles_are_run_as_far_as_their_data_can_be_had() {
    let project = moons();
    let tiny = fs_err::read_to_string(project.path("tiny.yaml")).unwrap();
    let quick = tiny.replace("  short:", "  quick:").replace("name: tiny", "name: one");
    let text = "ag_news_subset, initial_per_class: 1, validation: 20}\ntrain:   {network: text_cnn";
    let no_data =
        PIPELINE.replace("digits, initial_per_class: 1, validation: 20}\ntrain:   {network: gal_cnn", text);
    let no_data = no_data.replace("  short:", "  quick:");
    for (name, text) in [("one", &quick), ("no_data", &no_data), ("no_quick", &tiny)] {
        bal_artifact::write_file(&project.path(&format!("pipelines/{name}.yaml")), text.as_bytes()).unwrap();
    }
    let run = |names: &[&str]| {
        let mut script = Command::new("sh");
        script.arg(workspace().join("pipelines/quick_all.sh")).args(names).current_dir(project.path(""));
        script.env("BAL", env!("CARGO_BIN_EXE_bal")).env_remove("BAL_DATA_SOURCE").env_remove("RUST_LOG");
        let output = script.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let summary = text.rsplit_once("\n\n").unwrap().1.to_owned();
        (output.status.code(), summary.lines().map(str::to_owned).collect::<Vec<_>>())
    };
    let (code, summary) = run(&["one", "no_data"]);
    assert_eq!(code, Some(0), "what cannot be had is no failure: {summary:?}");
    let [one, no_data] = summary.as_slice() else { panic!("{summary:?}") };
    assert!(one.starts_with("one                      done in "), "{one}");
    assert!(one.ends_with(" s: artifacts/one-quick/report/report.html"), "{one}");
    assert!(project.path("artifacts/one-quick/report/report.html").is_file());
    assert_eq!(no_data, "no_data                  not run: data set not available");
    let (code, summary) = run(&["no_quick", "one"]);
    assert_eq!((code, summary.len()), (Some(1), 2), "the others are run all the same: {summary:?}");
    assert!(summary[0].starts_with("no_quick                 failed with exit code 3 after "), "{summary:?}");
}
