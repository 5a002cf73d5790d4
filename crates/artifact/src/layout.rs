//! Where everything lies: folders of experiments, runs and rounds.

use std::path::{Path, PathBuf};

use crate::files::names;
use crate::{Error, SlurmFolder, file, manifest_name};

/// Folders of runs deeper than this are not looked for.
const MAX_DEPTH: usize = 4;

/// The folders of one experiment.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The artifact folder: `artifacts/<name>`, with a profile `artifacts/<name>-<profile>`.
    pub root: PathBuf,
    /// Prepared data sets, one folder each.
    pub data_dir: PathBuf,
}

impl Layout {
    /// The resolved pipeline.
    pub fn pipeline_file(&self) -> PathBuf {
        self.root.join(file::PIPELINE)
    }

    /// The report.
    pub fn report(&self) -> PathBuf {
        self.root.join("report")
    }

    /// Its jobs on a cluster.
    pub fn slurm(&self) -> SlurmFolder {
        SlurmFolder(self.root.join(file::SLURM))
    }

    /// A prepared data set.
    pub fn data(&self, dataset: &str) -> PathBuf {
        self.data_dir.join(dataset)
    }

    /// Whether a path below the root is where a pipeline puts an artifact, or is one of its own files.
    pub fn claims(&self, path: &Path, is_folder: bool) -> bool {
        let Ok(path) = path.strip_prefix(&self.root) else { return false };
        let Some(parts) = path.iter().map(|part| part.to_str()).collect::<Option<Vec<&str>>>() else {
            return false;
        };
        let is_number = |n: &str| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit());
        let numbered = |part: &str, word: &str| part.strip_prefix(word).is_some_and(is_number);
        match parts.as_slice() {
            [".lock" | file::PIPELINE] => !is_folder,
            [file::SLURM, below @ ..] => !is_folder && SlurmFolder::claims(below),
            [_, seed, ".lock"] => !is_folder && numbered(seed, "seed-"),
            _ if !is_folder => false,
            ["report"] => true,
            [_, seed, "split"] => numbered(seed, "seed-"),
            [_, seed, round, "label" | "train" | "score" | "select"] => {
                numbered(seed, "seed-") && numbered(round, "round-")
            }
            _ => false,
        }
    }

    /// The folder of a run.
    pub fn run(&self, cell: &str, seed: u64) -> RunFolder {
        RunFolder(self.root.join(run_name(cell, seed)))
    }
}

/// Name of a run, `<cell>/seed-<s>`.
pub fn run_name(cell: &str, seed: u64) -> String {
    format!("{cell}/seed-{seed}")
}

/// The folder of a run: its split, and a folder per round that holds one per stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The artifact of a stage in a round; a split belongs to the whole run.
    pub fn artifact(&self, stage: &str, round: u64) -> PathBuf {
        self.0.join(within_run(stage, round))
    }

    /// The artifact of a stage as seen from the folder of the experiment, with `/` between the parts.
    pub fn role(run: &str, stage: &str, round: u64) -> String {
        format!("{run}/{}", within_run(stage, round))
    }

    /// Whether a stage has made its artifact in a round.
    pub fn has(&self, stage: &str, round: u64) -> bool {
        self.artifact(stage, round).join(manifest_name(stage)).is_file()
    }

    /// The rounds that were trained, in ascending order.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn trained_rounds(&self) -> Result<Vec<u64>, Error> {
        let names = subfolders(&self.0)?.into_iter();
        let rounds = names.filter_map(|(name, _)| name.strip_prefix("round-")?.parse().ok());
        let mut trained: Vec<u64> = rounds.filter(|&round| self.has("train", round)).collect();
        trained.sort_unstable();
        Ok(trained)
    }
}

/// Where the artifact of a stage lies in the folder of a run.
fn within_run(stage: &str, round: u64) -> String {
    if stage == "split" { stage.to_owned() } else { format!("round-{round:03}/{stage}") }
}

/// A folder that is named as one of a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRun {
    /// Folders above it, `/` between them; the name of the searched folder itself where there are none.
    pub cell: String,
    /// From its name.
    pub seed: u64,
    /// The folder.
    pub folder: RunFolder,
}

