//! Runs whose time is too short.

use super::site::Site;
use crate::support::differences;

/// A minute, the shortest limit that Slurm has, with a warning 20 seconds before its end.
const MINUTE: [&str; 4] = ["--set", "slurm.time=1", "--set", "slurm.signal=USR2@20"];

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn a_run_goes_on_after_its_time_limit() {
    let site = Site::new(&[]);
    // Trainings of some seconds, of which no start has time for all: it may be warned after 20 seconds.
    let work = [
        "--seeds",
        "0",
        "--set",
        "sweep.score.acquisition=[bald]",
        "--set",
        "train.epochs=2000",
        "--set",
        "rounds=25",
    ];
    site.submit(&[&work[..], &MINUTE[..]].concat());
    site.until_idle();
    let log = site.log("0001/logs/part-0-0.log");
    assert!(log.contains("will be started again") && log.contains("started again for the 1. time"), "{log}");
    site.submit(&[&work[..], &["--wait"], &MINUTE[..]].concat());
    assert_eq!(site.submitted().len(), 1, "it came to its end by itself: {log}");
    let manifest = fs_err::read_to_string(site.result("bald/seed-0/round-025/train/train.json")).unwrap();
    assert!(!manifest.contains("\"restart\": 0"), "{manifest}");
    assert_eq!(differences(&Site::local(&work), &site.verified()), [""; 0]);
    assert!(!site.result("slurm/time_outs/bald/seed-0.json").exists());
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn three_time_outs_without_a_round_are_the_last() {
    let site = Site::new(&[]);
    let work = ["--seeds", "0", "--set", "sweep.score.acquisition=[bald]"];
    let endless = ["--set", "train.epochs=100000"];
    site.submit(&[&work[..], &endless[..], &MINUTE[..]].concat());
    site.until_idle();
    let log = site.log("0001/logs/part-0-0.log");
    assert_eq!(log.matches("will be started again").count(), 2, "{log}");
    assert!(log.contains("came to its time limit 3 times without a new round"), "{log}");
    let status = site.status();
    assert!(status.contains("failed (FAILED"), "{status}");
    // With more time it has its three tries again.
    site.submit(&[&work[..], &["--wait"]].concat());
    assert_eq!(differences(&Site::local(&work), &site.verified()), [""; 0]);
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn a_preempted_run_goes_on() {
    let site = Site::new(&[
        "PreemptType=preempt/partition_prio",
        "PreemptMode=REQUEUE",
        "PartitionName=low Nodes=n1,n2 PriorityTier=1 GraceTime=5 State=UP",
        "PartitionName=high Nodes=n1,n2 PriorityTier=9 State=UP",
    ]);
    // Both runs are still at work when the grace time is over: a batch job hears of it only then.
    let work = ["--seeds", "0", "--set", "train.epochs=40000", "--set", "rounds=1"];
    site.submit(&[&work[..], &["--set", "slurm.partition=low"]].concat());
    site.until_there("bald/seed-0/split/split.json");
    site.until_there("random/seed-0/split/split.json");
    site.slurm("sbatch", &["-p", "high", "-N2", "--exclusive", "--wrap", "sleep 5"]);
    site.until_idle();
    for element in [0, 1] {
        let log = site.log(&format!("0001/logs/part-0-{element}.log"));
        assert!(
            log.contains("interrupted by signal 15") && log.contains("started again for the 1. time"),
            "{log}"
        );
        assert!(!log.contains("the time is over"), "nobody counts this: {log}");
    }
    site.submit(&[&work[..], &["--wait"]].concat());
    assert_eq!(site.submitted().len(), 1);
    assert_eq!(differences(&Site::local(&work), &site.verified()), [""; 0]);
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn a_limit_shorter_than_its_warning_is_refused() {
    let site = Site::new(&[]);
    let ended = site.bal(&["run", "moons.yaml", "--executor", "slurm", "--set", "slurm.time=1"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(
        ended.stderr.contains("hint: give more time, or a shorter warning: `signal: USR2@20`"),
        "{ended:?}"
    );
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn without_scontrol_the_next_submission_goes_on() {
    let site = Site::new(&[]);
    let script = "#!/bin/sh\necho 'no scontrol here' >&2\nexit 1\n";
    let shadow = site.path("shadow");
    bal_artifact::write_file(&shadow.join("scontrol"), script.as_bytes()).unwrap();
    let setup = format!("slurm.setup=['chmod +x {0}/scontrol', 'export PATH={0}:$PATH']", shadow.display());
    let work = ["--seeds", "0", "--set", "sweep.score.acquisition=[bald]", "--set", "train.epochs=100000"];
    site.submit(&[&work[..], &["--set", &setup], &MINUTE[..]].concat());
    site.until_idle();
    let log = site.log("0001/logs/part-0-0.log");
    assert!(log.contains("not started again") && log.contains("interrupted by signal 12"), "{log}");
    let job = site.slurm("scontrol", &["show", "job", &site.submitted()[0].to_string()]);
    assert!(job.contains("ExitCode=140:0"), "128 + the number of USR2: {job}");
    let work = &work[..4];
    site.submit(&[work, &["--wait"]].concat());
    assert_eq!(differences(&Site::local(work), &site.verified()), [""; 0]);
}
