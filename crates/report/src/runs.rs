//! What was run: cells, seeds and rounds, found by their folders and manifests.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bal_artifact::tables::Metrics;
use bal_artifact::{FoundRun, Manifest, RunFolder, file, find_runs, own_name, run_name};

use crate::Error;
use crate::chain::difference;
use crate::left_out::{self, LeftOut};
use crate::pipeline_file::PipelineFile;
use crate::rounds::read_run;

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
    pub(crate) folder: RunFolder,
    /// Manifest of its split.
    pub(crate) split: Option<Manifest>,
    /// The last round whose labels belong to it.
    pub(crate) labelled: Option<u64>,
    /// Rounds 0, 1, … without a gap, as far as they were trained and belong together.
    pub(crate) rounds: Vec<Round>,
}

/// One round that was at least trained.
#[derive(Debug)]
pub(crate) struct Round {
    /// Acquisitions before it.
    pub(crate) index: u64,
    /// The row of its `metrics.parquet`.
    pub(crate) measures: Metrics,
    /// Manifests of the stages that have run; those of earlier versions have no `label`.
    pub(crate) label: Option<Manifest>,
    pub(crate) train: Manifest,
    pub(crate) score: Option<Manifest>,
    pub(crate) select: Option<Manifest>,
}

impl SeedRun {
    /// A file of a stage of this run.
    pub(crate) fn file(&self, stage: &str, round: u64, file: &str) -> PathBuf {
        self.folder.artifact(stage, round).join(file)
    }

    /// What was measured in a round.
    pub(crate) fn metrics_path(&self, round: u64) -> PathBuf {
        self.file("train", round, file::METRICS)
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
        for FoundRun { cell: own, folder, seed } in find_runs(base)? {
            bal_cli::check_interrupt()?;
            let name = if folders.len() > 1 && own != own_name(base) {
                format!("{}/{own}", own_name(base))
            } else {
                own.clone()
            };
            let last = planned.map(|planned| planned.rounds(&own, seed));
            if last == Some(None) {
                let run = left_out::is_run(&folder)?.then(|| LeftOut::run(run_name(&name, seed)));
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
                let (first, second) = (first.folder.path().to_path_buf(), folder.path().to_path_buf());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_have_no_separators() {
        let (name, own) = ("fig1/bald β=1".to_owned(), "bald β=1".to_owned());
        let cell = Cell { name, own, base: PathBuf::new(), seeds: Vec::new() };
        assert_eq!(cell.file_name(), "fig1_bald___1");
    }
}
