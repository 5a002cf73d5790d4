//! Predictions made elsewhere: an array of any values, through the checks and all scores of `bal-score`.

#![no_main]

use bal_acquisition::{AcquisitionFunction as Function, Form, Predictions, Targets, top_k};
use bal_artifact::MappedFloats;
use bal_fuzz::{file, within};
use libfuzzer_sys::fuzz_target;
use ndarray::{ArrayView3, Axis, Ix3};

/// What the first bytes of the input choose.
struct Choice {
    form: Form,
    double: bool,
    /// Bytes are weights that are divided by their sum in each row, not values.
    normalised: bool,
    shape: [usize; 3],
}

fuzz_target!(init: on_this_thread(), |bytes: &[u8]| {
    let Some((&[flags, n, k, c], values)) = bytes.split_first_chunk() else { return };
    let choice = Choice {
        form: if flags & 1 == 0 { Form::Probs } else { Form::LogProbs },
        double: flags & 2 == 0,
        normalised: flags & 4 == 0,
        shape: [n, k, c].map(|length| usize::from(length % 9)),
    };
    let path = file(&npy(&choice, values));
    within(1 << 22, || match MappedFloats::<Ix3>::open("predictions", path).expect("a valid file") {
        MappedFloats::F32(mapped) => check(choice.form, &mapped.view()),
        MappedFloats::F64(mapped) => check(choice.form, &mapped.view()),
    });
});

/// Scores are computed here and now: handing a few numbers to another thread and back takes longer than they do.
fn on_this_thread() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    pool.build_global().expect("nothing was computed before");
}

fn check<A: Copy + Into<f64> + Sync>(form: Form, values: &ArrayView3<'_, A>) {
    let predictions = match form {
        Form::Probs => Predictions::from_probs(*values),
        Form::LogProbs => Predictions::from_log_probs(*values),
    };
    let (points, samples, classes) = values.dim();
    let Ok(predictions) = predictions else {
        assert!(points == 0 || samples == 0 || classes < 2);
        return;
    };
    let functions: Vec<Function> = Function::ALL
        .into_iter()
        .filter(|function| function.needs_predictions() && !function.needs_targets())
        .collect();
    let scores = match (predictions.normalise(), predictions.score(&functions)) {
        (Ok(probs), Ok(scores)) => {
            for row in probs.probs_N_K_C().rows() {
                assert!(
                    (row.sum() - 1.0).abs() < 1e-9 && row.iter().all(|p| (0.0..=1.0).contains(p)),
                    "{row}"
                );
            }
            scores
        }
        (Err(error), Err(other)) => return assert_eq!(error.to_string(), other.to_string()),
        (normalised, scores) => panic!("{:?} but {:?}", normalised.err(), scores.err()),
    };
    for (column, function) in scores.axis_iter(Axis(1)).zip(&functions) {
        let most = (classes as f64).ln().max(1.0) + 1e-9;
        let legal = column.iter().all(|score| score.is_finite() && score.abs() <= most);
        assert!(legal, "{function}: {column}");
        assert_eq!(top_k(&column.to_vec(), points).expect("all of the points").len(), points);
    }
    let targets = Targets::new(&predictions).expect("they were scored");
    let epig = predictions.score_with_targets(&[Function::Epig], &targets).expect("they were scored");
    assert!(epig.iter().all(|score| score.is_finite() && *score >= 0.0), "{epig}");
}

/// A `.npy` file with the chosen shape; what `values` lacks is 0.
fn npy(choice: &Choice, values: &[u8]) -> Vec<u8> {
    let Choice { form, double, normalised, shape: [n, k, c] } = *choice;
    let width = if double { 8 } else { 4 };
    let mut header = format!("{{'descr': '<f{width}', 'fortran_order': False, 'shape': ({n}, {k}, {c}), }}");
    header = format!("{header:117}\n");
    let mut bytes = [&b"\x93NUMPY\x01\x00"[..], &[118, 0], header.as_bytes()].concat();
    let count = n * k * c;
    if !normalised {
        bytes.extend(values.iter().copied().chain(std::iter::repeat(0)).take(count * width));
        return bytes;
    }
    let weights: Vec<f64> =
        values.iter().copied().chain(std::iter::repeat(1)).take(count).map(f64::from).collect();
    for row in weights.chunks(c.max(1)) {
        let sum = row.iter().sum::<f64>();
        for weight in row {
            let p = if sum > 0.0 { weight / sum } else { 1.0 / c as f64 };
            let value = if form == Form::Probs { p } else { p.ln() };
            if double {
                bytes.extend(value.to_le_bytes());
            } else {
                bytes.extend((value as f32).to_le_bytes());
            }
        }
    }
    bytes
}
