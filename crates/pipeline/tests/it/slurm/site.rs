//! A site: a cluster of its own with two nodes, and a project on a file system that they share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use bal_artifact::Submitted;
use tempfile::TempDir;

use crate::support::{Ended, Running, collect};

/// Four runs of two acquisitions; each takes a second.
pub(super) const PIPELINE: &str = "\
name: moons
prepare: {dataset: two_moons, initial_per_class: 2, validation: 20}
train:   {network: mlp, epochs: 3, batch_size: 32, optimizer: {adam: {learning_rate: 1e-2}}, weight_decay: {validated: [1e-4, 1e-3]}, evaluate: {samples: 5}}
score:   {posterior: {mc_dropout: {samples: 5}}, acquisition: bald}
select:  {method: top_k, batch: 2}
rounds: 2
sweep:   {seed: [0, 1], score.acquisition: [random, bald]}
slurm:   {time: 10}
";

/// The folder of the results.
pub(super) const ROOT: &str = "artifacts/moons";

/// Epochs with which a training takes a minute: nothing comes to its end before it is disturbed.
pub(super) const LONG: [&str; 2] = ["--set", "train.epochs=60000"];

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_mins(5);

pub(super) struct Site {
    folder: TempDir,
    port: u16,
    /// Programs before those of the system.
    path: Option<PathBuf>,
    variables: Vec<(String, String)>,
}

