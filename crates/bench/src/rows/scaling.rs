//! How costs grow with N, K, C and b, everything else fixed.

use std::hint::black_box;

use bal_acquisition::{AcquisitionFunction, Predictions};
use serde_json::Value;

use crate::Result;
use crate::context::Context;
use crate::inputs::spread_predictions;
use crate::process::own;
use crate::protocol::{Answer, Request, timed};
use crate::results::{Curve, Row, spread};
use crate::rows::batch_bald::pick;
use crate::rows::{Task, on_threads};

/// Letters of the sizes, in the order of [`crate::context::Sizes::scaling`].
const AXES: [&str; 4] = ["N", "K", "C", "b"];
/// What is measured, and the power of each size in its cost: one less than the formula where the work of a batch is
/// counted per pool point that can still win, and none in b for single scores.
const COSTS: [(&str, [Option<f64>; 4]); 3] = [
    ("bald", [Some(1.0), Some(1.0), Some(1.0), None]),
    ("k_bald", [Some(1.0), Some(1.0), Some(2.0), Some(1.0)]),
    ("batch_bald", [Some(1.0), Some(1.0), Some(1.0), Some(1.0)]),
];

pub(crate) fn row(context: &Context) -> Result<Row> {
    let base = context.sizes.scaling;
    // Sizes that a curve does not vary stand in the middle of their range, so that no cost is hidden by a fixed one.
    let middle = base.map(|size| size << (context.sizes.doublings / 2));
    let mut row = Row::default();
    for (what, orders) in COSTS {
        for (axis, order) in orders.iter().enumerate() {
            let Some(expected) = *order else { continue };
            let mut points = Vec::new();
            for doubling in 0..=context.sizes.doublings {
                let mut sizes = middle;
                sizes[axis] = base[axis] << doubling;
                let mut request = Request::new(context).option("what", what).option("method", what);
                for (letter, size) in AXES.iter().zip(sizes) {
                    request = request.option(letter, size);
                }
                let request =
                    request.option("batch", sizes[3]).option("num_samples", context.sizes.num_samples);
                let answer = own(Task::Size, &request)?;
                points.push((sizes[axis] as f64, spread(&answer.seconds).0));
            }
            let others = (0..AXES.len()).filter(|&other| other != axis && orders[other].is_some());
            let fixed: Vec<String> =
                others.map(|other| format!("{} = {}", AXES[other], middle[other])).collect();
            let (what, axis) = (what.to_owned(), AXES[axis].to_owned());
            tracing::info!("{what} over {axis}: slope {:.2}", slope(&points));
            row.curves.push(Curve { what, axis, fixed: fixed.join(", "), expected, points });
        }
    }
    let steepest = row
        .curves
        .iter()
        .map(|curve| slope(&curve.points) - curve.expected)
        .fold(f64::NEG_INFINITY, f64::max);
    row.headline = format!("slopes at most {steepest:+.2} from the expected ones");
    row.remarks.push(format!(
        "Made predictions as spread as those of a network trained on few labels; M = {}. The batch methods compute only points that can \
         still win, so that their slopes may lie below those of the formulas; batch_bald is exact while C^b ≤ M.",
        context.sizes.num_samples
    ));
    Ok(row)
}

/// Slope of the least-squares line in log-log.
pub(crate) fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let (x, y) = logs.iter().fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x / n, sy + y / n));
    let (xy, xx) =
        logs.iter().fold((0.0, 0.0), |(xy, xx), (a, b)| (xy + (a - x) * (b - y), xx + (a - x).powi(2)));
    xy / xx
}

/// `bal`'s side: one size.
pub(crate) fn side(request: &Request) -> Result<Answer> {
    let size = |letter: &str| request.options.get(letter).and_then(Value::as_u64).unwrap_or(1) as usize;
    on_threads(request, || {
        let log_probs_N_K_C = spread_predictions((size("N"), size("K"), size("C")));
        let predictions = Predictions::from_log_probs(log_probs_N_K_C.view())?;
        let seconds = request.measure(|_| {
            if request.word("what") == "bald" {
                let (seconds, scores) = timed(|| black_box(predictions.score(&[AcquisitionFunction::Bald])));
                scores?;
                return Ok(seconds);
            }
            let (seconds, batch) = timed(|| black_box(pick(request, &predictions)));
            batch?;
            Ok(seconds)
        })?;
        Ok(Answer { seconds, ..Answer::default() })
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slope_is_the_exponent() {
        let points: Vec<(f64, f64)> =
            [1.0, 2.0, 4.0, 8.0f64].iter().map(|&x| (x, 3.0 * x.powf(1.5))).collect();
        assert!((slope(&points) - 1.5).abs() < 1e-12);
    }
}
