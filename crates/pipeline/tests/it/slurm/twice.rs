//! The same submitted twice.

use super::site::{LONG, Site};
use crate::support::{Ended, Running, differences};

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn what_is_queued_is_not_submitted_again() {
    let site = Site::new(&[]);
    let hold = ["--set", "slurm.extra=[--hold]"];
    site.submit(&hold);
    let again = site.submit(&[]);
    assert!(again.stdout.is_empty() && again.stderr.contains("4 queued before"), "{again:?}");
    assert_eq!(site.submitted().len(), 1);
    let status = site.status();
    assert_eq!(status.matches("held (JobHeldUser)").count(), 4, "{status}");
    let id = site.submitted()[0];
    let hint = format!("bald/seed-1: held; `scontrol release {id}_3` lets it start");
    assert!(status.contains(&hint), "{status}");
    site.slurm("scontrol", &["release", &id.to_string()]);
    site.until_idle();
    site.submit(&[]);
    assert_eq!(differences(&Site::local(&[]), &site.verified()), [""; 0]);
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn two_at_once_submit_once() {
    let site = Site::new(&[]);
    let started: Vec<Running> = (0..4).map(|_| site.start(&LONG)).collect();
    let ended: Vec<Ended> = started.into_iter().map(Running::wait).collect();
    assert!(ended.iter().all(|ended| [Some(0), Some(6)].contains(&ended.code)), "{ended:?}");
    let taken = ended.iter().filter(|ended| ended.stdout.starts_with("submitted ")).count();
    assert_eq!((taken, site.submitted().len()), (1, 1), "{ended:?}");
    assert_eq!(site.slurm("squeue", &["-h", "-r"]).lines().count(), 4);
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn what_was_taken_and_not_noted_is_known_by_its_comment() {
    let site = Site::new(&[]);
    site.submit(&["--set", "slurm.extra=[--hold]"]);
    // As if the submission had been killed between `sbatch` and its record.
    fs_err::remove_file(site.result("slurm/submitted.json")).unwrap();
    let again = site.submit(&[]);
    assert!(again.stdout.is_empty() && again.stderr.contains("4 queued before"), "{again:?}");
}
