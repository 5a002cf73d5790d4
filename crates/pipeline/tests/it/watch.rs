//! `bal status` for programs, and again and again.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Project, signal};
use crate::together::moons;

/// `bal status tiny.yaml --json`, with every time as its type: clocks differ.
fn status(project: &Project) -> Value {
    let ended = project.bal(&["status", "tiny.yaml", "--json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    without_times(serde_json::from_str(&ended.stdout).unwrap())
}

fn without_times(mut view: Value) -> Value {
    for run in view["runs"].as_array_mut().unwrap() {
        for key in ["accuracy", "seconds_per_round", "seconds_left", "last_stage_started"] {
            let value = &mut run[key];
            let kind = match value {
                Value::Null => continue,
                Value::Number(number) if number.as_f64() == Some(0.0) => "zero",
                Value::Number(_) => "number",
                Value::String(text) if text.len() == 20 && text.ends_with('Z') => "time",
                other => panic!("{key}: {other}"),
            };
            *value = json!(kind);
        }
    }
    view
}

fn run(cell: &str, state: &str, round: Option<u64>, labels: Option<u64>, left: Option<&str>) -> Value {
    let if_trained = |kind: &str| round.map(|_| kind.to_owned());
    json!({
        "run": format!("{cell}/seed-0"), "cell": cell, "seed": 0, "state": state, "queue": null, "round": round,
        "rounds": 3, "labels": labels, "accuracy": if_trained("number"), "seconds_per_round": if_trained("number"),
        "seconds_left": left, "last_stage_started": if_trained("time"),
    })
}

fn view(at_work: bool, runs: &[Value], notes: &[&str]) -> Value {
    json!({
        "format": 1, "experiment": "tiny", "folder": "artifacts/tiny", "at_work": at_work, "runs": runs,
        "notes": notes,
    })
}

/// README.md says what the fields mean.
#[test]
fn programs_get_all_that_there_is_to_know() {
    let project = moons();
    let nothing =
        [run("random", "not_started", None, None, None), run("bald", "not_started", None, None, None)];
    assert_eq!(status(&project), view(false, &nothing, &[]));

    let mut running = project.start(&["run", "tiny.yaml", "--jobs", "1"]);
    let moment = project.result("random/seed-0/round-001/label/label.json");
    running.until(|_| moment.exists().then_some(()));
    for process in [running.id(), running.workers()[0]] {
        signal("STOP", process);
    }
    let halfway = status(&project);
    // It may have come further before it was put to sleep.
    let round = halfway["runs"][0]["round"].as_u64().unwrap();
    let first = run("random", "running", Some(round), Some(2 + 3 * round), Some("number"));
    assert_eq!(halfway, view(true, &[first, run("bald", "waiting", None, None, None)], &[]));
    for process in [running.workers()[0], running.id()] {
        signal("CONT", process);
    }
    signal("INT", running.id());
    running.wait();
    assert_eq!(status(&project)["runs"][0]["state"], "stopped");

    project.run(&[]);
    let done = [
        run("random", "done", Some(3), Some(11), Some("zero")),
        run("bald", "done", Some(3), Some(11), Some("zero")),
    ];
    assert_eq!(status(&project), view(false, &done, &[]));
    let shorter = project.bal(&["status", "tiny.yaml", "--profile", "short", "--json"]).stdout;
    let shorter: Value = serde_json::from_str(&shorter).unwrap();
    assert_eq!(shorter["folder"], "artifacts/tiny-short");
}

#[test]
fn who_watches_through_a_pipe_gets_a_line_for_each_step() {
    let project = moons();
    let watch = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bal"));
        command.args(["status", "tiny.yaml", "--watch"]).args(arguments).current_dir(project.path(""));
        command.stdout(Stdio::piped()).spawn().unwrap()
    };
    let (plain, json) = (watch(&[]), watch(&["--json"]));
    // They wait for the run, however late it comes, and end with it.
    std::thread::sleep(std::time::Duration::from_millis(500));
    project.run(&["--jobs", "1"]);
    let text = |watch: std::process::Child| {
        let output = watch.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let plain = text(plain);
    let lines: Vec<&str> = plain.lines().collect();
    assert!(lines[0].starts_with("run            rounds  labels  accuracy  per round  left"), "{plain}");
    // On a busy machine the run may have begun before they looked.
    assert!(lines[1].starts_with("random/seed-0  ") && !lines[1].contains("  done  "), "{plain}");
    for run in ["random", "bald"] {
        let last = lines.iter().rev().find(|line| line.starts_with(run)).unwrap();
        assert!(last.contains("3/3") && last.contains("  done  "), "{plain}");
    }
    assert!(!plain.contains('\u{1b}'), "no terminal, no escape codes: {plain}");
    let json = text(json);
    let views: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(views.len() >= 2 && views.windows(2).all(|pair| pair[0] != pair[1]), "{json}");
    assert_eq!(without_times(views.last().unwrap().clone())["runs"], status(&project)["runs"]);

    // What is done is said once.
    let ended = project.bal(&["status", "artifacts/tiny", "--watch"]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 3), "{ended:?}");
}

/// Watches in a terminal of 40 columns and 5 lines, and prints what was drawn there and the exit code.
const TERMINAL: &str = r#"
import fcntl, os, pty, select, struct, sys, termios
process, terminal = pty.fork()
if process == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 5, 40, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
drawn = b""
try:
    while part := os.read(terminal, 65536):
        drawn += part
except OSError:
    pass
code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
sys.stdout.buffer.write(drawn.replace(b"\r\n", b"\n"))
sys.exit(code)
"#;

#[test]
fn a_terminal_is_drawn_over() {
    let project = moons().and("seed: [0]", "seed: [0, 1, 2]");
    let mut python = Command::new("python3");
    python.args(["-c", TERMINAL, env!("CARGO_BIN_EXE_bal"), "status", "tiny.yaml", "--watch"]);
    let watch = python.current_dir(project.path("")).stdout(Stdio::piped()).spawn().unwrap();
    project.run(&[]);
    let output = watch.wait_with_output().unwrap();
    let drawn = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{drawn}");
    let frames: Vec<&str> = drawn.split("\u{1b}[4A\r").collect();
    assert!(frames.len() >= 2, "{drawn:?}");
    for frame in &frames {
        // Titles, two of six runs, and how many more: the cursor stands on the fifth line.
        let lines: Vec<&str> = frame.split('\n').collect();
        let [titles, first, second, more, rest] = lines.as_slice() else { panic!("{frame:?}") };
        assert!(titles.starts_with("run            rounds  labels"), "{frame:?}");
        assert_eq!((*more, *rest), ("… and 4 more\u{1b}[K", "\u{1b}[J"), "{frame:?}");
        for line in [titles, first, second] {
            let text = line.strip_suffix("\u{1b}[K").unwrap();
            assert_eq!(text.chars().count(), 40, "{line:?}");
            assert!(text.ends_with('…') && !text.contains('\u{1b}'), "{line:?}");
        }
    }
    // Nothing is cleared before something else is there.
    assert!(!drawn.contains("\u{1b}[2J") && !drawn.contains("\u{1b}[H"), "{drawn:?}");
}

#[test]
fn who_watches_leaves_by_ctrl_c() {
    let project = moons();
    let mut watch = project.start(&["status", "tiny.yaml", "--watch"]);
    // From then on it listens for signals.
    watch.until(|watch| {
        let status = fs_err::read_to_string(format!("/proc/{}/status", watch.id())).ok()?;
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?;
        (u64::from_str_radix(caught.trim(), 16).unwrap() >> 1 & 1 == 1).then_some(())
    });
    std::thread::sleep(std::time::Duration::from_millis(700));
    signal("INT", watch.id());
    let ended = watch.wait();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(ended.stdout.contains("not started"), "{ended:?}");
}
