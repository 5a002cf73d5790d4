//! Somebody presses Ctrl-C twice, or the terminal goes away.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{Project, Running, differences, signal};

/// A training that is long enough to be met at work.
fn slow() -> Project {
    Project::new().with("epochs: 3", "epochs: 40")
}

/// The folder that a stage of the run is still writing.
fn in_the_making(project: &Project) -> Option<String> {
    let round = project.result("random/seed-0/round-001");
    let names = fs_err::read_dir(round).ok()?.flatten().map(|entry| entry.file_name());
    let mut names = names.map(|name| name.to_string_lossy().into_owned());
    names.find(|name| name.starts_with(".tmp-train-"))
}

/// A run whose only worker was put to sleep while it trains.
fn asleep_in_a_training(project: &Project) -> (Running, u32) {
    let mut running = project.start(&["run", "tiny.yaml", "--jobs", "1"]);
    running.until(|_| in_the_making(project));
    let worker = running.workers()[0];
    signal("STOP", worker);
    assert!(in_the_making(project).is_some(), "it was put to sleep too late");
    (running, worker)
}

/// Whether a process is there and not a zombie.
fn lives(process: u32) -> bool {
    let status = fs_err::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

fn soon(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_second_ctrl_c_leaves_what_a_kill_would_leave() {
    let undisturbed = slow();
    undisturbed.run(&["--jobs", "1"]);
    let project = slow();
    let (mut running, worker) = asleep_in_a_training(&project);
    signal("INT", running.id());
    // The first one waits for the worker, which sleeps.
    std::thread::sleep(Duration::from_millis(500));
    running.until(|running| running.workers().contains(&worker).then_some(()));
    signal("INT", running.id());
    let ended = running.wait();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(ended.stderr.contains("Ctrl-C once more stops at once"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("error:"), "it says no more: {}", ended.stderr);
    signal("CONT", worker);
    soon("the worker goes with its parent", || !lives(worker));
    // It wakes with both words before it, "stop" and the end of its stdin: it may reach a safe point between
    // them and tidy up, but it does not go on to the end of the training.
    assert!(!project.result("random/seed-0/round-001/train").exists());
    project.run(&[]);
    assert_eq!(in_the_making(&project), None);
    assert_eq!(differences(&undisturbed.verified(), &project.verified()), [""; 0]);
}

#[test]
fn a_worker_whose_parent_was_killed_leaves_at_once() {
    let project = slow();
    let (running, worker) = asleep_in_a_training(&project);
    signal("KILL", running.id());
    assert_eq!(running.wait().code, None);
    signal("CONT", worker);
    soon("the worker goes with its parent", || !lives(worker));
    assert!(in_the_making(&project).is_some(), "at a safe point the worker would have tidied up");
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_a_server() {
    let project = Project::new();
    // It takes calls and never answers.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let source = format!("http://{}", server.local_addr().unwrap());
    let mut running = project.start(&[
        "prepare",
        "dataset",
        "--dataset",
        "mnist",
        "--source",
        &source,
        "--out",
        "data/mnist",
    ]);
    let _call = running.until(|_| server.accept().ok());
    signal("INT", running.id());
    std::thread::sleep(Duration::from_millis(500));
    running.until(|running| lives(running.id()).then_some(()));
    let start = Instant::now();
    signal("INT", running.id());
    let ended = running.wait();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(130), ""), "{ended:?}");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(!ended.stderr.contains("error:"), "{}", ended.stderr);
    assert!(!project.path("data/mnist").exists());
}

/// Starts `bal run` in a terminal, which goes away once the first training is done. First argument: whether
/// the hang-up is ignored, as `nohup` has it. Prints the exit code.
const TERMINAL: &str = r#"
import os, pty, select, signal, sys
ignored, moment, command = sys.argv[1] == "ignored", sys.argv[2], sys.argv[3:]
process, terminal = pty.fork()
if process == 0:
    if ignored:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.execv(command[0], command)
while not os.path.exists(moment):
    if select.select([terminal], [], [], 0.005)[0]:
        os.read(terminal, 65536)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
"#;

#[test]
fn a_terminal_that_goes_away_is_no_accident() {
    let undisturbed = Project::new();
    undisturbed.run(&["--jobs", "1"]);
    for (hang_up, code) in [("heard", "129"), ("ignored", "0")] {
        let project = Project::new();
        let mut python = Command::new("python3");
        python.args(["-c", TERMINAL, hang_up, "artifacts/tiny/random/seed-0/round-000/train/train.json"]);
        python.args([env!("CARGO_BIN_EXE_bal"), "run", "tiny.yaml", "--jobs", "1"]);
        // The workers then have much to say, to a terminal that is not there.
        let output = python.current_dir(project.path("")).env("RUST_LOG", "debug").output().unwrap();
        let (text, error) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(text.trim(), code, "{hang_up}: {error}");
        project.run(&[]);
        assert_eq!(differences(&undisturbed.verified(), &project.verified()), [""; 0], "{hang_up}");
    }
}
