//! Jobs that somebody cancels, and then again.

use super::site::{LONG, Site};
use crate::support::differences;

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn a_cancelled_element_stays_cancelled_until_it_is_submitted_again() {
    let site = Site::new(&[]);
    site.submit(&LONG);
    site.until_there("random/seed-0/split/split.json");
    let id = site.submitted()[0];
    site.slurm("scancel", &[&format!("{id}_0")]);
    site.until("the end of an element", |site| site.status().contains("cancelled").then_some(()));
    // Its answer to the signal is not to start itself again.
    std::thread::sleep(std::time::Duration::from_secs(5));
    let status = site.status();
    let line = status.lines().find(|line| line.starts_with("random/seed-0")).unwrap();
    assert!(line.contains("cancelled"), "{status}");
    assert!(site.log("0001/logs/part-0-0.log").contains("interrupted by signal 15"));
    // Submitted again is only what is missing and not queued.
    let again = site.submit(&LONG);
    assert!(again.stderr.contains("3 queued before"), "{again:?}");
    assert_eq!(fs_err::read_to_string(site.result("slurm/0002/part-0.txt")).unwrap(), "random/seed-0\n");
    let others = site.slurm("sbatch", &["--parsable", "--hold", "--wrap", "true"]);
    let cancelled = site.bal(&["cancel", "moons.yaml"]);
    assert_eq!((cancelled.code, cancelled.stdout.lines().count()), (Some(0), 2), "{cancelled:?}");
    site.until("the end of all", |site| (site.slurm("squeue", &["-h"]).lines().count() == 1).then_some(()));
    assert!(site.slurm("squeue", &["-h"]).contains(others.trim()), "another job is left alone");
    site.slurm("scancel", &[others.trim()]);
    assert!(site.bal(&["cancel", "artifacts/moons"]).stdout.starts_with("nothing to cancel"));
    site.submit(&["--wait"]);
    assert_eq!(differences(&Site::local(&[]), &site.verified()), [""; 0]);
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn results_are_not_deleted_under_jobs() {
    let site = Site::new(&[]);
    site.submit(&LONG);
    let ended = site.bal(&["clean", "moons.yaml", "--yes"]);
    assert_eq!(ended.code, Some(6), "{ended:?}");
    assert!(ended.stderr.contains("wait or run: `0001/part-0`"), "{ended:?}");
    site.bal(&["cancel", "moons.yaml"]);
    site.until_idle();
    assert_eq!(site.bal(&["clean", "moons.yaml", "--yes"]).code, Some(0));
}
