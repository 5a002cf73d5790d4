//! Jobs make the same bytes as workers of this machine.

use super::site::{PIPELINE, ROOT, Site};
use crate::support::differences;

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn either_granularity_makes_the_bytes_of_the_local_executor() {
    let local = Site::local(&[]);
    for granularity in ["run", "stage"] {
        let site = Site::new(&[]);
        let of_stage = format!("slurm.granularity={granularity}");
        let ended = site.submit(&["--wait", "--set", &of_stage]);
        assert!(ended.stdout.ends_with("artifacts/moons/report/report.html\n"), "{ended:?}");
        assert_eq!(differences(&local, &site.verified()), [""; 0], "{granularity}");
        let arrays = if granularity == "run" { 1 } else { 7 };
        assert_eq!(site.submitted().len(), arrays);
        // Nothing is left to do, and what a job asks for makes nothing stale.
        site.submit(&["--set", "slurm.mem=100M", "--set", &of_stage]);
        assert_eq!(site.submitted().len(), arrays);
        let plan = site.bal(&["plan", "moons.yaml"]).stdout;
        assert!(plan.contains("report: up to date") && !plan.contains("to run"), "{plan}");
        let manifest = fs_err::read_to_string(site.result("bald/seed-1/round-001/train/train.json")).unwrap();
        let run = manifest.split("\n  \"run\": ").nth(1).unwrap();
        assert!(run.contains("\"slurm\": {") && run.contains("\"restart\": 0"), "{run}");
        let cleaned = site.bal(&["clean", "moons.yaml", "--yes"]);
        assert!(!cleaned.stdout.contains("left alone"), "{cleaned:?}");
        assert!(!site.path(ROOT).exists(), "all of it was ours");
    }
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn an_element_may_be_a_group_of_runs() {
    let site = Site::new(&[]);
    site.submit(&["--wait", "--group", "2"]);
    let table = fs_err::read_to_string(site.result("slurm/0001/part-0.txt")).unwrap();
    assert_eq!(table, "random/seed-0 bald/seed-0\nrandom/seed-1 bald/seed-1\n");
    site.verified();
}

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn a_plan_shows_scripts_and_submits_nothing() {
    let site = Site::new(&[]);
    bal_artifact::write_file(&site.path("config/bal/slurm.yaml"), b"account: 0042\ntime: 99\n").unwrap();
    let text = PIPELINE.replace("{time: 10}", "{time: 10, setup: [module load x]}");
    bal_artifact::write_file(&site.path("moons.yaml"), text.as_bytes()).unwrap();
    let plan = site.bal(&["plan", "moons.yaml", "--executor", "slurm"]).stdout;
    for line in [
        "slurm: 1 array with 4 elements to submit",
        "    #SBATCH --array=0-3%100",
        "    #SBATCH --account=0042",
        "    #SBATCH --time=10",
        "    module load x",
    ] {
        assert!(plan.lines().any(|found| found == line), "no `{line}` in\n{plan}");
    }
    let plan = site.bal(&[
        "run",
        "moons.yaml",
        "--executor",
        "slurm",
        "--dry-run",
        "--set",
        "slurm.granularity=stage",
    ]);
    assert!(plan.stdout.contains("slurm: 7 arrays with 28 elements to submit"), "{plan:?}");
    assert!(!site.path(ROOT).exists());
    assert_eq!(site.slurm("squeue", &["-h", "-t", "all"]), "");
}
