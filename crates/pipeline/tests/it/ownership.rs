//! Whose a folder is: nothing of the user's is overwritten or deleted.

use std::path::Path;

use crate::support::{PIPELINE, Project, ROOT};

/// The tiny pipeline with one round and one run.
fn small() -> Project {
    Project::new()
        .with("rounds: 3", "rounds: 1")
        .with_seed("score.acquisition: [random, bald]", "score.acquisition: [bald]")
}

impl Project {
    fn with_seed(self, from: &str, to: &str) -> Self {
        let text = fs_err::read_to_string(self.path("tiny.yaml")).unwrap().replace(from, to);
        fs_err::write(self.path("tiny.yaml"), text).unwrap();
        self
    }

    fn write(&self, path: &str, text: &str) {
        fs_err::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs_err::write(self.path(path), text).unwrap();
    }
}

#[test]
fn a_folder_with_files_of_somebody_is_no_home() {
    let project = small();
    for (path, text) in [
        ("kfp/pipeline.yaml", "apiVersion: argoproj.io/v1alpha1\n"),
        ("exp1/pipeline.yaml", PIPELINE),
        ("photos/a.jpg", "x"),
        ("bytes/pipeline.yaml", "\u{1}"),
    ] {
        project.write(path, text);
        let out = Path::new(path).parent().unwrap().to_str().unwrap();
        let ended = project.bal(&["run", "tiny.yaml", "--out", out]);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert!(ended.stderr.contains(&format!("`{out}` is not the folder of this experiment")), "{ended:?}");
        let cleaned = project.bal(&["clean", "tiny.yaml", "--out", out, "--yes"]);
        assert_eq!(cleaned.code, Some(4), "{cleaned:?}");
        assert_eq!(fs_err::read_to_string(project.path(path)).unwrap(), text);
        assert_eq!(fs_err::read_dir(project.path(out)).unwrap().count(), 1, "nothing came into `{out}`");
    }
    std::os::unix::fs::symlink("nowhere", project.path("dangling")).unwrap();
    assert_eq!(project.bal(&["run", "tiny.yaml", "--out", "dangling"]).code, Some(4));
}

