//! What `bal plan` says of the cost, beforehand and in between.

use crate::support::Project;
use crate::together::moons;

/// The lines about costs.
fn costs(project: &Project, arguments: &[&str]) -> Vec<String> {
    let plan = project.bal(&[&["plan", "tiny.yaml"], arguments].concat());
    assert_eq!(plan.code, Some(0), "{plan:?}");
    let lines =
        plan.stdout.lines().filter(|line| line.starts_with("cost") || line.starts_with("there already"));
    lines.map(str::to_owned).collect()
}

const RATES: &str = "(as fast as one core of 2023, see crates/bench/RESULTS.md)";

#[test]
fn what_is_to_be_run_is_said_with_its_cost() {
    let project = Project::new();
    let [cost] = costs(&project, &["--jobs", "1"]).try_into().unwrap();
    // A run: 4 files of the split, and of each round 4 labels, 5 of the training, 2 scores and 3 picks; the
    // last round has neither scores nor picks.
    let files = 2 * (4 + 4 * 9 + 3 * 5);
    let start = "cost from the beginning: 2 runs, 8 trainings, ";
    assert_eq!(cost, format!("{start}{files} files of 5 MB, about 1.0 s with 1 job {RATES}"));

    // Two runs of 4 trainings: 15 labels on average, 10⁵ epochs, 3 passes of 8.8 million multiplications.
    let longer = ["--set", "train.epochs=100000", "--set", "train.weight_decay={fixed: 0}", "--jobs"];
    let [one] = costs(&project, &[&longer[..], &["1"]].concat()).try_into().unwrap();
    assert!(one.ends_with(&format!(", about 2.1 h with 1 job {RATES}")), "{one}");
    let [two] = costs(&project, &[&longer[..], &["2"]].concat()).try_into().unwrap();
    assert!(two.ends_with(&format!(", about 63 min with 2 jobs {RATES}")), "{two}");

    let keep = ["--set", "score.write_log_probs=true", "--set", "keep.predictions=all"];
    let samples = ["--set", "score.posterior.mc_dropout.samples=10000"];
    let [kept] = costs(&project, &[&keep[..], &samples].concat()).try_into().unwrap();
    assert!(kept.contains(&format!("{} files of 149 MB, ", files + 6)), "{kept}");
}

#[test]
fn the_files_that_were_told_are_those_that_come() {
    let project = Project::new();
    let [cost] = costs(&project, &[]).try_into().unwrap();
    project.run(&[]);
    let files = project.results().keys().filter(|name| name.contains("/seed-")).count();
    assert!(cost.contains(&format!(" {files} files of ")), "{files}: {cost}");
}

#[test]
fn what_is_there_already_is_told() {
    let project = moons();
    assert_eq!(costs(&project, &[]), ["cost: unknown until the data sets are there"]);
    project.run(&["--set", "rounds=1"]);
    // Nobody has measured an `mlp` with so many threads; with one, it was measured just now.
    let [cost, there] = costs(&project, &["--threads", "3", "--jobs", "1"]).try_into().unwrap();
    assert!(cost.contains(", hours unknown ("), "{cost}");
    assert!(there.starts_with("there already: 0 of 8 trainings; left: 8 trainings, "), "{there}");
    let [cost, there] = costs(&project, &["--jobs", "1"]).try_into().unwrap();
    assert!(cost.ends_with(" with 1 job (as fast as 5 stages that are there)"), "{cost}");
    assert!(there.starts_with("there already: 4 of 8 trainings; left: 4 trainings, "), "{there}");
    assert!(there.ends_with(" with 1 job"), "{there}");
    project.run(&[]);
    assert_eq!(costs(&project, &[]), [""; 0]);
}

#[test]
fn an_element_of_a_job_array_is_told_as_well() {
    let project = Project::new();
    let element = |set: &[&str]| {
        let plan = project.bal(&[&["plan", "tiny.yaml", "--executor", "slurm"], set].concat());
        assert_eq!(plan.code, Some(0), "{plan:?}");
        plan.stdout.lines().find_map(|line| line.strip_prefix("  an element: ")).unwrap().to_owned()
    };
    // The files of one run, of two.
    assert_eq!(element(&[]), format!("at most 4 trainings, 55 files of 3 MB, about 0.2 s {RATES}"));
    // The longest stage is the last training, whose labels and weights stay.
    let stage = element(&["--set", "slurm.granularity=stage"]);
    assert!(stage.starts_with("at most 1 training, "), "{stage}");
}
