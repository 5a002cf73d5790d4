//! Cells of a Gaussian field: its predictions and its picks, by plain elimination on raw inputs.

use bal_artifact::{file, read_array, read_labels};
use ndarray::{Array2, Axis, Ix4, concatenate};

use super::experiment::{Acquisition, Experiment, Round, Run};

/// How far f32 inputs and another way to solve may take a number.
const CLOSE: f64 = 1e-6;

pub(crate) fn check(experiment: &Experiment) {
    for run in &experiment.runs {
        if run.config("train")["network"] == "gaussian_field" {
            run.rounds.iter().for_each(|round| check_quality(run, round));
        }
    }
    check_same_picks(experiment);
}

/// Pixels / 255 of these rows of a half, [N, D].
fn pixels(run: &Run, half: &str, rows: &[usize]) -> Array2<f64> {
    let images = read_array::<u8, Ix4>("inputs", &run.data.join(half)).unwrap();
    let chosen = images.select(Axis(0), rows).mapv(|pixel| f64::from(pixel) / 255.0);
    let numbers = chosen.len() / rows.len();
    chosen.into_shape_with_order((rows.len(), numbers)).unwrap()
}

fn rows(ids: &[i64]) -> Vec<usize> {
    ids.iter().map(|&id| id as usize).collect()
}

/// `W_ij = exp(−‖x_i − x_j‖²/σ²)`, 0 on the diagonal.
fn weights(inputs: &Array2<f64>, sigma: f64) -> Array2<f64> {
    let n = inputs.nrows();
    Array2::from_shape_fn((n, n), |(i, j)| {
        let difference = &inputs.row(i) - &inputs.row(j);
        if i == j { 0.0 } else { (-difference.dot(&difference) / (sigma * sigma)).exp() }
    })
}

/// f of the nodes in `open`, each the weighted mean of its neighbours; all others have their value in `known`.
fn harmonic(weights: &Array2<f64>, known: &[f64], open: &[usize]) -> Vec<f64> {
    let n = open.len();
    let is_open: Vec<Option<usize>> =
        (0..known.len()).map(|node| open.iter().position(|&other| other == node)).collect();
    let mut system: Array2<f64> = Array2::zeros((n, n + 1));
    for (row, &i) in open.iter().enumerate() {
        for (j, place) in is_open.iter().enumerate() {
            system[[row, row]] += weights[[i, j]];
            match place {
                Some(column) => system[[row, *column]] -= weights[[i, j]],
                None => system[[row, n]] += weights[[i, j]] * known[j],
            }
        }
    }
    for pivot in 0..n {
        for row in pivot + 1..n {
            let factor = system[[row, pivot]] / system[[pivot, pivot]];
            for column in pivot..=n {
                system[[row, column]] -= factor * system[[pivot, column]];
            }
        }
    }
    let mut f = vec![0.0; n];
    for row in (0..n).rev() {
        let settled: f64 = (row + 1..n).map(|column| system[[row, column]] * f[column]).sum();
        f[row] = (system[[row, n]] - settled) / system[[row, row]];
    }
    f
}

/// Accuracy, NLL and Brier score of the field's own prediction of the test half.
fn check_quality(run: &Run, round: &Round) {
    let labelled = &round.labels.labelled;
    let pool: Vec<i64> = run.pool.iter().copied().filter(|id| !labelled.contains(id)).collect();
    let labels = read_labels(&run.data, file::TEST_LABELS, 2).unwrap();
    let test: Vec<usize> = (0..labels.len()).collect();
    let inputs = concatenate![
        Axis(0),
        pixels(run, file::TRAIN_INPUTS, &rows(labelled)),
        pixels(run, file::TRAIN_INPUTS, &rows(&pool)),
        pixels(run, file::TEST_INPUTS, &test)
    ];
    let sigma = run.config("train")["sigma"].as_f64().unwrap();
    let mut known: Vec<f64> = round.labels.labels.iter().map(|&label| label as f64).collect();
    known.resize(inputs.nrows(), 0.0);
    let open: Vec<usize> = (labelled.len()..inputs.nrows()).collect();
    let f = harmonic(&weights(&inputs, sigma), &known, &open);
    let mut expected = [0.0; 3];
    for (f, &label) in f[pool.len()..].iter().zip(&labels) {
        let right = if label == 1 { *f } else { 1.0 - f };
        let of_point = [f64::from(u8::from(right > 0.5)), -right.ln(), 2.0 * (1.0 - right).powi(2)];
        expected.iter_mut().zip(of_point).for_each(|(sum, value)| *sum += value / labels.len() as f64);
    }
    let found = [round.metrics.test.accuracy, round.metrics.test.nll, round.metrics.test.brier];
    for (found, expected) in found.into_iter().zip(expected) {
        assert!((found - expected).abs() < CLOSE, "{}: {found:?}, not {expected:?}", run.name());
    }
    assert_eq!((round.metrics.epochs, round.metrics.train_loss), (0, None), "nothing is fitted");
}

