//! What fails takes along only what needs it.

use super::site::Site;
use crate::support::differences;

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn a_failing_element_stops_only_its_chain() {
    for granularity in ["run", "stage"] {
        let site = Site::new(&[]);
        let of_stage = ["--set", &format!("slurm.granularity={granularity}")];
        // Somebody's file in a stage's folder: it is not replaced.
        let notes = site.result("bald/seed-0/round-001/score/notes.txt");
        site.submit(&[&["--set", "slurm.extra=[--hold]"], &of_stage[..]].concat());
        bal_artifact::write_file(&notes, b"mine").unwrap();
        for id in site.submitted() {
            site.slurm("scontrol", &["release", &id.to_string()]);
        }
        site.until_idle();
        let status = site.status();
        let state = |run: &str| status.lines().find(|line| line.starts_with(run)).unwrap().to_owned();
        for done in ["random/seed-0", "random/seed-1", "bald/seed-1"] {
            assert!(state(done).contains("done"), "{granularity}: {status}");
        }
        let failed = state("bald/seed-0");
        assert!(failed.contains("1/2") && failed.contains("failed (FAILED, NonZeroExitCode)"), "{status}");
        let hint = status.lines().find(|line| line.starts_with("bald/seed-0: its log is `")).unwrap();
        assert!(hint.contains("`, with the line: error: `"), "{hint}");
        let log = hint.split('`').nth(1).unwrap();
        let log = fs_err::read_to_string(site.path(log)).unwrap();
        assert!(log.contains("cannot be the output folder: `notes.txt`"), "{log}");
        let ended =
            site.bal(&[&["run", "moons.yaml", "--executor", "slurm", "--wait"], &of_stage[..]].concat());
        assert_eq!(ended.code, Some(5), "{ended:?}");
        assert!(
            ended.stderr.contains("1 of 4 runs did not reach their last round: `bald/seed-0`"),
            "{ended:?}"
        );
        fs_err::remove_file(&notes).unwrap();
        fs_err::remove_dir(notes.parent().unwrap()).unwrap();
        site.submit(&[&["--wait"], &of_stage[..]].concat());
        assert_eq!(differences(&Site::local(&[]), &site.verified()), [""; 0], "{granularity}");
    }
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn what_the_scheduler_has_forgotten_is_told_from_the_log() {
    let site = Site::new(&["MinJobAge=2"]);
    let notes = site.result("bald/seed-0/round-001/score/notes.txt");
    site.submit(&["--set", "slurm.extra=[--hold]"]);
    bal_artifact::write_file(&notes, b"mine").unwrap();
    site.slurm("scontrol", &["release", &site.submitted()[0].to_string()]);
    site.until_idle();
    let asked = std::time::Instant::now();
    while !site.slurm("squeue", &["-h", "-t", "all"]).is_empty() {
        assert!(asked.elapsed() < std::time::Duration::from_mins(3), "the scheduler does not forget");
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    let status = site.status();
    let run = status.lines().find(|line| line.starts_with("bald/seed-0 ")).unwrap();
    assert!(run.contains("1/2") && run.contains("stopped"), "{status}");
    let hints: Vec<&str> = status.lines().filter(|line| line.contains("its log is `")).collect();
    assert_eq!(hints.len(), 1, "{status}");
    assert!(
        hints[0].starts_with("bald/seed-0: ") && hints[0].contains("cannot be the output folder"),
        "{status}"
    );
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn an_element_whose_inputs_were_not_made_says_so() {
    // A scheduler that has forgotten a job lets those start that wait for it.
    let site = Site::new(&[]);
    site.submit(&["--set", "slurm.granularity=stage", "--set", "slurm.extra=[--hold]"]);
    assert_eq!(site.bal(&["cancel", "moons.yaml"]).code, Some(0));
    let script = site.result("slurm/0001/part-0-round-001-train.sh");
    let id = site.slurm("sbatch", &["--parsable", "--array=0", script.to_str().unwrap()]);
    site.slurm("scontrol", &["release", id.trim()]);
    site.until_idle();
    assert!(site.slurm("scontrol", &["show", "job", id.trim()]).contains("ExitCode=4:0"));
    let log = site.log("0001/logs/part-0-round-001-train-0.log");
    assert!(log.contains("error: round 1 label of `random/seed-0` cannot begin: split is missing"), "{log}");
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn too_little_memory_is_told_from_the_log() {
    let gather = [
        "JobAcctGatherType=jobacct_gather/linux",
        "JobAcctGatherFrequency=task=1",
        "JobAcctGatherParams=OverMemoryKill",
        "SelectTypeParameters=CR_CPU_Memory",
    ];
    let site = Site::new(&gather);
    // A training that lasts until somebody looks at its memory.
    site.submit(&["--set", "slurm.mem=20M", "--set", "train.epochs=60000", "--seeds", "0"]);
    site.until_idle();
    let status = site.status();
    let hint =
        "random/seed-0: out of memory; no stage of it was measured yet, and it had `20M`: raise `slurm.mem`";
    assert!(status.contains(hint), "{status}\n{}", site.log("0001/logs/part-0-0.log"));
    site.submit(&["--wait", "--set", "slurm.mem=2G"]);
    assert_eq!(differences(&Site::local(&[]), &site.verified()), [""; 0]);
}
