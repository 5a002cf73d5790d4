//! The whole of `fig1`, extrapolated from every tenth of its rounds: how long it takes, where the time goes and what bfloat16
//! changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bal_artifact::{Manifest, MappedArray, read_table, write_file};
use bal_model::{Network, NetworkName};
use ndarray::Ix1;
use polars::prelude::DataType;

use crate::context::Context;
use crate::flop::Flop;
use crate::process::{pipeline, program_bal};
use crate::protocol::Answer;
use crate::results::{Entry, Fact, Floor, Rate, Row};
use crate::{Error, Result, bench};

const PIPELINE: &str = include_str!("../../../../pipelines/fig1.yaml");

/// Of `fig1`: functions, seeds, acquisitions and acquired points.
const FUNCTIONS: usize = 5;
const SEEDS: usize = 3;
const ROUNDS: usize = 100;
const ACQUIRED: usize = 1000;
/// Of its profile `cpu`: posterior samples of an evaluation.
const EVALUATION_SAMPLES: usize = 20;
/// Parts of stages that nothing can do without, and what is computed in them.
const HEAVY: [(&str, &str); 3] = [
    ("train, fit", "forward and backward"),
    ("train, evaluate", "of the test points, without what dropout leaves out"),
    ("score, sample", "of the pool subset, without what dropout leaves out"),
];

/// Test accuracies of a run `<cell>/seed-<s>`, round by round.
type Accuracies = BTreeMap<String, Vec<f64>>;

pub(crate) fn row(context: &Context) -> Result<Row> {
    let bal = program_bal()?;
    let folder = context.scratch("figure");
    let yaml = folder.join("fig1.yaml");
    write_file(&yaml, PIPELINE.as_bytes())?;
    let labels = context.data.join("test_labels.npy");
    let test_points = MappedArray::<i64, Ix1>::open("labels", &labels)?.view().len();
    let sizes = &context.sizes;
    let (rounds, batch, factor) = shortened(sizes.figure_rounds);
    let mut row = Row::default();
    let mut accuracies: Vec<Accuracies> = Vec::new();
    let mut headline = Vec::new();
    for (precision, rate, seeds) in
        [("f32", Rate::F32, SEEDS), ("bf16", Rate::Bf16, context.threads.min(SEEDS))]
    {
        let factor = factor * SEEDS as f64 / seeds as f64;
        let out = folder.join(precision);
        let settings = [
            format!("rounds={rounds}"),
            format!("select.batch={batch}"),
            format!("train.epochs={}", sizes.epochs),
            format!("train.evaluate.samples={EVALUATION_SAMPLES}"),
            format!("train.precision={precision}"),
            format!("score.precision={precision}"),
            format!("score.posterior.mc_dropout.samples={}", sizes.samples),
            format!("score.pool_subset={}", sizes.images),
        ];
        let seeds = format!("0..{seeds}");
        let mut more: Vec<String> = ["--profile", "cpu", "--seeds", &seeds].map(str::to_owned).into();
        more.extend(settings.into_iter().flat_map(|setting| ["--set".to_owned(), setting]));
        let seconds = pipeline(&bal, &yaml, &out, &context.data, context.threads, &more)?;
        let own = |what: &str, seconds: f64| {
            let answer = Answer { seconds: vec![seconds], version: bench::version(), ..Answer::default() };
            let case = format!("fig1, profile `cpu`, {} runs, {precision}{what}", FUNCTIONS * SEEDS);
            Entry { extrapolated: Some(factor), ..Entry::own(&case, answer) }
        };
        row.entries.push(own("", seconds));
        headline.push(format!("{:.1} h {precision}", factor * seconds / 3600.0));

        let stages = Stages::read(&out)?;
        let network = Network::new(NetworkName::GalCnn, &[1, 28, 28], 10)?;
        let operations =
            stages.operations(Flop::of(&network), (sizes.epochs, sizes.samples, sizes.images, test_points));
        for ((part, what), operations) in HEAVY.into_iter().zip(operations) {
            let core_seconds = stages.parts.get(part).copied().unwrap_or_default();
            let entry = own(&format!(": {part}"), core_seconds / context.threads as f64);
            let what = format!("{precision} product FLOP {what}");
            row.floors.push(Floor { case: entry.case.clone(), what, operations: factor * operations, rate });
            row.entries.push(entry);
        }
        row.facts.extend(stages.facts(precision, context.threads as f64 * seconds));
        accuracies.push(stages.accuracies);
    }
    if let [f32, bf16] = &accuracies[..] {
        row.facts.extend(differences(f32, bf16));
    }
    row.headline = format!("{} (extrapolated)", headline.join(", "));
    row.remarks.push(format!(
        "All {} runs of pipelines/fig1.yaml with profile `cpu`, {} workers with one thread each, and {batch} points acquired in each of \
         {rounds} rounds instead of {} in each of {ROUNDS}: every run is trained, evaluated and scored at {} of its {} numbers of labels, \
         spread over the whole range, with the same mean; in bf16 {} of {SEEDS} seeds, so that no worker is idle at the end. Times are multiplied accordingly. That counts scores and selections, which \
         a run has {rounds} of and not {}, {:.0} % too low, and the search for the weight decay, once per run, {factor:.0} times. The parts are wall-clock \
         time of all workers divided by their number.",
        FUNCTIONS * SEEDS,
        context.threads,
        ACQUIRED / ROUNDS,
        rounds + 1,
        ROUNDS + 1,
        context.threads.min(SEEDS),
        rounds + 1,
        100.0 * (1.0 - factor * rounds as f64 / ROUNDS as f64),
    ));
    row.remarks.push(
        "Accuracies of the two precisions differ by rounding in training and by the points that were then picked; the difference is averaged \
         over the rounds of a run, and its standard error is that over runs, of which those of one seed share their first round."
            .to_owned(),
    );
    Ok(row)
}

