//! Daemons that die at night.

use super::site::Site;
use crate::support::differences;

/// Two runs with trainings of some seconds.
const SLOW: [&str; 4] = ["--set", "train.epochs=6000", "--seeds", "0"];

/// Brings a site whose daemons were killed to the end of its runs, whatever that takes.
fn finish(site: &Site) {
    for _ in 0..5 {
        site.up(&[]);
        let ended = site.bal(&[&["run", "moons.yaml", "--executor", "slurm", "--wait"], &SLOW[..]].concat());
        if ended.code == Some(0) {
            return;
        }
        // Runs are left, or the controller does not answer yet.
        assert!(matches!(ended.code, Some(5 | 8)), "{ended:?}");
    }
    panic!("not done after five submissions: {}", site.status());
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn killed_daemons_cost_nothing_but_time() {
    let local = Site::local(&SLOW);
    for daemons in [&["slurmd"][..], &["slurmctld"], &["slurmctld", "slurmd"]] {
        let site = Site::new(&[]);
        site.submit(&SLOW);
        site.until_there("bald/seed-0/split/split.json");
        // Longer than the controller takes to write what it knows.
        std::thread::sleep(std::time::Duration::from_secs(6));
        for daemon in daemons {
            site.kill(daemon);
        }
        std::thread::sleep(std::time::Duration::from_secs(2));
        finish(&site);
        assert_eq!(differences(&local, &site.verified()), [""; 0], "{daemons:?}");
    }
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn jobs_that_the_controller_has_forgotten_keep_their_locks() {
    let site = Site::new(&[]);
    // It writes what it knows at most every five seconds: after this job, and not so soon again.
    site.slurm("sbatch", &["--parsable", "--hold", "--wrap", "true"]);
    site.submit(&SLOW);
    site.until_there("bald/seed-0/split/split.json");
    site.kill("slurmctld");
    site.up(&[]);
    let again = site.submit(&SLOW);
    let numbers = site.submitted();
    assert_eq!(numbers.len(), 2, "what it has forgotten is submitted again: {again:?}");
    assert_eq!(numbers[0], numbers[1], "numbers are given out again");
    finish(&site);
    assert_eq!(differences(&Site::local(&SLOW), &site.verified()), [""; 0]);
}
