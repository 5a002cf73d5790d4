//! The whole of `fig1`, from every tenth of its rounds: how long it takes, where the time goes and what bfloat16 changes.

use std::collections::BTreeMap;
use std::path::Path;

use bal_artifact::{Manifest, read_table, write_file};
use bal_model::{Network, NetworkName};

use crate::context::Context;
use crate::flop::Flop;
use crate::process::{pipeline, program_bal};
use crate::protocol::Answer;
use crate::results::{Entry, Fact, Floor, Rate, Row};
use crate::{Result, bench};

const PIPELINE: &str = include_str!("../../../../pipelines/fig1.yaml");

/// Of `fig1`: seeds, acquisitions, and acquired points.
const SEEDS: usize = 3;
const ROUNDS: usize = 100;
const ACQUIRED: usize = 1000;
/// Of its profile `cpu`: posterior samples of an evaluation.
const EVALUATION_SAMPLES: usize = 20;
/// Of MNIST.
const TEST_POINTS: usize = 10_000;

/// `<cell>/seed-<s>/round-<r>` → test accuracy.
type Accuracies = BTreeMap<String, f64>;

pub(crate) fn row(context: &Context) -> Result<Row> {
    let Some(bal) = program_bal() else {
        let remarks = vec!["Not measured: there is no `bal` beside this program.".to_owned()];
        return Ok(Row { remarks, ..Row::default() });
    };
    let folder = context.scratch("figure");
    let yaml = folder.join("fig1.yaml");
    write_file(&yaml, PIPELINE.as_bytes())?;
    let sizes = &context.sizes;
    let rounds = sizes.figure_rounds;
    // Labels grow by the same in fewer steps, so that the mean number of labels is that of the whole.
    let batch = if rounds < ROUNDS / 20 { 1 } else { ACQUIRED / rounds };
    // One seed for each worker: then none is idle at the end.
    let seeds = context.threads;
    let factor = (SEEDS * (ROUNDS + 1)) as f64 / (seeds * (rounds + 1)) as f64;
    let mut row = Row::default();
    let mut accuracies: Vec<Accuracies> = Vec::new();
    let mut headline = Vec::new();
    for (precision, rate) in [("f32", Rate::F32), ("bf16", Rate::Bf16)] {
        let out = folder.join(precision);
        let settings = [
            format!("rounds={rounds}"),
            format!("select.batch={batch}"),
            format!("train.epochs={}", sizes.epochs),
            format!("train.precision={precision}"),
            format!("score.precision={precision}"),
            format!("score.posterior.mc_dropout.samples={}", sizes.samples),
            format!("score.pool_subset={}", sizes.images),
        ];
        let seeds = format!("0..{seeds}");
        let mut more: Vec<String> = ["--profile", "cpu", "--seeds", &seeds].map(str::to_owned).into();
        more.extend(settings.into_iter().flat_map(|setting| ["--set".to_owned(), setting]));
        let seconds = pipeline(&bal, &yaml, &out, &context.data, context.threads, &more)?;
        let answer = Answer { seconds: vec![seconds], version: bench::version(), ..Answer::default() };
        let case = format!("fig1, all {} runs, {precision}", 5 * SEEDS);
        row.entries.push(Entry { extrapolated: Some(factor), ..Entry::own(&case, answer) });
        headline.push(format!("{:.1} h {precision}", factor * seconds / 3600.0));

        let stages = Stages::read(&out)?;
        row.facts.extend(stages.facts(precision, factor, context.threads as f64 * seconds));
        row.floors.push(Floor {
            case,
            what: format!("{precision} product FLOP of training, evaluation and scoring"),
            operations: factor * stages.operations(sizes.epochs, sizes.samples)?,
            rate,
        });
        accuracies.push(test_accuracies(&out)?);
    }
    if let [f32, bf16] = &accuracies[..] {
        row.facts.extend(differences(f32, bf16));
    }
    row.headline = headline.join(", ");
    row.remarks.push(format!(
        "Profile `cpu` of pipelines/fig1.yaml with {seeds} seeds, as many workers with one thread each, and {batch} points acquired in each of \
         {rounds} rounds instead of {} in each of {ROUNDS}: every function is trained, evaluated and scored at {} of its {} numbers of labels, spread over the whole \
         range, with the same mean. Seconds are multiplied by {factor:.1}, which counts the search for the weight decay, once per run, \
         nine times too often. Accuracies of the two precisions differ by rounding in training and by the points that were then picked.",
        ACQUIRED / ROUNDS,
        rounds + 1,
        ROUNDS + 1,
    ));
    Ok(row)
}

