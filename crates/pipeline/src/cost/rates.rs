//! How fast a worker is: as it was where stages of this experiment are there, else as it was measured once.

use std::collections::BTreeMap;

use bal_artifact::{Layout, Manifest};
use bal_model::{Architecture, Precision};

use super::work::Estimate;
use crate::settings::Settings;
use crate::sweep::Run;
use crate::task::{Stage, Task};
use crate::words::count;

/// Stages of a kind that are looked at: the last rounds of the first runs.
const RUNS: usize = 8;
const ROUNDS: u64 = 2;

/// What a rate belongs to: a stage with a network and a precision.
type Kind = (Stage, String);

/// Multiplications in a second of one worker.
#[derive(Debug)]
pub(super) struct Rates {
    threads: Option<usize>,
    /// Of stages that are there: their multiplications, their seconds and their number.
    seen: BTreeMap<Kind, (f64, f64, usize)>,
    /// Whether anything is told by what was measured elsewhere.
    others: bool,
}

impl Rates {
    /// Looks at what is there of these runs, by workers with this number of threads (`None`: on a GPU).
    pub(super) fn of<'a>(
        layout: &Layout,
        runs: impl Iterator<Item = (&'a Run, &'a Estimate<'a>)>,
        threads: Option<usize>,
    ) -> Self {
        let mut rates = Self { threads, seen: BTreeMap::new(), others: false };
        let mut looked: BTreeMap<Kind, usize> = BTreeMap::new();
        for (run, estimate) in runs {
            for stage in [Stage::Train, Stage::Score] {
                let kind = kind(&run.settings, stage);
                rates.others |= !rates.seen.contains_key(&kind);
                let looked = looked.entry(kind.clone()).or_default();
                if *looked < RUNS {
                    *looked += usize::from(rates.look(layout, run, estimate, stage, &kind));
                }
            }
        }
        let kinds: Vec<&Kind> = looked.keys().collect();
        rates.others = kinds.iter().any(|kind| !rates.seen.contains_key(*kind));
        rates
    }

    /// Looks at the last rounds of a run. Whether there were any.
    fn look(&mut self, layout: &Layout, run: &Run, estimate: &Estimate, stage: Stage, kind: &Kind) -> bool {
        let folder = layout.run(&run.cell, run.seed);
        let Some(last) = (0..=run.settings.rounds).rev().find(|&round| folder.has(stage.name(), round))
        else {
            return false;
        };
        for round in (0..=last).rev().take(ROUNDS as usize) {
            let task = Task { round, stage };
            // A damaged manifest is somebody else's business.
            let Ok(Some(manifest)) = Manifest::find(&task.folder(layout, run), stage.name()) else {
                continue;
            };
            let on_cpu = manifest.run.device == "cpu";
            let alike = match self.threads {
                Some(threads) => on_cpu && manifest.run.threads == threads,
                None => !on_cpu,
            };
            let multiplications = estimate.of_task(task).multiplications;
            if alike && multiplications > 0.0 {
                let (sum, seconds, number) = self.seen.entry(kind.clone()).or_default();
                *sum += multiplications;
                *seconds += manifest.run.seconds / manifest.group.max(1) as f64;
                *number += 1;
            }
        }
        true
    }

    /// Seconds of one worker for so many multiplications.
    pub(super) fn seconds(&self, settings: &Settings, stage: Stage, multiplications: f64) -> Option<f64> {
        if multiplications == 0.0 {
            return Some(0.0);
        }
        let seen = self.seen.get(&kind(settings, stage));
        let seen = seen.map(|(multiplications, seconds, _)| multiplications / seconds.max(1e-3));
        let elsewhere = || {
            let (network, precision) = of_stage(settings, stage);
            Some(measured(network, precision, stage)? * speedup(self.threads?)?)
        };
        Some(multiplications / seen.or_else(elsewhere)?)
    }

    /// Where they come from.
    pub(super) fn source(&self) -> String {
        let there: usize = self.seen.values().map(|(.., number)| number).sum();
        match (there, self.others) {
            (0, _) => "as fast as one core of 2023, see crates/bench/RESULTS.md".to_owned(),
            (there, false) => format!("as fast as {} that are there", count(there, "stage")),
            (there, true) => {
                format!(
                    "as fast as {} that are there, the rest as in crates/bench/RESULTS.md",
                    count(there, "stage")
                )
            }
        }
    }
}

fn of_stage(settings: &Settings, stage: Stage) -> (Architecture, Precision) {
    let precision = if stage == Stage::Score { settings.score.precision } else { settings.train.precision };
    (settings.train.network, precision)
}

fn kind(settings: &Settings, stage: Stage) -> Kind {
    (stage, format!("{:?}", of_stage(settings, stage)))
}

/// Two threads do what one does, one and a half times as fast (`workers` in RESULTS.md); of more nobody
/// knows.
fn speedup(threads: usize) -> Option<f64> {
    match threads {
        1 => Some(1.0),
        2 => Some(1.5),
        _ => None,
    }
}

/// Multiplications in a second of one core of 2023 with some networks, as `work` counts them: in trainings,
/// and in posterior samples where these were measured.
///
/// Of `gal_cnn` out of "The whole figure" in crates/bench/RESULTS.md, where two workers shared two cores.
/// Of the others out of "Other networks" in pipelines/README.md, where one worker had two threads: in
/// trainings a core did 1 / 1.6 of that with `gal_cnn`, in samples half.
const MEASURED: [(Architecture, Precision, f64, Option<f64>); 6] = [
    (Architecture::GalCnn, Precision::F32, 40e9, Some(49e9)),
    (Architecture::GalCnn, Precision::Bf16, 68e9, Some(86e9)),
    (Architecture::BatchbaldCnn, Precision::F32, 47e9, Some(54e9)),
    (Architecture::CifarCnn, Precision::F32, 37e9, Some(7e9)),
    (Architecture::Resnet18 { imagenet_stem: true }, Precision::F32, 40e9, Some(21e9)),
    (Architecture::TextCnn, Precision::F32, 22e9, None),
];

/// `None` for what nobody has measured.
fn measured(network: Architecture, precision: Precision, stage: Stage) -> Option<f64> {
    let row = MEASURED.into_iter().find(|row| (row.0, row.1) == (network, precision))?;
    if stage == Stage::Train { Some(row.2) } else { row.3 }
}
