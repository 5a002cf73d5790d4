//! Where output goes: a full disk, a reader that has seen enough, an stderr that nobody reads.

use std::process::{Command, Output, Stdio};

use crate::support::Project;
use crate::together::moons;

/// Runs a line of shell in which `$BAL` is the program.
fn shell(project: &Project, line: &str) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("BAL", env!("CARGO_BIN_EXE_bal")).env_remove("RUST_LOG");
    command.current_dir(project.path("")).stdin(Stdio::null()).output().unwrap()
}

/// Exit code and stderr.
fn ended(project: &Project, line: &str) -> (Option<i32>, String) {
    let output = shell(project, line);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_full_disk_under_stdout_is_an_error() {
    let project = moons();
    let expected =
        "error: failed to write to stdout\ncaused by: No space left on device (os error 28)\n\nhint: ";
    for command in
        ["plan tiny.yaml", "plan tiny.yaml --format make", "list .", "schema", "--help", "score --version"]
    {
        let (code, text) = ended(&project, &format!("$BAL {command} > /dev/full"));
        assert!(code == Some(1) && text.contains(expected), "{command}: {code:?}: {text}");
    }
    let (code, text) =
        ended(&project, "$BAL prepare dataset --dataset two_moons --out data/two_moons > /dev/full");
    assert!(code == Some(1) && text.contains(expected), "{code:?}: {text}");
    assert!(project.path("data/two_moons/dataset.json").is_file(), "what is written to files is whole");
    // The error that came first decides.
    let (code, _) = ended(&project, "$BAL run nothing.yaml > /dev/full");
    assert_eq!(code, Some(4));
}

#[test]
fn a_reader_of_stdout_that_ends_early_is_no_error() {
    let project = moons();
    for command in ["plan tiny.yaml", "schema", "--help"] {
        // The reader is gone before a line is written.
        let line = format!(
            "mkfifo pipe; (: < pipe) & exec 3> pipe; wait; $BAL {command} >&3; code=$?; rm pipe; exit $code"
        );
        let (code, text) = ended(&project, &line);
        assert!(code == Some(0) && text.is_empty(), "{command}: {code:?}: {text}");
    }
}

#[test]
fn nobody_has_to_read_stderr() {
    let run = "$BAL run tiny.yaml --profile short --set sweep.seed=[0]";
    // Closed; a full disk; a pipe whose reader is gone.
    let gone = "mkfifo pipe; (: < pipe) & exec 3> pipe; wait";
    for line in [format!("{run} 2>&-"), format!("{run} 2> /dev/full"), format!("{gone}; {run} 2>&3")] {
        let project = moons();
        let output = shell(&project, &line);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{line}: {text}");
        assert_eq!(text, "artifacts/tiny-short/report/report.html\n", "{line}");
    }
    let project = moons();
    for (command, expected) in
        [("run nothing.yaml", 4), ("--bogus", 2), ("plan tiny.yaml --log-format json -vv", 0)]
    {
        for target in ["&-", "/dev/full"] {
            let (code, _) = ended(&project, &format!("$BAL {command} > /dev/null 2>{target}"));
            assert_eq!(code, Some(expected), "{command} 2>{target}");
        }
    }
}
