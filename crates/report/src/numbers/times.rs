//! How long the stages took, from the `run` of their manifests.

use std::collections::BTreeSet;

use bal_artifact::{Manifest, RunInfo};

use crate::runs::{Cell, SeedRun};

/// The stages of a run in the order in which they run.
pub(crate) const STAGES: [&str; 5] = ["split", "label", "train", "score", "select"];

/// One stage of one run, all rounds together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StageTime {
    pub(crate) cell: String,
    pub(crate) seed: u64,
    /// One of [`STAGES`].
    pub(crate) stage: &'static str,
    /// How often it ran.
    pub(crate) count: usize,
    pub(crate) seconds: f64,
    /// From the first start to the last end, in seconds since 1970.
    pub(crate) span: Option<[f64; 2]>,
    /// Largest peak of resident memory of its processes.
    pub(crate) peak_memory_bytes: u64,
    pub(crate) devices: BTreeSet<String>,
    pub(crate) hosts: BTreeSet<String>,
    pub(crate) processors: BTreeSet<String>,
    pub(crate) threads: BTreeSet<usize>,
}

/// A row per run and stage that has run.
pub(crate) fn times(cells: &[Cell]) -> Vec<StageTime> {
    let runs = cells.iter().flat_map(|cell| cell.seeds.iter().map(move |run| (cell, run)));
    runs.flat_map(|(cell, run)| STAGES.iter().filter_map(|stage| stage_time(cell, run, stage))).collect()
}

fn stage_time(cell: &Cell, run: &SeedRun, stage: &'static str) -> Option<StageTime> {
    let manifests = manifests(run, stage);
    let infos = || manifests.iter().map(|manifest| &manifest.run);
    (!manifests.is_empty()).then(|| StageTime {
        cell: cell.name.clone(),
        seed: run.seed,
        stage,
        count: manifests.len(),
        // The runs of a group share their time.
        seconds: manifests.iter().map(|manifest| manifest.run.seconds / manifest.group.max(1) as f64).sum(),
        span: infos().filter_map(RunInfo::span).reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]),
        peak_memory_bytes: infos().map(|info| info.peak_memory_bytes).max().unwrap_or(0),
        devices: infos().map(|info| info.device.clone()).collect(),
        hosts: infos().map(|info| info.host.clone()).collect(),
        processors: infos().filter_map(|info| info.processor.clone()).collect(),
        threads: infos().map(|info| info.threads).collect(),
    })
}

fn manifests<'a>(run: &'a SeedRun, stage: &str) -> Vec<&'a Manifest> {
    match stage {
        "split" => run.split.iter().collect(),
        "label" => run.rounds.iter().filter_map(|round| round.label.as_ref()).collect(),
        "train" => run.rounds.iter().map(|round| &round.train).collect(),
        "score" => run.rounds.iter().filter_map(|round| round.score.as_ref()).collect(),
        _ => run.rounds.iter().filter_map(|round| round.select.as_ref()).collect(),
    }
}
