//! The plan for other engines: whoever runs its commands, the bytes are the same.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Project, differences};
use crate::together::moons;

const KEEP: [&str; 2] = ["--set", "keep={weights: all, scores: all, predictions: all}"];

fn plan(project: &Project) -> Value {
    let ended = project.bal(&[&["plan", "tiny.yaml", "--format", "json"], &KEEP[..]].concat());
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    let plan: Value = serde_json::from_str(&ended.stdout).unwrap();
    // A line for each step, and one before and after them.
    assert_eq!(ended.stdout.lines().count(), 2 + plan["steps"].as_array().unwrap().len());
    plan
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

/// README.md says what the fields mean.
#[test]
fn a_plan_for_programs_has_every_command() {
    let project = moons();
    let plan = plan(&project);
    assert_eq!(
        (&plan["format"], &plan["experiment"], &plan["folder"]),
        (&1.into(), &"tiny".into(), &"artifacts/tiny".into())
    );
    let steps = plan["steps"].as_array().unwrap();
    // A data set, the pipeline, two runs of 15 tasks, a report.
    assert_eq!(steps.len(), 2 + 2 * 15 + 1);
    let of = |stage: &str, run: Option<&str>, round: Option<u64>| {
        let is_it = |step: &&Value| {
            step["stage"] == stage && step["run"].as_str() == run && step["round"].as_u64() == round
        };
        steps.iter().find(is_it).unwrap()
    };
    let folder = "artifacts/tiny/bald/seed-0";
    let split = of("split", Some("bald/seed-0"), None);
    assert_eq!(words(&split["after"]), ["data/two_moons/dataset.json"]);
    assert_eq!(split["inputs"], Value::Array(vec![]));
    let score = of("score", Some("bald/seed-0"), Some(1));
    let inputs = ["round-001/label/label.json", "round-001/train/train.json", "split/split.json"];
    let inputs: Vec<String> = inputs.iter().map(|file| format!("{folder}/{file}")).collect();
    let expected: BTreeSet<&str> =
        inputs.iter().map(String::as_str).chain(["data/two_moons/dataset.json"]).collect();
    assert_eq!(words(&score["inputs"]).into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(score["output"], format!("{folder}/round-001/score/score.json"));
    assert_eq!(words(&score["command"])[0], "score");
    assert_eq!(words(&score["takes"]), ["--device", "--threads"]);
    assert_eq!(score["prints"], false);
    let pipeline = of("pipeline", None, None);
    assert_eq!(
        (&pipeline["output"], &pipeline["prints"]),
        (&"artifacts/tiny/pipeline.yaml".into(), &true.into())
    );
    assert_eq!(steps.last().unwrap()["stage"], "report");
    // Each stands after those that it needs.
    let mut made = BTreeSet::new();
    for step in steps {
        for file in words(&step["inputs"]).into_iter().chain(words(&step["after"])) {
            assert!(made.contains(file), "{file} is needed before it is made");
        }
        assert!(made.insert(step["output"].as_str().unwrap()), "{} is made twice", step["output"]);
    }
}

/// An engine of ten lines.
#[test]
fn its_commands_in_turn_write_the_same_bytes() {
    let (run, by_hand) = (moons(), moons());
    run.run(&KEEP);
    for step in plan(&by_hand)["steps"].as_array().unwrap() {
        let ended = by_hand.bal(&words(&step["command"]));
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let output = by_hand.path(step["output"].as_str().unwrap());
        if step["prints"] == true {
            bal_artifact::write_file(&output, ended.stdout.as_bytes()).unwrap();
        }
        assert!(output.is_file(), "{}", output.display());
    }
    assert_eq!(differences(&run.verified(), &by_hand.verified()), [""; 0]);
    let adopted = by_hand.run(&KEEP);
    assert!(adopted.stderr.contains(", 0 of "), "{}", adopted.stderr);
}

/// Where `BAL_SNAKEMAKE` names the program (`make test-engines`); elsewhere it is said that it was left out.
#[test]
fn snakemake_writes_the_same_bytes() {
    let Some(snakemake) = std::env::var_os("BAL_SNAKEMAKE") else {
        eprintln!("left out: BAL_SNAKEMAKE names no program");
        return;
    };
    let (run, by_engine) = (moons(), moons());
    run.run(&KEEP);
    let text = plan(&by_engine).to_string();
    bal_artifact::write_file(&by_engine.path("plan.json"), text.as_bytes()).unwrap();
    let snakefile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines/engines/Snakefile");
    let snakemake = |arguments: &[&str]| {
        let mut command = Command::new(&snakemake);
        command.arg("--snakefile").arg(&snakefile).args(["--cores", "2", "--config", "plan=plan.json"]);
        command.arg(format!("bal={}", env!("CARGO_BIN_EXE_bal"))).args(arguments).env_remove("RUST_LOG");
        let output = command.current_dir(by_engine.path("")).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(output.status.success(), "{text}");
        text
    };
    snakemake(&[]);
    assert_eq!(differences(&run.verified(), &by_engine.verified()), [""; 0]);
    // What is done again replaces what is there.
    let training = ".snakemake/bal/artifacts/tiny/bald/seed-0/round-003/train/train.json";
    let again = snakemake(&["--forcerun", training]);
    assert!(again.contains("Forced execution"), "{again}");
    assert_eq!(differences(&run.verified(), &by_engine.verified()), [""; 0]);
    let again = snakemake(&["--dry-run"]);
    assert!(again.contains("Nothing to be done"), "{again}");
}