/// What the manifests of all runs tell.
#[derive(Default)]
struct Stages {
    /// Core-seconds by stage and part.
    parts: BTreeMap<String, f64>,
    /// Labels of all trained networks together.
    labels: f64,
    trained: usize,
    scored_points: f64,
}

impl Stages {
    fn read(out: &Path) -> Result<Self> {
        let mut stages = Self::default();
        for stage in ["train", "score", "select"] {
            for folder in round_folders(out, stage) {
                let run = Manifest::read(&folder, stage)?.run;
                let mut rest = run.seconds;
                for (part, seconds) in &run.timings {
                    *stages.parts.entry(format!("{stage}, {part}")).or_default() +=
                        seconds * run.threads as f64;
                    rest -= seconds;
                }
                *stages.parts.entry(format!("{stage}, rest")).or_default() += rest * run.threads as f64;
                match stage {
                    "train" => {
                        let metrics = read_table("metrics", &folder.join("metrics.parquet"), &["labels"])?;
                        let labels =
                            metrics.column("labels").ok().and_then(|column| column.i64().ok()?.get(0));
                        stages.labels += labels.unwrap_or_default() as f64;
                        stages.trained += 1;
                    }
                    "score" => {
                        let scores = read_table("scores", &folder.join("scores.parquet"), &[])?;
                        // `random` scores without a network.
                        let is_random = scores.column("random").is_ok();
                        stages.scored_points += if is_random { 0.0 } else { scores.height() as f64 };
                    }
                    _ => {}
                }
            }
        }
        Ok(stages)
    }

    /// Core-minutes of the whole figure by part, the largest first; what is too small to matter is left out.
    fn facts(&self, precision: &str, factor: f64, core_seconds: f64) -> Vec<Fact> {
        let inside: f64 = self.parts.values().sum();
        let mut parts: Vec<(&str, f64)> =
            self.parts.iter().map(|(what, seconds)| (what.as_str(), *seconds)).collect();
        parts.push(("outside of stages", core_seconds - inside));
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        parts.retain(|(_, seconds)| *seconds >= 1e-3 * core_seconds);
        let fact = |(what, seconds): (&str, f64)| Fact {
            what: format!("{precision}: {what} ({:.1} %)", 100.0 * seconds / core_seconds),
            value: factor * seconds / 60.0,
            unit: "core-min".to_owned(),
        };
        parts.into_iter().map(fact).collect()
    }

    /// Operations that training, evaluation and scoring cannot do without.
    fn operations(&self, epochs: usize, samples: usize) -> Result<f64> {
        let flop = Flop::of(&Network::new(NetworkName::GalCnn, &[1, 28, 28], 10)?);
        Ok(self.labels * epochs as f64 * flop.training()
            + (self.trained * TEST_POINTS) as f64 * flop.samples(EVALUATION_SAMPLES)
            + self.scored_points * flop.samples(samples))
    }
}

/// `<out>/<cell>/seed-<s>/round-<r>/<stage>`, in order.
fn round_folders(out: &Path, stage: &str) -> Vec<std::path::PathBuf> {
    let inside = |folder: &Path| -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        folders.sort();
        folders
    };
    let runs = inside(out).into_iter().flat_map(|cell| inside(&cell));
    let rounds = runs.flat_map(|run| inside(&run));
    rounds.map(|round| round.join(stage)).filter(|folder| folder.is_dir()).collect()
}

fn test_accuracies(out: &Path) -> Result<Accuracies> {
    let mut accuracies = Accuracies::new();
    for folder in round_folders(out, "train") {
        let metrics = read_table("metrics", &folder.join("metrics.parquet"), &["test_accuracy"])?;
        let accuracy = metrics.column("test_accuracy").ok().and_then(|column| column.f64().ok()?.get(0));
        let round = folder.strip_prefix(out).unwrap_or(&folder).display().to_string();
        accuracies.insert(round, accuracy.unwrap_or(f64::NAN));
    }
    Ok(accuracies)
}

/// Test accuracy in bfloat16 minus that in f32, at equal function and number of labels.
fn differences(f32: &Accuracies, bf16: &Accuracies) -> Vec<Fact> {
    let differences: Vec<f64> =
        f32.iter().filter_map(|(round, accuracy)| Some(100.0 * (bf16.get(round)? - accuracy))).collect();
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let fact = |what: &str, value: f64| Fact {
        what: format!("test accuracy, bf16 minus f32, {} trained networks: {what}", differences.len()),
        value,
        unit: "percentage points".to_owned(),
    };
    vec![fact("mean", mean), fact("standard error", (variance / n).sqrt())]
}
