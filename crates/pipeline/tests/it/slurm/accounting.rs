//! Limits of users, which only sites with a database of accounts have. It needs MariaDB beside Slurm.

use super::site::Site;
use crate::support::differences;

#[test]
#[ignore = "needs a Slurm: `make test-slurm`"]
fn arrays_are_cut_at_the_limit_of_the_user() {
    let mut site = Site::with_accounting("maxsubmitjobs=3");
    site.set("USER", "root");
    let lab = ["run", "moons.yaml", "--executor", "slurm", "--set", "slurm.account=lab"];
    let ended = site.bal(&[&lab[..], &["--set", "slurm.granularity=stage"]].concat());
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("28 jobs are more than the 3 that you may have submitted"), "{ended:?}");

    // Three of four runs are taken; the last one is once these have ended.
    let ended = site.bal(&lab);
    assert_eq!(ended.code, Some(8), "{ended:?}");
    assert!(ended.stderr.contains("`0001/part-1` was not submitted"), "{ended:?}");
    assert_eq!(site.log("0001/part-0.txt").lines().count(), 3);
    site.until_idle();
    let ended = site.bal(&[&lab[..], &["--wait"]].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(differences(&Site::local(&[]), &site.verified()), [""; 0]);

    // What is queued of other experiments counts as well.
    site.slurm("sbatch", &["-A", "lab", "-o", "/dev/null", "--wrap", "sleep 600"]);
    let ended = site.bal(&[&lab[..], &["--out", "artifacts/c"]].concat());
    assert_eq!(ended.code, Some(8), "{ended:?}");
    let table = |out: &str| {
        let table = site.path(&format!("artifacts/{out}/slurm/0001/part-0.txt"));
        fs_err::read_to_string(table).unwrap().lines().count()
    };
    assert!(ended.stdout.contains("part-0.sh") && table("c") == 2, "{ended:?}");
    site.slurm("scancel", &["--me"]);
    site.until_idle();

    // The limit of a quality of service stands above that of the user.
    site.slurm("sacctmgr", &["-i", "modify", "qos", "normal", "set", "maxsubmitjobsperuser=2"]);
    site.slurm(
        "sacctmgr",
        &["-i", "modify", "user", "root", "where", "account=lab", "set", "maxsubmitjobs=1"],
    );
    let ended = site.bal(&[&lab[..], &["--out", "artifacts/b"]].concat());
    assert_eq!(ended.code, Some(8), "{ended:?}");
    assert!(ended.stdout.contains("part-0.sh") && !ended.stdout.contains("part-1.sh"), "{ended:?}");
    assert_eq!(table("b"), 2);
}
