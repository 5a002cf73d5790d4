//! Two machines on one file system: processes with two host names.

use super::site::Site;
use crate::support::{differences, signal};

/// Two runs with trainings of some seconds, by workers of the machine.
const SLOW: [&str; 8] = ["run", "moons.yaml", "--jobs", "2", "--set", "train.epochs=6000", "--seeds", "0"];

/// What writers on a machine have in the making.
fn in_the_making(site: &Site, host: &str) -> Vec<String> {
    // What goes while it is looked for is no failure.
    let find = format!("find artifacts -name '.tmp-train-*@{host}' 2>/dev/null; true");
    let all = site.slurm("sh", &["-c", &find]);
    all.lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "needs root: `make test-slurm`"]
fn a_machine_leaves_a_living_writer_alone_and_takes_over_from_a_dead_one() {
    let site = Site::new(&[]);
    let mut first = site.start_on("alpha", &SLOW);
    let making = first.until(|_| Some(in_the_making(&site, "alpha")).filter(|making| making.len() == 2));
    let second = site.bal_on("beta", &SLOW);
    assert_eq!(second.code, Some(6), "{second:?}");
    assert!(second.stderr.contains(" UTC on alpha\n"), "{second:?}");
    assert_eq!(in_the_making(&site, "alpha"), making, "it is still being written");
    for process in first.workers().into_iter().chain([first.id()]) {
        signal("KILL", process);
    }
    assert_eq!(first.wait().code, None);
    assert_eq!(in_the_making(&site, "alpha"), making, "what a dead writer leaves");
    let second = site.bal_on("beta", &SLOW);
    assert_eq!(second.code, Some(0), "{second:?}");
    assert_eq!(in_the_making(&site, "alpha"), [""; 0]);
    assert_eq!(differences(&Site::local(&SLOW[4..]), &site.verified()), [""; 0]);
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn the_note_of_a_job_elsewhere_counts_as_long_as_the_scheduler_knows_it() {
    let site = Site::new(&[]);
    let run = ["run", "moons.yaml"];
    assert_eq!(site.bal(&run).code, Some(0));
    fs_err::remove_dir_all(site.result("bald/seed-0/round-001/select")).unwrap();
    // As if the file system passed no locks on: only the note tells of the other machine.
    let wait = ["--parsable", "--hold", "--job-name=bal-moons", "--array=0-1", "--wrap", "true"];
    let id = site.slurm("sbatch", &wait).trim().to_owned();
    let note = format!(
        "process 7 (`bal worker`) since 2026-11-26 19:20:00 UTC on gamma, Slurm job {id}_0, restart 0\n"
    );
    let lock = site.result("bald/seed-0/.lock");
    bal_artifact::write_file(&lock, note.as_bytes()).unwrap();
    let ended = site.bal(&run);
    assert_eq!(ended.code, Some(6), "{ended:?}");
    assert!(ended.stderr.contains(&format!("is in use by {}", note.trim())), "{ended:?}");
    assert!(!site.result("bald/seed-0/round-001/select").exists());
    site.slurm("scancel", &[&id]);
    let ended = site.bal(&run);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(fs_err::read_to_string(&lock).unwrap(), "", "who ends well leaves no note");
    assert_eq!(differences(&Site::local(&[]), &site.verified()), [""; 0]);
}
