//! What a source file may do, and how long it and its lines may be.

use crate::workspace::{Source, assert_none, sources};

/// Lines of a file; more are two subjects.
const LONGEST_FILE: usize = 400;

/// Columns of a line of prose: more than eyes follow back.
const WIDEST_PROSE: usize = 110;

/// Calls that make or change a file or folder.
const WRITES: [&str; 9] = [
    "File::create",
    "File::options",
    "OpenOptions",
    "fs_err::write",
    "fs::write",
    "fs_err::copy",
    "fs_err::create_dir",
    "fs_err::rename",
    "fs_err::hard_link",
];

/// Who makes files and folders: `artifact`, and what fetches packages, in a folder of its own (invariant 3).
const WRITERS: [&str; 2] = ["crates/artifact/", "crates/prepare/src/dataset/fetch/package.rs"];

/// Who starts processes: the executors their workers and the programs of a scheduler, `prepare` the downloader of the system, tests and
/// benchmarks what they look at.
const STARTERS: [&str; 5] = [
    "crates/bench/src/process.rs",
    "crates/pipeline/src/executor/slurm/client.rs",
    "crates/pipeline/src/executor/spawn.rs",
    "crates/prepare/src/dataset/fetch/package.rs",
    "crates/testkit/",
];

/// Every line of shipped code for which `is_found`, outside of the paths that may have it.
fn found_outside(allowed: &[&str], is_found: impl Fn(&str) -> bool) -> Vec<String> {
    let sources = sources();
    let is_allowed = |source: &&Source| allowed.iter().any(|start| source.path.starts_with(start));
    let lines =
        sources.iter().filter(|source| source.is_shipped() && !is_allowed(source)).flat_map(|source| {
            source.code().map(|(number, line)| (format!("{}:{number}: {}", source.path, line.trim()), line))
        });
    lines.filter(|(_, line)| is_found(line)).map(|(place, _)| place).collect()
}

#[test]
fn only_artifact_opens_files_for_writing() {
    let complaints = found_outside(&WRITERS, |line| WRITES.iter().any(|call| line.contains(call)));
    assert_none(
        &complaints,
        "write through `bal_artifact::Staging` or `write_file`: what is there, is whole",
    );
}

#[test]
fn few_files_start_processes() {
    let complaints = found_outside(&STARTERS, |line| line.contains("process::") && line.contains("Command"));
    assert_none(
        &complaints,
        "start it in `pipeline/src/executor/spawn.rs`, where signals and ends are looked after",
    );
}

#[test]
fn no_file_is_about_two_subjects() {
    let sources = sources();
    assert!(sources.len() > 200, "only {} files are found", sources.len());
    let length = |source: &Source| source.text.lines().count();
    let complaints: Vec<String> = sources
        .iter()
        .filter(|source| length(source) > LONGEST_FILE)
        .map(|source| format!("{}: {} lines, at most {LONGEST_FILE}", source.path, length(source)))
        .collect();
    assert_none(&complaints, "split it by subject");
}

#[test]
fn prose_is_narrow() {
    let is_prose = |line: &str| line.trim_start().starts_with("//") || line.contains(" // ");
    let sources = sources();
    let wide = |source: &'_ Source| -> Vec<String> {
        let lines = source.text.lines().enumerate();
        lines
            .filter(|(_, line)| is_prose(line) && line.chars().count() > WIDEST_PROSE)
            .map(|(index, line)| format!("{}:{}: {} columns", source.path, index + 1, line.chars().count()))
            .collect()
    };
    let complaints: Vec<String> =
        sources.iter().filter(|source| source.is_shipped()).flat_map(wide).collect();
    assert_none(&complaints, &format!("say it in shorter sentences: prose ends at column {WIDEST_PROSE}"));
}