/// Acquisitions, their size, and how many times longer the whole takes: labels grow by the same in fewer steps.
fn shortened(rounds: usize) -> (usize, usize, f64) {
    // In the small size of a test only a few points are acquired.
    let batch = if rounds < ROUNDS / 20 { 1 } else { ACQUIRED / rounds };
    (rounds, batch, (ROUNDS + 1) as f64 / (rounds + 1) as f64)
}

/// What the manifests and metrics of all runs tell.
#[derive(Default)]
struct Stages {
    /// Seconds of all workers together, by stage and part.
    parts: BTreeMap<String, f64>,
    /// Labels of all trained networks together.
    labels: f64,
    trained: usize,
    /// Scorings that need a network; `random` does not.
    scorings: usize,
    accuracies: Accuracies,
}

impl Stages {
    fn read(out: &Path) -> Result<Self> {
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

    fn add_round(&mut self, run: &str, round: &Path) -> Result<()> {
        let file = round.join("train/metrics.parquet");
        let metrics = read_table("metrics", &file, &["labels", "test_accuracy"])?;
        let first = |name: &str| {
            let number = metrics.column(name).ok().and_then(|column| column.cast(&DataType::Float64).ok());
            number.and_then(|column| column.f64().ok()?.get(0)).unwrap_or(f64::NAN)
        };
        self.labels += first("labels");
        self.trained += 1;
        self.accuracies.entry(run.to_owned()).or_default().push(first("test_accuracy"));
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
    fn facts(&self, precision: &str, core_seconds: f64) -> Vec<Fact> {
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

    /// Operations of the parts of [`HEAVY`].
    fn operations(
        &self,
        flop: Flop,
        (epochs, samples, subset, test_points): (usize, usize, usize, usize),
    ) -> [f64; 3] {
        [
            self.labels * epochs as f64 * flop.training(),
            (self.trained * test_points) as f64 * flop.samples(EVALUATION_SAMPLES),
            (self.scorings * subset) as f64 * flop.samples(samples),
        ]
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

/// Test accuracy in bfloat16 minus that in f32, over runs.
fn differences(f32: &Accuracies, bf16: &Accuracies) -> Vec<Fact> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let differences: Vec<f64> =
        f32.iter().filter_map(|(run, f32)| Some(100.0 * (mean(bf16.get(run)?) - mean(f32)))).collect();
    let n = differences.len() as f64;
    let all = mean(&differences);
    let variance = differences.iter().map(|d| (d - all).powi(2)).sum::<f64>() / (n - 1.0);
    let fact = |what: &str, value: f64| Fact {
        what: format!("test accuracy, bf16 minus f32, mean of all rounds, {n} runs: {what}"),
        value,
        unit: "percentage points".to_owned(),
    };
    vec![fact("mean", all), fact("standard error", (variance / n).sqrt())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_rounds_spans_the_labels_of_the_whole() {
        let (rounds, batch, factor) = shortened(10);
        assert_eq!((rounds * batch, rounds + 1), (ACQUIRED, 11));
        assert!((factor - 101.0 / 11.0).abs() < 1e-12);
    }

    #[test]
    fn operations_are_those_of_the_protocol() {
        let flop = Flop::of(&Network::new(NetworkName::GalCnn, &[1, 28, 28], 10).unwrap());
        // One run of 101 rounds, 20 to 1,020 labels; peta-operations of a whole fig1 in brackets.
        let stages = Stages { labels: 101.0 * 520.0, trained: 101, scorings: 100, ..Stages::default() };
        let [fit, evaluate, sample] = stages.operations(flop, (50, 100, 2000, 10_000));
        assert!((15.0 * fit / 1e15 - 2.07).abs() < 0.05, "{fit}");
        assert!((15.0 * evaluate / 1e15 - 0.38).abs() < 0.03, "{evaluate}");
        assert!((15.0 * sample / 1e15 - 0.163).abs() < 0.01, "{sample}");
    }

    #[test]
    fn differences_are_those_of_runs() {
        let runs = |values: [[f64; 2]; 2]| -> Accuracies {
            [("a".to_owned(), values[0].to_vec()), ("b".to_owned(), values[1].to_vec())].into()
        };
        let facts = differences(&runs([[0.5, 0.7], [0.6, 0.8]]), &runs([[0.6, 0.8], [0.6, 0.8]]));
        assert!((facts[0].value - 5.0).abs() < 1e-9 && (facts[1].value - 5.0).abs() < 1e-9, "{facts:?}");
    }
}
