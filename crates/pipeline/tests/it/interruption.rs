//! Killed or stopped at any moment, a run goes on to the same bytes.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::support::{Project, Running, differences, signal};

/// Files whose appearance tells how far a run has come.
const MOMENTS: [&str; 5] = [
    "random/seed-0/split/split.json",
    "random/seed-0/round-000/train/train.json",
    "random/seed-0/round-001/score/score.json",
    "random/seed-0/round-002/train/pruned.json",
    "bald/seed-0/round-001/select/select.json",
];

fn undisturbed() -> &'static BTreeMap<String, Vec<u8>> {
    static RESULTS: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    RESULTS.get_or_init(|| {
        let project = Project::new();
        project.run(&[]);
        project.verified()
    })
}

/// A run with one worker that has just come to this moment.
fn run_until(project: &Project, moment: &str) -> Running {
    let mut running = project.start(&["run", "tiny.yaml", "--jobs", "1"]);
    let file = project.result(moment);
    running.until(|_| file.exists().then_some(()));
    running
}

#[test]
fn a_killed_worker_leaves_nothing_that_looks_finished() {
    for moment in MOMENTS {
        let project = Project::new();
        let mut running = run_until(&project, moment);
        let worker = running.until(|running| running.workers().first().copied());
        signal("KILL", worker);
        let ended = running.wait();
        assert_eq!(ended.code, Some(5), "{moment}: {ended:?}");
        assert!(ended.stderr.contains("(killed by signal 9)"), "{moment}: {}", ended.stderr);
        project.run(&[]);
        assert_eq!(differences(undisturbed(), &project.verified()), [""; 0], "{moment}");
    }
}

#[test]
fn a_killed_parent_takes_its_workers_along() {
    for moment in MOMENTS {
        let project = Project::new();
        let running = run_until(&project, moment);
        signal("KILL", running.id());
        assert_eq!(running.wait().code, None);
        // At once: the worker may still be on its way to its next safe point.
        project.run(&[]);
        assert_eq!(differences(undisturbed(), &project.verified()), [""; 0], "{moment}");
    }
}

#[test]
fn signals_stop_at_a_safe_point() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129), ("USR1", 138), ("USR2", 140)] {
        let project = Project::new();
        let running = run_until(&project, MOMENTS[1]);
        signal(name, running.id());
        let ended = running.wait();
        assert_eq!(ended.code, Some(code), "{ended:?}");
        let expected = "\n\nhint: nothing half-written was left; give the same command again to go on\n";
        assert!(ended.stderr.ends_with(expected), "{}", ended.stderr);
        assert!(!ended.stderr.contains("random/seed-0: error"), "workers are quiet: {}", ended.stderr);
        project.verified();
        let status = project.bal(&["status", "tiny.yaml"]).stdout;
        assert!(status.contains("stopped") && status.contains("not started"), "{status}");
        project.run(&[]);
        assert_eq!(differences(undisturbed(), &project.verified()), [""; 0], "{name}");
    }
}

#[test]
fn who_ignores_the_hang_up_is_not_stopped_by_it() {
    let project = Project::new();
    let mut nohup = std::process::Command::new("nohup");
    nohup.args([env!("CARGO_BIN_EXE_bal"), "run", "tiny.yaml", "--jobs", "1"]).current_dir(project.path(""));
    let null = std::process::Stdio::null;
    let mut running = nohup.stdin(null()).stdout(null()).stderr(null()).spawn().unwrap();
    while !project.result(MOMENTS[0]).exists() {
        assert_eq!(running.try_wait().unwrap(), None, "it ended too early");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    signal("HUP", running.id());
    assert!(running.wait().unwrap().success());
    assert_eq!(differences(undisturbed(), &project.verified()), [""; 0]);
}

#[test]
fn a_second_run_on_the_same_folder_is_refused() {
    let project = Project::new();
    let running = run_until(&project, MOMENTS[0]);
    let second = project.bal(&["run", "tiny.yaml"]);
    assert_eq!(second.code, Some(6), "{second:?}");
    let holder = format!("error: `artifacts/tiny` is in use by process {} (", running.id());
    assert!(second.stderr.starts_with(&holder), "{}", second.stderr);
    assert_eq!(project.bal(&["clean", "tiny.yaml", "--yes"]).code, Some(6));
    let status = project.bal(&["status", "tiny.yaml"]).stdout;
    // Between two runs of a worker nobody is running, but the rest is waiting.
    assert!(status.contains("running") || status.contains("waiting"), "{status}");
    assert_eq!(running.wait().code, Some(0));
    assert_eq!(differences(undisturbed(), &project.verified()), [""; 0]);
}