/// Every `seed-<s>` at or below `base`. Hidden folders, which stages are still writing, are left out.
///
/// # Errors
/// [`Error::Missing`], [`Error::Io`].
pub fn find_runs(base: &Path) -> Result<Vec<FoundRun>, Error> {
    if !base.is_dir() {
        return Err(Error::Missing { what: "folder of runs", path: base.to_path_buf() });
    }
    let mut found = Vec::new();
    let mut open = vec![(base.to_path_buf(), Vec::<String>::new())];
    while let Some((folder, names)) = open.pop() {
        for (name, path) in subfolders(&folder)? {
            if let Some(seed) = name.strip_prefix("seed-").and_then(|seed| seed.parse().ok()) {
                let cell = if names.is_empty() { own_name(base) } else { names.join("/") };
                found.push(FoundRun { cell, seed, folder: RunFolder(path) });
            } else if names.len() < MAX_DEPTH {
                let names = names.iter().cloned().chain([name]).collect();
                open.push((path, names));
            }
        }
    }
    Ok(found)
}

/// Name of a folder, also of `.` and `..`.
pub fn own_name(folder: &Path) -> String {
    let real = fs_err::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    real.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Folders in a folder that are not hidden, by name.
fn subfolders(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let entries = names(folder)?.into_iter().map(|name| (folder.join(&name), name));
    let folders = entries.filter(|(path, name)| !name.starts_with('.') && path.is_dir());
    Ok(folders.map(|(path, name)| (name, path)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_by_their_folders() {
        let base = tempfile::tempdir().unwrap();
        let root = base.path().join("demo");
        for folder in
            ["bald/seed-0", "bald/seed-1/round-000", "power/beta-8/seed-3", ".tmp-x/seed-9", "a/seed-x"]
        {
            fs_err::create_dir_all(root.join(folder)).unwrap();
        }
        let names = |base: &Path| {
            let mut found: Vec<_> =
                find_runs(base).unwrap().into_iter().map(|run| (run.cell, run.seed)).collect();
            found.sort();
            found
        };
        let expected = [("bald".to_owned(), 0), ("bald".to_owned(), 1), ("power/beta-8".to_owned(), 3)];
        assert_eq!(names(&root), expected);
        assert_eq!(names(&root.join("bald")), [("bald".to_owned(), 0), ("bald".to_owned(), 1)]);
    }

    #[test]
    fn only_what_runs_make_is_claimed() {
        let layout = Layout { root: "exp".into(), data_dir: PathBuf::new() };
        let claimed = |path: &str, is_folder| layout.claims(&Path::new("exp").join(path), is_folder);
        for file in [
            "pipeline.yaml",
            ".lock",
            "a/seed-0/.lock",
            "slurm/submitted.json",
            "slurm/0001/part-0.sh",
            "slurm/0001/logs/part-0-3.log",
            "slurm/time_outs/bald/seed-3.json",
        ] {
            assert!(claimed(file, false) && !claimed(file, true), "{file}");
        }
        for folder in
            ["report", "bald/seed-0/split", "bald/seed-12/round-003/train", "bald/seed-1/round-000/label"]
        {
            assert!(claimed(folder, true) && !claimed(folder, false), "{folder}");
        }
        for path in [
            "notes",
            "bald/seed-x/split",
            "bald/seed-0/notes",
            "sub/pipeline.yaml",
            "bald/seed-0/round-000/picks",
            "slurm/notes.txt",
            "slurm/0001/plot.png",
        ] {
            assert!(!claimed(path, true) && !claimed(path, false), "{path}");
        }
    }

    #[test]
    fn a_stage_lies_in_its_round_and_a_split_in_its_run() {
        let run = Layout { root: "artifacts/x".into(), data_dir: "data".into() }.run("bald", 3);
        assert_eq!(run.artifact("label", 7), Path::new("artifacts/x/bald/seed-3/round-007/label"));
        assert_eq!(run.artifact("split", 7), Path::new("artifacts/x/bald/seed-3/split"));
        assert_eq!(RunFolder::role("bald/seed-3", "train", 12), "bald/seed-3/round-012/train");
    }
}