#[test]
fn an_experiment_is_gone_on_with_and_cleaned_only_by_its_own_pipeline() {
    let project = small();
    project.run(&[]);
    let other =
        fs_err::read_to_string(project.path("tiny.yaml")).unwrap().replace("name: tiny", "name: other");
    project.write("other.yaml", &other);
    for command in
        [&["run", "other.yaml", "--out", ROOT][..], &["clean", "other.yaml", "--yes", "--out", ROOT]]
    {
        let ended = project.bal(command);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert!(ended.stderr.contains("it holds the experiment `tiny`, not `other`"), "{ended:?}");
    }
    let sealed = fs_err::read_to_string(project.result("pipeline.yaml")).unwrap();
    project.write(&format!("{ROOT}/pipeline.yaml"), &sealed.replace("rounds: 1", "rounds: 2"));
    let ended = project.bal(&["run", "tiny.yaml"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("was changed after `bal run` had written it"), "{ended:?}");
    assert_eq!(project.bal(&["verify", ROOT]).code, Some(4), "a broken seal is a finding");
}

#[test]
fn cleaning_leaves_what_no_run_made() {
    let project = small();
    project.run(&[]);
    project.write(&format!("{ROOT}/notes/ideas.txt"), "mine");
    project.write(&format!("{ROOT}/bald/seed-0/round-000/train/plot.png"), "mine");
    let picks = [
        "select",
        "--scores",
        "artifacts/tiny/bald/seed-0/round-000/score/scores.parquet",
        "--batch",
        "2",
        "--out",
        "artifacts/tiny/picks",
    ];
    assert_eq!(project.bal(&picks).code, Some(0));
    let cleaned = project.bal(&["clean", "tiny.yaml", "--yes"]);
    assert_eq!(cleaned.code, Some(0), "{cleaned:?}");
    for left in ["notes", "picks", "bald/seed-0/round-000/train/plot.png"] {
        assert!(
            cleaned.stdout.contains(&format!("left alone, since no run made it: `{ROOT}/{left}`")),
            "{cleaned:?}"
        );
    }
    assert!(project.result("notes/ideas.txt").is_file() && project.result("picks/selected.npy").is_file());
    assert!(!project.result("report").exists() && !project.result("bald/seed-0/split").exists());
    for file in [".lock", "pipeline.yaml"] {
        assert!(!project.result(file).exists(), "{file}");
    }
    fs_err::remove_dir_all(project.result("notes")).unwrap();
    let again = project.bal(&["run", "tiny.yaml"]);
    assert_eq!(again.code, Some(4), "what is left is not ours: {again:?}");
}

#[test]
fn a_file_of_the_users_in_a_stages_folder_is_not_lost() {
    let project = small();
    project.run(&[]);
    project.write(&format!("{ROOT}/bald/seed-0/round-001/train/notes.txt"), "mine");
    let ended = project.bal(&["run", "tiny.yaml", "--force", "train"]);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert!(ended.stderr.contains("`notes.txt` is not in the list of `train.json`"), "{ended:?}");
    assert!(project.result("bald/seed-0/round-001/train/notes.txt").is_file());
}

#[test]
fn an_experiment_of_an_earlier_version_goes_on() {
    let project = small();
    project.run(&[]);
    downgrade(&project.path(ROOT));
    let before = fs_err::read(project.result("bald/seed-0/round-001/train/model.safetensors")).unwrap();
    let planned = project.bal(&["plan", "tiny.yaml"]);
    assert!(planned.stdout.contains("bald/seed-0: 7 up to date"), "{planned:?}");
    let ended = project.run(&["--set", "rounds=2"]);
    assert!(!ended.stderr.contains("round 0/2"), "finished rounds are kept: {ended:?}");
    let after = fs_err::read(project.result("bald/seed-0/round-002/train/model.safetensors"));
    assert!(after.is_ok() && !before.is_empty());
    assert_eq!(project.bal(&["clean", "tiny.yaml", "--yes"]).code, Some(0));
    assert!(!project.path(ROOT).exists());
}

/// Makes of every file what the version before seals and digests had written.
fn downgrade(folder: &Path) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            downgrade(&path);
        } else if path.extension().is_some_and(|extension| extension == "json")
            && !path.ends_with("pruned.json")
        {
            let mut json: serde_json::Value = serde_json::from_slice(&fs_err::read(&path).unwrap()).unwrap();
            json["schema_version"] = 1.into();
            json.as_object_mut().unwrap().remove("digest");
            json["inputs"].as_object_mut().unwrap().remove("dataset");
            fs_err::write(&path, serde_json::to_vec_pretty(&json).unwrap()).unwrap();
        } else if path.ends_with("pipeline.yaml") {
            let text = fs_err::read_to_string(&path).unwrap();
            fs_err::write(&path, text.split_once('\n').unwrap().1).unwrap();
        }
    }
}

#[test]
fn another_description_of_the_data_makes_results_stale() {
    let project = small();
    project.run(&[]);
    let path = project.path("data/digits/dataset.json");
    let mut manifest = bal_artifact::Manifest::read(path.parent().unwrap(), "dataset").unwrap();
    manifest.details["licence"] = "another".into();
    fs_err::write(&path, manifest.to_json()).unwrap();
    assert!(
        project.bal(&["plan", "tiny.yaml"]).stdout.contains("7 up to date"),
        "no result depends on the licence"
    );
    manifest.details["mean"] = serde_json::json!([10.0]);
    fs_err::write(&path, manifest.to_json()).unwrap();
    let planned = project.bal(&["plan", "tiny.yaml", "-v"]).stdout;
    assert!(planned.contains("split: input changed (`../../data/digits/dataset.json`)"), "{planned}");
}

#[test]
fn leftovers_go_also_when_nothing_is_to_be_run() {
    let project = small();
    project.run(&[]);
    let leftovers = [
        ".tmp-report-4199999",
        "bald/seed-0/.tmp-split-4199999@elsewhere",
        "bald/seed-0/round-001/.tmp-train-4199999",
        "bald/seed-0/round-000/train/.tmp-pruned.json-4199999",
    ];
    for name in &leftovers[..3] {
        fs_err::create_dir(project.result(name)).unwrap();
    }
    fs_err::write(project.result(leftovers[3]), b"x").unwrap();
    let verified = project.bal(&["verify", ROOT]);
    assert_eq!(verified.code, Some(0), "leftovers are no damage: {verified:?}");
    assert_eq!(verified.stdout.matches("left over: ").count(), 3, "{verified:?}");
    let ended = project.run(&[]);
    assert!(ended.stderr.contains("0 of 7 tasks to run"), "{ended:?}");
    assert!(!project.result(leftovers[0]).exists() && !project.result(leftovers[2]).exists());
    assert!(!project.result(leftovers[3]).exists());
    assert!(project.result(leftovers[1]).exists(), "of another machine nothing is known");
}

