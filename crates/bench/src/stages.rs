//! What a whole pipeline left behind: how long its stages took, on what, and how accurate its networks are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bal_artifact::Manifest;
use bal_artifact::tables::Metrics;

use crate::results::Fact;
use crate::{Error, Result};

/// Test accuracies of a run `<cell>/seed-<s>`, round by round.
pub(crate) type Accuracies = BTreeMap<String, Vec<f64>>;

/// What the manifests and metrics of all runs tell.
#[derive(Default)]
pub(crate) struct Stages {
    /// Seconds of all workers together, by stage and part.
    pub(crate) parts: BTreeMap<String, f64>,
    /// Labels of all trained networks together.
    pub(crate) labels: f64,
    /// Scorings that need a network; `random` does not.
    pub(crate) scorings: usize,
    pub(crate) accuracies: Accuracies,
}

impl Stages {
    pub(crate) fn read(out: &Path) -> Result<Self> {
        let mut stages = Self::default();
        for cell in folders(out)? {
            for run in folders(&cell)? {
                for round in folders(&run)?.iter().filter(|folder| folder.join("train").is_dir()) {
                    stages.add_round(&run.strip_prefix(out).unwrap_or(&run).display().to_string(), round)?;
                }
            }
        }
        Ok(stages)
    }

    /// Networks that were trained.
    pub(crate) fn trained(&self) -> usize {
        self.accuracies.values().map(Vec::len).sum()
    }

    fn add_round(&mut self, run: &str, round: &Path) -> Result<()> {
        let metrics = Metrics::read(&round.join("train/metrics.parquet"))?;
        self.labels += metrics.labels as f64;
        self.accuracies.entry(run.to_owned()).or_default().push(metrics.test.accuracy);
        for stage in ["train", "score", "select"] {
            let folder = round.join(stage);
            if !folder.is_dir() {
                continue; // the last round is only trained
            }
            let info = Manifest::read(&folder, stage)?.run;
            self.scorings += usize::from(info.timings.contains_key("sample"));
            let named: f64 = info.timings.values().sum();
            for (part, seconds) in info.timings.iter().map(|(part, seconds)| (part.as_str(), *seconds)) {
                *self.parts.entry(format!("{stage}, {part}")).or_default() += seconds;
            }
            *self.parts.entry(format!("{stage}, rest")).or_default() += info.seconds - named;
        }
        Ok(())
    }

    /// Share of the time by part, the largest first; what is too small to matter is left out.
    pub(crate) fn facts(&self, precision: &str, core_seconds: f64) -> Vec<Fact> {
        let inside: f64 = self.parts.values().sum();
        let parts = self.parts.iter().map(|(what, seconds)| (what.as_str(), *seconds));
        let mut parts: Vec<(&str, f64)> =
            parts.chain([("outside of stages", core_seconds - inside)]).collect();
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        let percent = |(what, seconds): (&str, f64)| Fact {
            what: format!("{precision}: {what}"),
            value: 100.0 * seconds / core_seconds,
            unit: "%".to_owned(),
        };
        parts.into_iter().map(percent).filter(|fact| fact.value >= 0.05).collect()
    }
}

/// The folders in a folder, by name.
fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs_err::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let entries = entries.map_err(Error::io("read", folder))?;
    let mut folders: Vec<_> =
        entries.iter().map(fs_err::DirEntry::path).filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}
