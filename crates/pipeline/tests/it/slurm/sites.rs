//! What sites do that no manual says.

use super::site::{PIPELINE, Site};
use crate::support::differences;

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn banners_stand_before_the_number() {
    let mut site = Site::new(&[]);
    let script =
        "#!/bin/sh\necho 'Welcome. 3 nodes are down since 2026'\necho\nexec /usr/bin/sbatch \"$@\"\n";
    site.shadow("sbatch", script);
    site.submit(&["--wait"]);
    assert_eq!(differences(&Site::local(&[]), &site.verified()), [""; 0]);
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn a_busy_scheduler_is_asked_again() {
    let mut site = Site::new(&[]);
    let state = site.path("tries").display().to_string();
    let script = format!(
        "#!/bin/sh\necho x >>{state}\nif [ \"$(wc -l <{state})\" -lt 3 ]; then\n  echo 'sbatch: error: Batch job submission \
         failed: Socket timed out on send/recv operation' >&2; exit 1\nfi\nexec /usr/bin/sbatch \"$@\"\n"
    );
    site.shadow("sbatch", &script);
    site.submit(&["--wait"]);
    assert_eq!(fs_err::read_to_string(&state).unwrap().lines().count(), 3);
    // What will not change by waiting is said at once.
    let ended = site.bal(&[
        "run",
        "moons.yaml",
        "--executor",
        "slurm",
        "--out",
        "artifacts/b",
        "--set",
        "slurm.partition=no",
    ]);
    assert_eq!(ended.code, Some(8), "{ended:?}");
    assert!(ended.stderr.contains("invalid partition specified: no"), "{ended:?}");
    assert!(ended.stderr.contains("1 of 1 arrays were not submitted: 0001/part-0"), "{ended:?}");
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn a_small_max_array_size_cuts_arrays() {
    for granularity in ["run", "stage"] {
        let site = Site::new(&["MaxArraySize=10"]);
        let arguments = ["--seeds", "0..6", "--set", &format!("slurm.granularity={granularity}")];
        site.submit(&[&["--wait"], &arguments[..]].concat());
        let lines = |part: &str| site.log(&format!("0001/{part}.txt")).lines().count();
        assert_eq!((lines("part-0"), lines("part-1")), (10, 2), "12 runs");
        assert_eq!(site.submitted().len(), if granularity == "run" { 2 } else { 14 });
        assert_eq!(differences(&Site::local(&["--seeds", "0..6"]), &site.verified()), [""; 0]);
    }
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn more_jobs_than_the_scheduler_holds_are_refused() {
    let site = Site::new(&["MaxJobCount=20"]);
    let ended = site.bal(&["run", "moons.yaml", "--executor", "slurm", "--set", "slurm.granularity=stage"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("28 jobs are more than the 20"), "{ended:?}");
    assert!(ended.stderr.contains("hint: with `granularity: run`"), "{ended:?}");
    assert!(site.submitted().is_empty());
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn a_job_may_submit_jobs() {
    let mut site = Site::new(&[]);
    for (name, value) in [
        ("SLURM_JOB_ID", "999999"),
        ("SLURM_ARRAY_JOB_ID", "999998"),
        ("SLURM_ARRAY_TASK_ID", "1"),
        ("SLURM_TIMELIMIT", "nonsense"),
        ("SLURM_CPUS_PER_TASK", "77"),
        ("SBATCH_ARRAY_INX", "0-99"),
        ("SQUEUE_STATES", "FAILED"),
    ] {
        site.set(name, value);
    }
    let ended = site.submit(&["--wait"]);
    assert!(ended.stderr.contains("WARN this is part of job 999999"), "{ended:?}");
    assert_eq!(differences(&Site::local(&[]), &site.verified()), [""; 0]);
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn twenty_elements_make_one_data_set() {
    let site = Site::new(&[]);
    let seeds = ["--seeds", "0..10"];
    site.submit(&[&["--set", "slurm.extra=[--hold]"], &seeds[..]].concat());
    fs_err::remove_dir_all(site.path("data")).unwrap();
    site.slurm("scontrol", &["release", &site.submitted()[0].to_string()]);
    site.until_idle();
    site.submit(&[&["--wait"], &seeds[..]].concat());
    assert_eq!(site.submitted().len(), 1, "all of them came to their end: {}", site.status());
    assert_eq!(differences(&Site::local(&seeds), &site.verified()), [""; 0]);
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn the_file_of_the_site_serves_all_pipelines() {
    let site = Site::new(&[]);
    let own = site.path("config/bal/slurm.yaml");
    bal_artifact::write_file(&own, b"# ours\npartition: nowhere\nthrotle: 3\n").unwrap();
    let ended = site.bal(&["run", "moons.yaml", "--executor", "slurm"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let expected = format!("`{}`, line 3, key `throtle`: unknown field", own.display());
    assert!(
        ended.stderr.contains(&expected) && ended.stderr.contains("did you mean `throttle`?"),
        "{ended:?}"
    );
    bal_artifact::write_file(&own, b"partition: nowhere\nthrottle: 3\n").unwrap();
    let text = PIPELINE.replace("{time: 10}", "{partition: debug}");
    bal_artifact::write_file(&site.path("moons.yaml"), text.as_bytes()).unwrap();
    site.submit(&["--wait"]);
    assert!(site.log("0001/part-0.sh").contains("#SBATCH --array=0-3%3\n"));
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn options_of_the_other_executor_are_refused() {
    let site = Site::new(&[]);
    for (arguments, text) in [
        (&["--executor", "slurm", "--jobs", "2"][..], "`--jobs` is for workers on this machine"),
        (&["--executor", "slurm", "--force", "train"], "`--force` is for workers on this machine"),
        (&["--wait"], "`--wait` is for `--executor slurm`"),
    ] {
        let ended = site.bal(&[&["run", "moons.yaml"], arguments].concat());
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(text), "{ended:?}");
    }
}
