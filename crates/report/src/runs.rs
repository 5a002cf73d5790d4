//! What was run: cells, seeds and rounds, found by their folders and manifests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bal_artifact::Manifest;

use crate::Error;
use crate::chain::difference;
use crate::history::Measures;
use crate::left_out::{self, LeftOut};
use crate::pipeline_file::PipelineFile;
use crate::rounds::read_run;

/// Folders of runs deeper than this are not looked for.
const MAX_DEPTH: usize = 4;

/// The runs that differ only in their seed.
#[derive(Debug)]
pub(crate) struct Cell {
    /// E.g. `bald`; with several folders of runs `fig1/bald`.
    pub(crate) name: String,
    /// The name without that folder.
    pub(crate) own: String,
    /// The folder that was given, below which the cell lies.
    pub(crate) base: PathBuf,
    /// By ascending seed, at least one.
    pub(crate) seeds: Vec<SeedRun>,
}

/// One run.
#[derive(Debug)]
pub(crate) struct SeedRun {
    /// Seed of the run.
    pub(crate) seed: u64,
    /// `…/seed-<s>`.
    pub(crate) folder: PathBuf,
    /// Manifest of its split.
    pub(crate) split: Option<Manifest>,
    /// Rounds 0, 1, … without a gap, as far as they were trained and belong together.
    pub(crate) rounds: Vec<Round>,
}

/// One round that was at least trained.
#[derive(Debug)]
pub(crate) struct Round {
    /// Acquisitions before it.
    pub(crate) index: u64,
    /// `…/round-<r>`.
    pub(crate) folder: PathBuf,
    /// The row of its `metrics.parquet`.
    pub(crate) measures: Measures,
    /// Manifests of the stages that have run.
    pub(crate) train: Manifest,
    pub(crate) score: Option<Manifest>,
    pub(crate) select: Option<Manifest>,
}

impl Round {
    /// The table of what was measured in this round.
    pub(crate) fn metrics_path(&self) -> PathBuf {
        self.folder.join("train").join("metrics.parquet")
    }

    /// The ids that were acquired after this round, if that was done.
    pub(crate) fn selected_path(&self) -> Option<PathBuf> {
        self.select.as_ref().map(|_| self.folder.join("select").join("selected.npy"))
    }
}

impl Cell {
    /// The name as part of a file name.
    pub(crate) fn file_name(&self) -> String {
        self.name.replace(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c), "_")
    }

    /// The first seed that acquired anything.
    pub(crate) fn first_acquiring(&self) -> Option<&SeedRun> {
        self.seeds.iter().find(|run| run.rounds.iter().any(|round| round.select.is_some()))
    }
}

/// All runs below these folders, cells by name, and what lies there beside them.
///
/// Where a folder has a resolved pipeline, its runs and their rounds are taken and no others.
///
/// # Errors
/// [`Error::SameRun`], and whatever is wrong with a file.
pub(crate) fn find(
    folders: &[PathBuf],
    pipelines: &[PipelineFile],
) -> Result<(Vec<Cell>, Vec<LeftOut>), Error> {
    let mut cells: BTreeMap<String, Cell> = BTreeMap::new();
    let mut left_out = Vec::new();
    for base in folders {
        let pipeline = pipelines.iter().find(|pipeline| pipeline.folder == *base);
        let planned = pipeline.and_then(|pipeline| pipeline.planned.as_ref());
        for (own, folder, seed) in seed_folders(base)? {
            bal_cli::check_interrupt()?;
            let name = if folders.len() > 1 && own != own_name(base) {
                format!("{}/{own}", own_name(base))
            } else {
                own.clone()
            };
            let last = planned.map(|planned| planned.rounds(&own, seed));
            if last == Some(None) {
                let run = left_out::is_run(&folder)?.then(|| LeftOut::run(format!("{name}/seed-{seed}")));
                left_out.extend(run);
                continue;
            }
            let cell = cells.entry(name.clone()).or_insert_with(|| Cell {
                name,
                own,
                base: base.clone(),
                seeds: Vec::new(),
            });
            if let Some(first) = cell.seeds.iter().find(|run| run.seed == seed) {
                let (first, second) = (first.folder.clone(), folder);
                return Err(Error::SameRun { cell: cell.name.clone(), seed, first, second });
            }
            let (run, beside) = read_run(&cell.name, folder, seed, last.flatten())?;
            cell.seeds.push(run);
            left_out.extend(beside);
        }
    }
    let mut cells: Vec<Cell> = cells.into_values().collect();
    for cell in &mut cells {
        cell.seeds.sort_by_key(|run| run.seed);
    }
    left_out.sort_by(|a, b| a.run.cmp(&b.run));
    Ok((cells, left_out))
}

/// Seeds of a cell that were not made like its first one, in words.
pub(crate) fn unlike(cell: &Cell) -> Vec<String> {
    let first_of = |run: &'_ SeedRun| run.rounds.first().map(|round| round.train.clone());
    let trained: Vec<(u64, Manifest)> =
        cell.seeds.iter().filter_map(|run| Some((run.seed, first_of(run)?))).collect();
    let Some(((first_seed, first), others)) = trained.split_first() else { return Vec::new() };
    let compare = |(seed, train): &(u64, Manifest)| {
        let what = difference(first, train)?;
        Some(format!("seed {seed} of {}: `train` has another {what} than with seed {first_seed}", cell.name))
    };
    others.iter().filter_map(compare).collect()
}

/// Name of a folder, also of `.` and `..`.
pub(crate) fn own_name(folder: &Path) -> String {
    let real = fs_err::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    real.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Cell name, folder and seed of every `seed-<s>` at or below `base`.
pub(crate) fn seed_folders(base: &Path) -> Result<Vec<(String, PathBuf, u64)>, Error> {
    if !base.is_dir() {
        return Err(bal_artifact::Error::Missing { what: "folder of runs", path: base.to_path_buf() }.into());
    }
    let mut found = Vec::new();
    let mut open = vec![(base.to_path_buf(), Vec::<String>::new())];
    while let Some((folder, names)) = open.pop() {
        for (name, path) in subfolders(&folder)? {
            if let Some(seed) = name.strip_prefix("seed-").and_then(|seed| seed.parse().ok()) {
                let cell = if names.is_empty() { own_name(base) } else { names.join("/") };
                found.push((cell, path, seed));
            } else if names.len() < MAX_DEPTH {
                let names = names.iter().cloned().chain([name]).collect();
                open.push((path, names));
            }
        }
    }
    Ok(found)
}

/// Folders in a folder that are not hidden: hidden ones are what a stage is still writing.
pub(crate) fn subfolders(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let io = |source| bal_artifact::Error::Io { action: "list", path: folder.to_path_buf(), source };
    let mut found = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with('.') && path.is_dir() {
            found.push((name, path));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_have_no_separators() {
        let (name, own) = ("fig1/bald β=1".to_owned(), "bald β=1".to_owned());
        let cell = Cell { name, own, base: PathBuf::new(), seeds: Vec::new() };
        assert_eq!(cell.file_name(), "fig1_bald___1");
    }

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
                seed_folders(base).unwrap().into_iter().map(|(cell, _, seed)| (cell, seed)).collect();
            found.sort();
            found
        };
        let expected = [("bald".to_owned(), 0), ("bald".to_owned(), 1), ("power/beta-8".to_owned(), 3)];
        assert_eq!(names(&root), expected);
        assert_eq!(names(&root.join("bald")), [("bald".to_owned(), 0), ("bald".to_owned(), 1)]);
    }
}
