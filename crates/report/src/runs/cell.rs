//! Runs that differ only in their seed, and their rounds.

use std::path::PathBuf;

use bal_artifact::tables::Metrics;
use bal_artifact::{Inputs, Manifest, RunFolder, run_name};

use crate::Error;

/// The runs that differ only in their seed.
#[derive(Debug)]
pub(crate) struct Cell {
    /// E.g. `bald`; with several folders of runs `fig1/bald`.
    pub(crate) name: String,
    /// What people see instead of the name.
    pub(crate) label: String,
    /// The name as part of a file name, which no other cell has.
    pub(crate) file_name: String,
    /// The name without that folder.
    pub(crate) own: String,
    /// The folder that was given, below which the cell lies.
    pub(crate) base: PathBuf,
    /// By ascending seed, at least one.
    pub(crate) seeds: Vec<SeedRun>,
}

#[derive(Debug)]
pub(crate) struct SeedRun {
    pub(crate) seed: u64,
    /// `…/seed-<s>`.
    pub(crate) folder: RunFolder,
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
    pub(crate) fn file(&self, stage: &str, round: u64, file: &str) -> PathBuf {
        self.folder.artifact(stage, round).join(file)
    }
}

impl Cell {
    /// The file of a stage of one of its runs, recorded as an input. A role is its place as seen from the
    /// folder of runs.
    ///
    /// # Errors
    /// If it is missing or damaged.
    pub(crate) fn read(
        &self,
        run: &SeedRun,
        inputs: &mut Inputs,
        what: &'static str,
        (stage, round, file): (&str, u64, &str),
    ) -> Result<PathBuf, Error> {
        let path = run.file(stage, round, file);
        let role = format!("{}/{file}", RunFolder::role(&run_name(&self.name, run.seed), stage, round));
        inputs.add_as(what, role, &path)?;
        Ok(path)
    }

    /// The rounds of all seeds.
    pub(crate) fn rounds(&self) -> impl Iterator<Item = &Round> {
        self.seeds.iter().flat_map(|run| &run.rounds)
    }

    /// The first seed that acquired anything.
    pub(crate) fn first_acquiring(&self) -> Option<&SeedRun> {
        self.seeds.iter().find(|run| run.rounds.iter().any(|round| round.select.is_some()))
    }
}

/// Characters of a file's name that a cell's name may take up.
const MAX_FILE_NAME: usize = 100;

/// A name as part of a file name, with a number behind it if another cell has taken it.
pub(super) fn file_name(name: &str, taken: &[Cell]) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let base: String = name.chars().map(safe).take(MAX_FILE_NAME).collect();
    let is_free = |file: &String| taken.iter().all(|cell| cell.file_name != *file);
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone()).chain(numbered).find(is_free).unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_have_no_separators_and_differ() {
        let mut cells: Vec<Cell> = Vec::new();
        for name in ["fig1/bald β=1", "fig1/bald=β=1", &"é".repeat(300)] {
            let name = name.to_owned();
            let file_name = file_name(&name, &cells);
            let (label, own) = (name.clone(), name.clone());
            cells.push(Cell { name, label, file_name, own, base: PathBuf::new(), seeds: Vec::new() });
        }
        let names: Vec<&str> = cells.iter().map(|cell| cell.file_name.as_str()).collect();
        assert_eq!(names, ["fig1_bald___1", "fig1_bald___1-2", &"_".repeat(100)]);
    }
}
