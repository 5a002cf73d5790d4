//! Runs that differ only in their seed, and their rounds.

use std::path::PathBuf;

use bal_artifact::tables::Metrics;
use bal_artifact::{Manifest, RunFolder};

/// The runs that differ only in their seed.
#[derive(Debug)]
pub(crate) struct Cell {
    /// E.g. `bald`; with several folders of runs `fig1/bald`.
    pub(crate) name: String,
    /// What people see instead of the name.
    pub(crate) label: String,
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
    /// The name as part of a file name.
    pub(crate) fn file_name(&self) -> String {
        self.name.replace(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c), "_")
    }

    /// The first seed that acquired anything.
    pub(crate) fn first_acquiring(&self) -> Option<&SeedRun> {
        self.seeds.iter().find(|run| run.rounds.iter().any(|round| round.select.is_some()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_have_no_separators() {
        let name = || "fig1/bald β=1".to_owned();
        let cell = Cell { name: name(), label: name(), own: name(), base: PathBuf::new(), seeds: Vec::new() };
        assert_eq!(cell.file_name(), "fig1_bald___1");
    }
}
