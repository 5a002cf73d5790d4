//! A folder with a data set and a pipeline, and what `bal` leaves in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Two runs of 3 acquisitions, 30 tasks; seconds on one core.
pub(crate) const PIPELINE: &str = "\
# A tiny pipeline
name: tiny
prepare: {dataset: digits, initial_per_class: 1, validation: 20}
train:   {network: gal_cnn, epochs: 3, batch_size: 16, optimizer: {adam: {learning_rate: 1e-3}}, weight_decay: {validated: [1e-3, 1e-2]}, evaluate: {samples: 3}}
score:   {posterior: {mc_dropout: {samples: 4}}, acquisition: bald, pool_subset: 60}
select:  {method: top_k, batch: 3}
rounds: 3
sweep:   {seed: [0], score.acquisition: [random, bald]}
profiles:
  short: {rounds: 1, sweep: {seed: [0, 1]}}
";

/// The folder of the results.
pub(crate) const ROOT: &str = "artifacts/tiny";

/// A working folder of `bal`.
pub(crate) struct Project(TempDir);

impl Project {
    /// With a data set `digits` and the pipeline `tiny.yaml`.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        bal_testkit::prepared_dataset(&folder.path().join("data/digits"), 200, 60, 0);
        bal_artifact::write_file(&folder.path().join("tiny.yaml"), PIPELINE.as_bytes()).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// A file below the results.
    pub(crate) fn result(&self, path: &str) -> PathBuf {
        self.path(ROOT).join(path)
    }

    /// The pipeline with one text replaced by another.
    pub(crate) fn with(self, from: &str, to: &str) -> Self {
        assert!(PIPELINE.contains(from), "no `{from}` in the pipeline");
        let text = PIPELINE.replacen(from, to, 1);
        bal_artifact::write_file(&self.path("tiny.yaml"), text.as_bytes()).unwrap();
        self
    }

    /// The pipeline as it is now with one more text replaced.
    pub(crate) fn and(self, from: &str, to: &str) -> Self {
        let text = fs_err::read_to_string(self.path("tiny.yaml")).unwrap();
        assert!(text.contains(from), "no `{from}` in the pipeline");
        bal_artifact::write_file(&self.path("tiny.yaml"), text.replacen(from, to, 1).as_bytes()).unwrap();
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bal"));
        command.current_dir(self.0.path()).env_remove("RUST_LOG").args(arguments);
        command
    }

    /// `bal` with these arguments.
    pub(crate) fn bal(&self, arguments: &[&str]) -> Ended {
        Ended::new(arguments, &self.command(arguments).output().unwrap())
    }

    /// `bal run tiny.yaml` with further arguments, which has to work.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let all = [&["run", "tiny.yaml"], arguments].concat();
        let ended = self.bal(&all);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended
    }

    /// Starts `bal` without waiting for it.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running::new(command.spawn().unwrap(), arguments)
    }

    /// Every file below the results with what must be equal in equal runs.
    pub(crate) fn results(&self) -> BTreeMap<String, Vec<u8>> {
        self.results_in(ROOT)
    }

    /// As [`Project::results`], below another folder.
    pub(crate) fn results_in(&self, root: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path(root), &self.path(root), &mut files);
        files
    }

    /// The results, after a check that nothing in them is missing, changed or left over.
    pub(crate) fn verified(&self) -> BTreeMap<String, Vec<u8>> {
        let verified = self.bal(&["verify", ROOT]);
        assert_eq!(verified.code, Some(0), "{verified:?}");
        self.results()
    }
}

/// Gives the points of one half of the data set other labels, as a data set that was made by hand could have.
pub(crate) fn relabel(project: &Project, half: &str, label: impl Fn(i64) -> i64) {
    let path = project.path("data/digits").join(half).with_extension("npy");
    let mut bytes = fs_err::read(&path).unwrap();
    let values = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]])); // behind magic, version and header
    for value in bytes[values..].as_chunks_mut::<8>().0 {
        *value = label(i64::from_le_bytes(*value)).to_le_bytes();
    }
    bal_artifact::write_file(&path, &bytes).unwrap();
}

/// Flips the last byte of a file.
pub(crate) fn flip(path: &Path) {
    let mut bytes = fs_err::read(path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    bal_artifact::write_file(path, &bytes).unwrap();
}

pub(crate) fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.file_name() != Some(".lock".as_ref()) && !has_times(&name) {
            files.insert(name, comparable(&path));
        }
    }
}

/// The report's timing parts, and its manifest, which has their digests.
fn has_times(name: &str) -> bool {
    ["report/times.csv", "report/report.html", "report/report.json"].contains(&name)
}

/// The bytes of a file; a manifest without its `run`.
fn comparable(path: &Path) -> Vec<u8> {
    let bytes = fs_err::read(path).unwrap();
    if path.extension().is_none_or(|extension| extension != "json") {
        return bytes;
    }
    let mut json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    if let Some(manifest) = json.as_object_mut() {
        manifest.remove("run");
    }
    serde_json::to_vec_pretty(&json).unwrap()
}

/// Names of the files that two results do not have in common, or with other bytes.
pub(crate) fn differences(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
    names.filter(|name| a.get(*name) != b.get(*name)).cloned().collect()
}

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    #[expect(dead_code, reason = "shown when an assertion fails")]
    arguments: Vec<String>,
    /// Exit code, if no signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn new(arguments: &[impl AsRef<str>], output: &Output) -> Self {
        Self {
            arguments: arguments.iter().map(|argument| argument.as_ref().to_owned()).collect(),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A running process; killed when it is dropped.
pub(crate) struct Running {
    child: Option<Child>,
    arguments: Vec<String>,
}

impl Running {
    pub(crate) fn new(child: Child, arguments: &[&str]) -> Self {
        Self {
            child: Some(child),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Waits until `what` gives something, as long as the process runs.
    pub(crate) fn until<T>(&mut self, mut what: impl FnMut(&Self) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = what(self) {
                return found;
            }
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "{:?} ended too early: {ended:?}", self.arguments);
            assert!(start.elapsed() < Duration::from_mins(2), "waited in vain for {:?}", self.arguments);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Process ids of its workers.
    pub(crate) fn workers(&self) -> Vec<u32> {
        let children = format!("/proc/{0}/task/{0}/children", self.id());
        let ids = fs_err::read_to_string(children).unwrap_or_default();
        ids.split_whitespace().map(|id| id.parse().unwrap()).collect()
    }

    pub(crate) fn wait(mut self) -> Ended {
        let output = self.child.take().unwrap().wait_with_output().unwrap();
        Ended::new(&self.arguments, &output)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill().and_then(|()| child.wait());
        }
    }
}

/// Sends a signal to a process.
pub(crate) fn signal(name: &str, process: u32) {
    let status = Command::new("kill").arg(format!("-{name}")).arg(process.to_string()).status().unwrap();
    assert!(status.success(), "kill -{name} {process}");
}