/// Each of these once deleted what it names, with exit code 0 and without a word.
#[test]
fn no_stage_replaces_what_it_did_not_make() {
    let project = Project::new();
    let mut staging = bal_artifact::Staging::new(&project.path("made"), "score", &[]).unwrap();
    staging.array("p", &bal_testkit::probs(4, 3, 2, 0)).unwrap();
    let manifest = bal_artifact::Manifest::new(
        "score",
        1,
        serde_json::json!({}),
        bal_artifact::Inputs::new(Path::new(".")),
    );
    staging.publish(manifest).unwrap();
    fs_err::rename(project.path("made/p.npy"), project.path("p.npy")).unwrap();
    project.write("D/dataset.json", "{\"numTraining\": 1}");
    project.write("D/imagesTr/a.nii.gz", "scan");
    let score = |probs: &str, out: &str| {
        project.bal(&["score", "--probs", probs, "--acquisition", "bald", "--out", out]).code
    };
    let select = |scores: &str, out: &str| {
        project.bal(&["select", "--scores", scores, "--batch", "2", "--out", out]).code
    };
    assert_eq!(score("p.npy", "D"), Some(4));
    assert!(project.path("D/imagesTr/a.nii.gz").is_file());

    assert_eq!(score("p.npy", "exp"), Some(0));
    assert_eq!(score("p.npy", "exp"), Some(0), "its own artifact is replaced");
    fs_err::copy(project.path("p.npy"), project.path("exp/new.npy")).unwrap();
    assert_eq!(score("exp/new.npy", "exp"), Some(4));
    assert!(project.path("exp/new.npy").is_file());

    assert_eq!(score("p.npy", "dir"), Some(0));
    assert_eq!(select("dir/scores.parquet", "dir"), Some(4));
    assert_eq!(select("dir/scores.parquet", "dir/picks"), Some(0));
    assert_eq!(score("p.npy", "dir"), Some(4));
    assert!(project.path("dir/scores.parquet").is_file() && project.path("dir/picks/selected.npy").is_file());

    let prepare =
        |name: &str, out: &str| project.bal(&["prepare", "dataset", "--dataset", name, "--out", out]).code;
    assert_eq!(prepare("two_moons", "moons"), Some(0));
    assert_eq!(score("p.npy", "moons"), Some(4));
    assert_eq!(prepare("two_moons", "data/digits"), Some(4), "another data set");
    assert!(
        project.path("moons/train_inputs.npy").is_file()
            && project.path("data/digits/train_inputs.npy").is_file()
    );

    for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "dataset.json"] {
        project.write(&format!("mine/{name}"), "{}");
    }
    let own = ["prepare", "dataset", "--dataset", "idx", "--source", "mine", "--out", "mine"];
    assert_eq!(project.bal(&own).code, Some(4));
    assert_eq!(fs_err::read_dir(project.path("mine")).unwrap().count(), 3);

    fs_err::create_dir(project.path("here")).unwrap();
    let ended = project.bal(&["score", "--probs", "p.npy", "--acquisition", "bald", "--out", "."]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("the current folder lies in it"), "{ended:?}");
}

#[test]
fn verify_finds_nothing_beside_a_living_run() {
    let project = Project::new();
    // Long enough for several looks on a busy machine.
    let running = project.start(&["run", "tiny.yaml", "--jobs", "2", "--set", "rounds=6"]);
    let mut looks = 0;
    while !project.result("report/report.json").exists() {
        if project.path(ROOT).is_dir() {
            let verified = project.bal(&["verify", ROOT]);
            assert_eq!(verified.code, Some(0), "{verified:?}");
            looks += 1;
        }
    }
    assert_eq!(running.wait().code, Some(0));
    assert!(looks > 3, "{looks} looks");
}
