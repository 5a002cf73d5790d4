//! What was run: cells, seeds and rounds, found by their folders and manifests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bal_artifact::{Inputs, Manifest};

use crate::Error;
use crate::chain::{Chain, difference};
use crate::history::{self, Measures};
use crate::left_out::{self, LeftOut};
use crate::pipeline_file::PipelineFile;

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
/// [`Error::NoRuns`] if no round was trained, [`Error::SameRun`], and whatever is wrong with a file.
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
    if cells.iter().flat_map(|cell| &cell.seeds).all(|run| run.rounds.is_empty()) {
        return Err(Error::NoRuns { folders: folders.to_vec() });
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
fn subfolders(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
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

/// The rounds of a run that were trained, in ascending order, whether or not they belong together.
pub(crate) fn rounds_in(run: &Path) -> Result<Vec<u64>, Error> {
    let round = |(name, folder): (String, PathBuf)| {
        let round = name.strip_prefix("round-")?.parse().ok()?;
        folder.join("train/train.json").is_file().then_some(round)
    };
    let mut rounds: Vec<u64> = subfolders(run)?.into_iter().filter_map(round).collect();
    rounds.sort_unstable();
    Ok(rounds)
}

/// A run up to round `last`, as far as its rounds belong together, and what of it is left out.
fn read_run(
    cell: &str,
    folder: PathBuf,
    seed: u64,
    last: Option<u64>,
) -> Result<(SeedRun, Option<LeftOut>), Error> {
    let mut run =
        SeedRun { seed, split: Manifest::find(&folder.join("split"), "split")?, folder, rounds: Vec::new() };
    let broken = read_rounds(&mut run, last)?;
    let name = format!("{cell}/seed-{seed}");
    let next = run.rounds.len() as u64;
    let later: Vec<u64> = rounds_in(&run.folder)?.into_iter().filter(|&round| round >= next).collect();
    let left_out = match (broken, last) {
        // Of its round, the stages before it are shown.
        (Some(why), _) if later.is_empty() => Some(LeftOut { run: name, part: String::new(), why }),
        (Some(why), _) => LeftOut::rounds(name, &later, why),
        (None, Some(last)) if next > last => {
            left_out::goes_on_after(&run.folder, last)?.then(|| LeftOut::after(name, last))
        }
        (None, _) => LeftOut::rounds(name, &later, format!("round {next} is not there")),
    };
    Ok((run, left_out))
}

/// Adds rounds up to `last` to a run, and says why the next stage does not belong to them, if there is one.
fn read_rounds(run: &mut SeedRun, last: Option<u64>) -> Result<Option<String>, Error> {
    let mut chain = Chain::new(run.seed);
    if let Some(split) = &run.split
        && let Err(why) = chain.add("split", 0, split)
    {
        return Ok(Some(why));
    }
    for index in 0..=last.unwrap_or(u64::MAX) {
        let folder = run.folder.join(format!("round-{index:03}"));
        let Some(train) = Manifest::find(&folder.join("train"), "train")? else { break };
        if let Err(why) = chain.add("train", index, &train) {
            return Ok(Some(why));
        }
        let measures = read_measures(&run.folder, &folder.join("train/metrics.parquet"))?;
        run.rounds.push(Round { index, folder, measures, train, score: None, select: None });
        let Some(round) = run.rounds.last_mut() else { break };
        // After its last round a run acquires nothing.
        for stage in ["score", "select"].into_iter().filter(|_| Some(index) != last) {
            let Some(manifest) = Manifest::find(&round.folder.join(stage), stage)? else { continue };
            if let Err(why) = chain.add(stage, index, &manifest) {
                return Ok(Some(why));
            }
            if stage == "score" { round.score = Some(manifest) } else { round.select = Some(manifest) }
        }
    }
    Ok(None)
}

fn read_measures(run: &Path, metrics: &Path) -> Result<Measures, Error> {
    // Digest first: the parquet reader panics on some damaged files.
    Inputs::new(run).add("metrics", metrics)?;
    history::read_metrics(metrics)
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
