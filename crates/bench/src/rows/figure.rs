//! The whole of `fig1`, extrapolated from every tenth of its rounds: how long it takes, where the time goes,
//! what bfloat16 changes.

use bal_artifact::{MappedArray, write_file};
use bal_model::{Architecture, InputForm, Network};
use ndarray::Ix1;

use crate::context::Context;
use crate::flop::Flop;
use crate::process::{pipeline, program_bal};
use crate::protocol::Answer;
use crate::results::{Entry, Fact, Floor, Rate, Row};
use crate::stages::{Accuracies, Stages};
use crate::{Result, bench};

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
    ("train, evaluate", "of the test points, one pass without dropout and per sample what it drops"),
    ("score, sample", "of the pool subset, one pass without dropout and per sample what it drops"),
];

pub(crate) fn row(context: &Context) -> Result<Row> {
    let bal = program_bal()?;
    let folder = context.scratch("figure");
    let yaml = folder.join("fig1.yaml");
    write_file(&yaml, PIPELINE.as_bytes())?;
    let labels = context.data.join("test_labels.npy");
    let test_points = MappedArray::<i64, Ix1>::open("labels", &labels)?.view().len();
    let sizes = &context.sizes;
    let rounds = sizes.figure_rounds;
    let (batch, factor) = shortened(rounds);
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
        let network = Network::new(Architecture::GalCnn, &InputForm::numbers(&[1, 28, 28]), 10)?;
        let operations =
            operations(&stages, Flop::of(&network), (sizes.epochs, sizes.samples, sizes.images, test_points));
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
         spread over the whole range, with the same mean; in bf16 with {} of the {SEEDS} seeds. Times are multiplied accordingly. That counts scores and selections of a run {:.0} times and not {ROUNDS}, and its search for the weight \
         decay {factor:.0} times and not once. The parts are wall-clock time of all workers divided by their number.",
        FUNCTIONS * SEEDS,
        context.threads,
        ACQUIRED / ROUNDS,
        rounds + 1,
        ROUNDS + 1,
        context.threads.min(SEEDS),
        factor * rounds as f64,
    ));
    row.remarks.push(
        "Accuracies of the two precisions differ by rounding in training and by the points that were then picked; the difference is averaged \
         over the rounds of a run, and its standard error is that over runs, of which those of one seed share their first round."
            .to_owned(),
    );
    Ok(row)
}

/// Points of an acquisition, and how many times longer the whole takes: as many labels in fewer rounds.
fn shortened(rounds: usize) -> (usize, f64) {
    // In the small size of a test only a few points are acquired.
    let batch = if rounds < ROUNDS / 20 { 1 } else { ACQUIRED / rounds };
    (batch, (ROUNDS + 1) as f64 / (rounds + 1) as f64)
}

/// Operations of the parts of [`HEAVY`].
fn operations(
    stages: &Stages,
    flop: Flop,
    (epochs, samples, subset, test_points): (usize, usize, usize, usize),
) -> [f64; 3] {
    [
        stages.labels * epochs as f64 * flop.training(),
        (stages.trained() * test_points) as f64 * flop.samples(EVALUATION_SAMPLES),
        (stages.scorings * subset) as f64 * flop.samples(samples),
    ]
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
        let (batch, factor) = shortened(10);
        assert_eq!(10 * batch, ACQUIRED);
        assert!((factor - 101.0 / 11.0).abs() < 1e-12);
    }

    #[test]
    fn operations_are_those_of_the_protocol() {
        let flop =
            Flop::of(&Network::new(Architecture::GalCnn, &InputForm::numbers(&[1, 28, 28]), 10).unwrap());
        // One run of 101 rounds, 20 to 1,020 labels; peta-operations of a whole fig1 in brackets.
        let stages = Stages {
            labels: 101.0 * 520.0,
            accuracies: [("bald/seed-0".to_owned(), vec![0.9; 101])].into(),
            scorings: 100,
            ..Stages::default()
        };
        let [fit, evaluate, sample] = operations(&stages, flop, (50, 100, 2000, 10_000));
        assert!((15.0 * fit / 1e15 - 2.07).abs() < 0.05, "{fit}");
        assert!((15.0 * evaluate / 1e15 - 0.303).abs() < 0.005, "{evaluate}");
        assert!((15.0 * sample / 1e15 - 0.09).abs() < 0.002, "{sample}");
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
