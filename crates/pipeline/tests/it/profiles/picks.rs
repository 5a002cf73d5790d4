//! Scores against kept predictions, and batches against scores and predictions: all by plain definitions.

use bal_artifact::tables::Selected;
use ndarray::{Array3, ArrayView2, Axis};
use serde_json::Value;

use super::experiment::{Acquisition, Experiment, Round, Run};
use super::{field, plain};

/// How far sums in another order may take a number; the predictions are those that were kept, to the last bit.
const CLOSE: f64 = 1e-9;

/// Joint labels that are written out at most.
const MOST_LABELS: f64 = 10_000.0;

pub(crate) fn check(experiment: &Experiment) {
    for run in &experiment.runs {
        for (round, acquisition) in run.acquisitions() {
            check_posterior(run, acquisition);
            check_scores(run, acquisition);
            check_picks(run, round, acquisition);
        }
    }
}

/// K is the number of samples, E times that where every member of an ensemble draws as many.
fn check_posterior(run: &Run, acquisition: &Acquisition) {
    let Some(probs) = &acquisition.probs else { return };
    let members = run.config("train")["members"].as_u64().unwrap_or(1);
    let posterior = &run.config("score")["posterior"];
    let samples = match posterior {
        Value::String(name) if name == "deterministic" => 1,
        Value::String(name) if name == "deep_ensemble" => members,
        posterior => {
            let (kind, settings) = posterior.as_object().unwrap().iter().next().unwrap();
            let masks = settings["samples"].as_u64().unwrap();
            if kind == "ensemble_mc_dropout" { masks * members } else { masks }
        }
    };
    let expected = (acquisition.scores.ids.len(), samples as usize, run.details.classes.len());
    assert_eq!(probs.dim(), expected, "{}: points, samples, classes", run.name());
}

fn check_scores(run: &Run, acquisition: &Acquisition) {
    for (name, scores) in &acquisition.scores.columns {
        if name == "random" {
            assert!(scores.iter().all(|score| (0.0..1.0).contains(score)), "{}", run.name());
            continue;
        }
        let probs = acquisition.probs.as_ref().unwrap();
        for (row, (&score, p)) in scores.iter().zip(probs.outer_iter()).enumerate() {
            let Some(expected) = plain::score(name, p) else { panic!("no plain `{name}` to compare with") };
            let off = (score - expected).abs();
            // A vote between two classes that are as good as equal may fall either way.
            let votes = name == "variation_ratios" && is_close_call(&p);
            assert!(off < CLOSE || votes, "{}: `{name}` of row {row} is {score}, not {expected}", run.name());
        }
    }
}

fn is_close_call(p: &ArrayView2<f64>) -> bool {
    p.outer_iter().any(|of_sample| {
        let mut sorted = of_sample.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        sorted[0] - sorted[1] < CLOSE
    })
}

fn check_picks(run: &Run, round: &Round, acquisition: &Acquisition) {
    let Acquisition { scores, probs, selected } = acquisition;
    let (select, name) = (run.config("select"), run.name());
    let rows: Vec<usize> =
        selected.ids.iter().map(|id| scores.ids.iter().position(|other| other == id).unwrap()).collect();
    let column = run.picked_by().map(|column| scores.column(&column).unwrap());
    let probs = || probs.as_ref().unwrap();
    match (select["method"].as_str().unwrap(), column) {
        ("top_k", Some(column)) => {
            let mut order: Vec<usize> = (0..column.len()).collect();
            // Stable: of equal scores the earlier row goes first.
            order.sort_by(|&a, &b| column[b].total_cmp(&column[a]));
            assert_eq!(rows, order[..rows.len()], "{name}: the largest scores");
            check_gains(&name, selected, |rank| column[rows[rank]]);
        }
        ("power" | "softmax" | "softrank", Some(column)) => {
            check_gains(&name, selected, |rank| column[rows[rank]]);
        }
        ("k_bald", _) => check_pairwise(&name, probs(), &rows, selected, 1.0, true),
        ("large_batch_bald", _) => check_pairwise(&name, probs(), &rows, selected, 2.0, true),
        ("power_large_batch_bald", _) => check_pairwise(&name, probs(), &rows, selected, 2.0, false),
        ("batch_bald", _) => check_batch_bald(&name, probs(), &rows, selected),
        ("minimum_bayes_risk", _) => field::check_picks(run, round, acquisition),
        (method, _) => panic!("no plain `{method}` to compare with"),
    }
}

/// Whether every pick gained what it should have.
fn check_gains(name: &str, selected: &Selected, expected: impl Fn(usize) -> f64) {
    for (rank, &gain) in selected.gains.iter().enumerate() {
        check_gain(name, rank, gain, expected(rank));
    }
}

fn check_gain(name: &str, rank: usize, gain: f64, expected: f64) {
    assert!((gain - expected).abs() < CLOSE, "{name}: gain {gain} of pick {rank}, not {expected}");
}

/// BALD_n − penalty · Σ I(y_n; y_j) of every pick, and whether no point had more where picks are `greedy`.
fn check_pairwise(
    name: &str,
    probs: &Array3<f64>,
    rows: &[usize],
    selected: &Selected,
    penalty: f64,
    greedy: bool,
) {
    let mut gains: Vec<f64> = probs.outer_iter().map(plain::bald).collect();
    for (rank, &row) in rows.iter().enumerate() {
        check_gain(name, rank, selected.gains[rank], gains[row]);
        let best = gains.iter().copied().fold(f64::MIN, f64::max);
        assert!(!greedy || gains[row] > best - CLOSE, "{name}: pick {rank} gains {}, not {best}", gains[row]);
        let picked = probs.index_axis(Axis(0), row);
        for (gain, point) in gains.iter_mut().zip(probs.outer_iter()) {
            *gain -= penalty * plain::shared(point, picked);
        }
        gains[row] = f64::MIN;
    }
}

/// The increase of the joint information by every pick, as long as all joint labels can be written out.
fn check_batch_bald(name: &str, probs: &Array3<f64>, rows: &[usize], selected: &Selected) {
    let classes = probs.len_of(Axis(2)) as f64;
    let point = |row: usize| probs.index_axis(Axis(0), row);
    let mut batch: Vec<ArrayView2<f64>> = Vec::new();
    let mut information = 0.0;
    for (rank, &row) in rows.iter().enumerate() {
        // One more label: those of the candidate.
        if classes.powi(rank as i32 + 1) > MOST_LABELS {
            break;
        }
        let of = |row: usize| plain::joint_information(&[batch.as_slice(), &[point(row)]].concat());
        let gain = of(row) - information;
        check_gain(name, rank, selected.gains[rank], gain);
        // A plain search of all points is slow: it is made for the first two picks.
        if rank < 2 {
            let others = (0..probs.len_of(Axis(0))).filter(|other| !rows[..rank].contains(other));
            let best = others.map(of).fold(f64::MIN, f64::max) - information;
            assert!(gain > best - CLOSE, "{name}: pick {rank} gains {gain}, not {best}");
        }
        batch.push(point(row));
        information += gain;
    }
    let samples = probs.len_of(Axis(1)) as f64;
    let joint = selected.joint_mi.as_ref().unwrap();
    assert!(joint.iter().all(|joint| *joint < samples.ln() + CLOSE), "{name}: at most log K");
}
