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

/// Every command, and stages with results and with errors, after the exit code that they end with anywhere.
const COMMANDS: &[(i32, &str)] = &[
    (0, "plan tiny.yaml"),
    (0, "plan tiny.yaml --format make"),
    (0, "plan tiny.yaml --format yaml"),
    (0, "list ."),
    (0, "list datasets"),
    (0, "devices"),
    (0, "schema"),
    (0, "--help"),
    (0, "--version"),
    (2, "--bogus"),
    (0, "prepare dataset --dataset two_moons --out data/two_moons"),
    (0, "prepare split --data data/two_moons --initial 6 --validation 20 --out split"),
    (
        0,
        "label --data data/two_moons --initial split/initial.npy --validation split/validation.npy --out label",
    ),
    (
        0,
        "train --data data/two_moons --label label --validation split/validation.npy --network mlp --epochs 1 \
         --weight-decay.fixed 0 --out train",
    ),
    (
        0,
        "score --model train/model.safetensors --data data/two_moons --pool split/pool.npy --acquisition bald \
         --posterior deterministic --out score",
    ),
    (0, "select --scores score/scores.parquet --column bald --batch 2 --explain --out select"),
    (0, "-v run tiny.yaml --profile short --set sweep.seed=[0]"),
    (0, "status tiny.yaml --profile short"),
    (0, "verify artifacts/tiny-short"),
    (0, "report --runs artifacts/tiny-short --out report"),
    (0, "clean tiny.yaml --profile short --yes"),
    (2, "train --bogus"),
    (4, "prepare split --data nothing --initial 6 --validation 20 --out split"),
    (4, "label --data nothing --initial i.npy --validation v.npy --out label"),
    (3, "train --data nothing --label label --validation v.npy --out train"),
    (4, "score --probs nothing.npy --acquisition bald --out score"),
    (4, "select --scores nothing.parquet --column bald --batch 2 --out select"),
    (4, "report --runs nothing --out report"),
    (4, "run nothing.yaml"),
    (4, "status nothing.yaml"),
    (4, "verify nothing"),
];

/// Runs all of them with this redirection; what they end with must be as if there were none.
fn each_ends_as_ever(before: &str, redirection: &str) {
    let project = moons();
    for (expected, command) in COMMANDS {
        let (code, text) = ended(&project, &format!("{before}$BAL {command} {redirection}"));
        assert_eq!(code, Some(*expected), "{command} {redirection}: {text}");
    }
}

/// Makes descriptor 3 a pipe whose reader is gone before a line is written.
const GONE: &str = "rm -f pipe; mkfifo pipe; (: < pipe) & exec 3> pipe; wait; ";

#[test]
fn a_reader_of_stdout_that_ends_early_is_no_error() {
    each_ends_as_ever(GONE, ">&3");
    let project = moons();
    for command in ["plan tiny.yaml", "schema", "--help"] {
        let (code, text) = ended(&project, &format!("{GONE}$BAL {command} >&3"));
        assert!(code == Some(0) && text.is_empty(), "{command}: {code:?}: {text}");
    }
}

#[test]
fn a_closed_stdout_is_no_error() {
    each_ends_as_ever("", ">&-");
}

#[test]
fn a_closed_stderr_is_no_error_of_any_command() {
    each_ends_as_ever("", "> /dev/null 2>&-");
    each_ends_as_ever(GONE, "> /dev/null 2>&3");
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