/// The first of three ports. Tests of one process have their own, tests of two processes probably; all of
/// them below those that the system gives to connections.
fn ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 20_000 + (std::process::id() % 60) as u16 * 200;
    base + 3 * NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Site {
    /// With lines of its own in `slurm.conf`.
    pub(super) fn new(lines: &[&str]) -> Self {
        let site = Self::prepared();
        site.up(lines);
        site
    }

    /// With a database of accounts, where root has the account `lab` with this limit.
    pub(super) fn with_accounting(limit: &str) -> Self {
        let site = Self::prepared();
        fs_err::create_dir_all(site.cluster_folder()).unwrap();
        let lines = Self::cluster(&["account", &site.cluster_folder(), &ports().to_string()]);
        site.up(&lines.lines().collect::<Vec<_>>());
        let cluster = format!("cluster=bal{}", site.port);
        site.slurm("sacctmgr", &["-i", "add", "account", "lab", &cluster]);
        site.slurm("sacctmgr", &["-i", "add", "user", "root", "account=lab", &cluster, limit]);
        site
    }

    fn prepared() -> Self {
        let folder = tempfile::Builder::new().prefix("bal-slurm-").tempdir().unwrap();
        bal_artifact::write_file(&folder.path().join("moons.yaml"), PIPELINE.as_bytes()).unwrap();
        Self::cluster(&["ready"]);
        Self { folder, port: ports(), path: None, variables: Vec::new() }
    }

    /// Starts what does not run of the cluster, for the first time with these lines in its configuration.
    pub(super) fn up(&self, lines: &[&str]) {
        let (folder, port) = (self.cluster_folder(), self.port.to_string());
        Self::cluster(&[&["up", &folder, &port], lines].concat());
    }

    /// Ends a daemon as a power cut would.
    pub(super) fn kill(&self, daemon: &str) {
        Self::cluster(&["kill", &self.cluster_folder(), daemon]);
    }

    fn cluster(arguments: &[&str]) -> String {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/slurm/cluster.sh");
        let output = Command::new(script).args(arguments).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn cluster_folder(&self) -> String {
        self.path("cluster").display().to_string()
    }

    /// A program that stands before that of the system.
    pub(super) fn shadow(&mut self, program: &str, script: &str) {
        let folder = self.path("bin");
        let path = folder.join(program);
        bal_artifact::write_file(&path, script.as_bytes()).unwrap();
        self.command("chmod", &["+x", path.to_str().unwrap()]).status().unwrap();
        self.path = Some(folder);
    }

    /// Sets a variable of what is started from now on.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// A file below the results.
    pub(super) fn result(&self, path: &str) -> PathBuf {
        self.path(ROOT).join(path)
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).env_remove("RUST_LOG").stdin(Stdio::null());
        command
            .env("SLURM_CONF", self.path("cluster/slurm.conf"))
            .env("XDG_CONFIG_HOME", self.path("config"));
        if let Some(first) = &self.path {
            let path = std::env::var("PATH").unwrap_or_default();
            command.env("PATH", format!("{}:{path}", first.display()));
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// `bal` with these arguments.
    pub(super) fn bal(&self, arguments: &[&str]) -> Ended {
        let output = self.command(env!("CARGO_BIN_EXE_bal"), arguments).output().unwrap();
        Ended::new(arguments, &output)
    }

    /// `bal` on a machine of this name.
    fn command_on(&self, host: &str, arguments: &[&str]) -> Command {
        let script = "hostname \"$0\" && exec \"$@\"";
        let words = ["--uts", "sh", "-c", script, host, env!("CARGO_BIN_EXE_bal")];
        self.command("unshare", &[&words[..], arguments].concat())
    }

    /// What `bal` on a machine of this name says.
    pub(super) fn bal_on(&self, host: &str, arguments: &[&str]) -> Ended {
        Ended::new(arguments, &self.command_on(host, arguments).output().unwrap())
    }

    /// Starts `bal` on a machine of this name.
    pub(super) fn start_on(&self, host: &str, arguments: &[&str]) -> Running {
        let mut command = self.command_on(host, arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running::new(command.spawn().unwrap(), arguments)
    }

    /// `bal run moons.yaml --executor slurm` with further arguments, which has to work.
    pub(super) fn submit(&self, arguments: &[&str]) -> Ended {
        let ended = self.bal(&[&["run", "moons.yaml", "--executor", "slurm"], arguments].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended
    }

    /// Starts the same without waiting for it.
    pub(super) fn start(&self, arguments: &[&str]) -> Running {
        let all = [&["run", "moons.yaml", "--executor", "slurm"], arguments].concat();
        let mut command = self.command(env!("CARGO_BIN_EXE_bal"), &all);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running::new(command.spawn().unwrap(), &all)
    }

    /// What a program of the scheduler says.
    pub(super) fn slurm(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program, arguments).output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(super) fn status(&self) -> String {
        let ended = self.bal(&["status", ROOT]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.stdout
    }

    /// Waits until `what` gives something.
    pub(super) fn until<T>(&self, what: &str, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            let state = || format!("{}\n{}", self.status(), self.slurm("squeue", &["-t", "all"]));
            assert!(start.elapsed() < PATIENCE, "waited in vain for {what}\n{}", state());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until a file of the results is there.
    pub(super) fn until_there(&self, path: &str) {
        self.until(path, |site| site.result(path).exists().then_some(()));
    }

    /// Waits until no job waits or runs.
    pub(super) fn until_idle(&self) {
        self.until("the end of all jobs", |site| {
            site.slurm("squeue", &["-h"]).trim().is_empty().then_some(())
        });
    }

    /// Numbers of the arrays that were submitted.
    pub(super) fn submitted(&self) -> Vec<u64> {
        let text = fs_err::read(self.result("slurm/submitted.json"))
            .unwrap_or_else(|_| b"{\"arrays\": []}".to_vec());
        let submitted: Submitted = serde_json::from_slice(&text).unwrap();
        submitted.arrays.iter().map(|array| array.id).collect()
    }

    /// The log of an element.
    pub(super) fn log(&self, path: &str) -> String {
        fs_err::read_to_string(self.result("slurm").join(path)).unwrap_or_default()
    }

    /// The results, after a check that nothing in them is missing, changed or left over.
    pub(super) fn verified(&self) -> BTreeMap<String, Vec<u8>> {
        let verified = self.bal(&["verify", ROOT]);
        assert_eq!(verified.code, Some(0), "{verified:?}");
        assert!(!verified.stdout.contains("left over"), "{verified:?}");
        results(&self.path(ROOT))
    }

    /// The bytes that the local executor makes of the same, in a project of its own.
    pub(super) fn local(arguments: &[&str]) -> BTreeMap<String, Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        bal_artifact::write_file(&folder.path().join("moons.yaml"), PIPELINE.as_bytes()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_bal"));
        command.args(["run", "moons.yaml"]).args(arguments).current_dir(folder.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        results(&folder.path().join(ROOT))
    }
}

/// All results but for what is about jobs.
fn results(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    collect(root, root, &mut files);
    files.retain(|name, _| !name.starts_with("slurm/"));
    files
}

impl Drop for Site {
    fn drop(&mut self) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/slurm/cluster.sh");
        let _ = Command::new(script).args(["down", &self.cluster_folder()]).status();
    }
}
