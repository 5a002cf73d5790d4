//! A scheduler that is not there, or does not answer. What one that answers does is tested on a real Slurm.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::support::{Ended, Project};

/// `bal` where programs are found in this folder of the project alone.
fn with_programs_of(project: &Project, folder: &str, arguments: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bal"));
    command.current_dir(project.path("")).env_remove("RUST_LOG").env("PATH", project.path(folder));
    Ended::new(arguments, &command.args(arguments).output().unwrap())
}

const SUBMIT: [&str; 4] = ["run", "tiny.yaml", "--executor", "slurm"];

#[test]
fn a_machine_without_a_slurm_is_told_from_a_failed_run() {
    let project = Project::new();
    let ended = with_programs_of(&project, "nothing", &SUBMIT);
    assert_eq!(ended.code, Some(8), "{ended:?}");
    assert!(ended.stderr.contains("there is no program `squeue`: this machine knows no Slurm"), "{ended:?}");
    assert!(ended.stderr.contains("hint: run this where `sbatch` and `squeue` are"), "{ended:?}");
}

#[test]
fn a_controller_that_does_not_answer_is_told_from_a_failed_run() {
    let project = Project::new();
    let squeue = project.path("programs/squeue");
    let says = "#!/bin/sh\necho 'slurm_load_jobs error: Unable to contact slurm controller' >&2\nexit 1\n";
    bal_artifact::write_file(&squeue, says.as_bytes()).unwrap();
    fs_err::set_permissions(&squeue, std::fs::Permissions::from_mode(0o755)).unwrap();
    let ended = with_programs_of(&project, "programs", &SUBMIT);
    assert_eq!(ended.code, Some(8), "{ended:?}");
    assert!(ended.stderr.contains("`squeue` failed: slurm_load_jobs error: Unable to contact"), "{ended:?}");
    assert!(
        ended.stderr.contains("hint: give the same command again once the scheduler answers"),
        "{ended:?}"
    );
}