/// Each pick has the smallest expected risk, when the field is solved again for each label of each point.
pub(crate) fn check_picks(run: &Run, round: &Round, acquisition: &Acquisition) {
    assert_eq!(run.config("score")["features_of"], "inputs", "{}: features of a network", run.name());
    let labelled = &round.labels.labelled;
    let nodes = [acquisition.scores.ids.as_slice(), labelled].concat();
    let sigma = run.config("select")["sigma"].as_f64().unwrap();
    let weights = weights(&pixels(run, file::TRAIN_INPUTS, &rows(&nodes)), sigma);
    let mut open: Vec<usize> = (0..acquisition.scores.ids.len()).collect();
    let mut known = vec![0.0; open.len()];
    known.extend(round.labels.labels.iter().map(|&label| label as f64));
    let f = harmonic(&weights, &known, &open);
    known[..f.len()].copy_from_slice(&f);
    let risk = |known: &[f64], open: &[usize], k: usize, label: f64| -> f64 {
        let mut known = known.to_vec();
        known[k] = label;
        let rest: Vec<usize> = open.iter().copied().filter(|&node| node != k).collect();
        harmonic(&weights, &known, &rest).into_iter().map(|f| f.min(1.0 - f)).sum()
    };
    for (rank, (&id, &gain)) in acquisition.selected.ids.iter().zip(&acquisition.selected.gains).enumerate() {
        let expected = |&k: &usize| {
            let f = known[k];
            (1.0 - f) * risk(&known, &open, k, 0.0) + f * risk(&known, &open, k, 1.0)
        };
        let pick = nodes.iter().position(|&node| node == id).unwrap();
        let smallest = open.iter().map(expected).fold(f64::INFINITY, f64::min);
        let of_pick = expected(&pick);
        let name = run.name();
        assert!((gain - of_pick).abs() < CLOSE, "{name}: pick {rank} has the risk {gain}, not {of_pick}");
        assert!(of_pick < smallest + CLOSE, "{name}: pick {rank} has the risk {of_pick}, not {smallest}");
        // Its label is not known yet: it counts as settled at its expected value.
        open.retain(|&node| node != pick);
    }
}

/// Picks on raw inputs depend on no network: a network beside the field is trained on the field's picks.
fn check_same_picks(experiment: &Experiment) {
    let on_inputs = |run: &&Run| run.config("score")["features_of"] == "inputs";
    let runs: Vec<&Run> = experiment.runs.iter().filter(on_inputs).collect();
    for (at, run) in runs.iter().enumerate() {
        let alike = |other: &&&Run| {
            (run.seed, run.config("select"), &run.pool) == (other.seed, other.config("select"), &other.pool)
        };
        for other in runs[..at].iter().filter(alike) {
            let labelled = |run: &Run| run.rounds.last().unwrap().labels.labelled.clone();
            assert_eq!(labelled(run), labelled(other), "picks of {} and {}", run.name(), other.name());
        }
    }
    let networks: std::collections::BTreeSet<String> =
        runs.iter().map(|run| run.config("train")["network"].to_string()).collect();
    assert!(runs.is_empty() || networks.len() > 1, "only {networks:?} is trained on picks from inputs");
}
