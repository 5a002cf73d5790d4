//! The programs of the scheduler: the only place that starts them.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::Error;

/// Variables for `sbatch` that stand above the lines of a script, and would change what `bal` sets.
const SET_BY_SCRIPT: [&str; 13] = [
    "SBATCH_ARRAY_INX",
    "SBATCH_ERROR",
    "SBATCH_JOB_NAME",
    "SBATCH_NO_KILL",
    "SBATCH_NO_REQUEUE",
    "SBATCH_OPEN_MODE",
    "SBATCH_OUTPUT",
    "SBATCH_PARSABLE",
    "SBATCH_REQUEUE",
    "SBATCH_SIGNAL",
    "SBATCH_TEST_ONLY",
    "SBATCH_WAIT",
    "SBATCH_WRAP",
];

/// Where the cluster is and who pays, which a job passes on; everything else of `SLURM_*` describes the job.
const KEPT: [&str; 2] = ["SLURM_CONF", "SLURM_CLUSTERS"];

/// Whether this process is part of a job.
pub(super) fn is_in_job() -> bool {
    std::env::var_os("SLURM_JOB_ID").is_some()
}

/// Says that a job submits jobs: what it inherited says nothing about those.
pub(crate) fn warn_in_job() {
    if let Some(id) = std::env::var_os("SLURM_JOB_ID") {
        tracing::warn!(
            "this is part of job {}: what its environment says of it (`SLURM_…`) is kept from what is submitted now",
            id.display()
        );
    }
}

/// A program of the scheduler, without what the surroundings would make of it.
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    let inherited = |name: &str| {
        let of_job = name.starts_with("SLURM_") && is_in_job() && !KEPT.contains(&name);
        of_job || SET_BY_SCRIPT.contains(&name) || name.starts_with("SQUEUE_") || name.starts_with("SCANCEL_")
    };
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(inherited) {
            command.env_remove(name);
        }
    }
    // Ids of a long array in full.
    command.env("SLURM_BITSTR_LEN", "0").stdin(Stdio::null());
    command
}

/// What a program wrote to stdout.
fn said(program: &'static str, arguments: &[&str]) -> Result<String, Error> {
    let output = command(program).args(arguments).output();
    let Output { status, stdout, stderr } = output.map_err(|source| match source.kind() {
        ErrorKind::NotFound => Error::NoScheduler { program },
        _ => Error::Spawn { program: program.into(), source },
    })?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said = if lines.is_empty() { format!("{status}") } else { lines.join("; ") };
    Err(Error::Scheduler { program, said })
}

/// Gives a script to `sbatch`; what that says.
pub(super) fn sbatch(script: &Path, after: Option<&str>) -> Result<String, Error> {
    let script = script.display().to_string();
    let after = after.map(|ids| format!("--dependency=aftercorr:{ids}"));
    let arguments: Vec<&str> = ["--parsable"].into_iter().chain(after.as_deref()).chain([&*script]).collect();
    said("sbatch", &arguments)
}

/// All jobs of this user that the scheduler still knows, also those that have ended: element, state, reason,
/// nodes, name, comment.
pub(super) fn squeue(clusters: &[&str]) -> Result<String, Error> {
    let clusters = (!clusters.is_empty()).then(|| format!("--clusters={}", clusters.join(",")));
    let form = ["--me", "-h", "-t", "all", "-o", "%i|%T|%r|%N|%j|%k"];
    said("squeue", &form.into_iter().chain(clusters.as_deref()).collect::<Vec<_>>())
}

/// State, reason, time limit and name of one job, whoever's it is.
pub(super) fn squeue_of(job: &str) -> Result<String, Error> {
    said("squeue", &["-h", "-j", job, "-o", "%T|%r|%l|%j"])
}

/// The configuration of the scheduler, one `Key = value` a line.
pub(super) fn scontrol_config() -> Result<String, Error> {
    said("scontrol", &["show", "config"])
}

/// What a user may do with each account, a line for each: cluster, the user's default account, account,
/// partition (nothing: all), default quality of service, jobs submitted at most.
pub(super) fn associations(user: &str) -> Result<String, Error> {
    let form = "format=cluster,defaultaccount,account,partition,defaultqos,maxsubmitjobs";
    said("sacctmgr", &["-nP", "show", "user", user, "withassoc", form])
}

/// A line for each element of this user that waits or runs.
pub(super) fn alive() -> Result<String, Error> {
    said("squeue", &["--me", "-h", "-r", "-o", "%i"])
}

/// Jobs that a user may have submitted with a quality of service, nothing where it has no such limit.
pub(super) fn quality(name: &str) -> Result<String, Error> {
    said("sacctmgr", &["-nP", "show", "qos", name, "format=maxsubmitjobsperuser"])
}

/// Starts a job again.
pub(super) fn requeue(job: &str) -> Result<(), Error> {
    said("scontrol", &["requeue", job]).map(drop)
}

/// Cancels arrays by their numbers.
///
/// # Errors
/// [`Error::Scheduler`], [`Error::NoScheduler`].
pub(crate) fn cancel(arrays: &[(u64, Option<String>)]) -> Result<(), Error> {
    for same in arrays.chunk_by(|a, b| a.1 == b.1) {
        for some in same.chunks(500) {
            let cluster = some[0].1.as_ref().map(|name| format!("--clusters={name}"));
            let ids: Vec<String> = some.iter().map(|(id, _)| id.to_string()).collect();
            let words = cluster.as_deref().into_iter().chain(ids.iter().map(String::as_str));
            said("scancel", &words.collect::<Vec<_>>())?;
        }
    }
    Ok(())
}
