//! A place of its own for each test, and what the tests look at.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use bal_artifact::{Manifest, read_array};
use ndarray::Ix1;
use tempfile::TempDir;

/// A folder that stands for a user's home and working folder.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `bal-prepare` with these arguments, run in this place with nothing of the real environment.
    pub(crate) fn prepare(&self, arguments: &[&str]) -> Command {
        let mut command = assert_cmd::cargo::cargo_bin_cmd!("bal-prepare");
        command.args(arguments).current_dir(self.0.path()).env_clear();
        command.env("XDG_CACHE_HOME", self.at("cache")).env("PATH", "/nonexistent");
        command
    }

    /// A synthetic data set prepared in `data`.
    pub(crate) fn with_data(train: usize) -> Self {
        let place = Self::new();
        bal_testkit::prepared_dataset(&place.at("data"), train, 20, 0);
        place
    }

    /// Splits `data` into `out`.
    pub(crate) fn split(&self, out: &str, seed: u64, arguments: &[&str]) -> Command {
        let seed = seed.to_string();
        let base = ["split", "--data", "data", "--out", out, "--root", ".", "--seed", &seed];
        self.prepare(&[base.as_slice(), arguments].concat())
    }

    pub(crate) fn ids(&self, path: &str) -> Vec<i64> {
        read_array::<i64, Ix1>("ids", &self.at(path)).unwrap().to_vec()
    }
}

/// What the command wrote to stderr, after it ended with this exit code.
pub(crate) fn stderr(mut command: Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().stderr.clone();
    String::from_utf8(output).unwrap()
}

/// Every file of two artifact folders has the same bytes, the manifest apart from `run`.
pub(crate) fn assert_same_artifact(a: &Path, b: &Path, stage: &str) {
    let names = |folder: &Path| {
        let entries = fs_err::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(a), names(b));
    let manifest_name = format!("{stage}.json");
    for name in names(a).iter().filter(|&name| *name != *manifest_name) {
        assert!(
            fs_err::read(a.join(name)).unwrap() == fs_err::read(b.join(name)).unwrap(),
            "{} differs",
            name.display()
        );
    }
    let without_run = |folder: &Path| {
        let mut manifest = Manifest::read(folder, stage).unwrap();
        manifest.run = bal_artifact::RunInfo::default();
        manifest
    };
    assert_eq!(without_run(a), without_run(b));
}
