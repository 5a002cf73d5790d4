//! How costs grow with N, K, C and b, everything else fixed.

use std::hint::black_box;
use std::num::NonZeroUsize;

use bal_acquisition::{AcquisitionFunction, Draw, Predictions, batch_bald, k_bald};
use serde_json::Value;

use crate::Result;
use crate::context::Context;
use crate::inputs::spread_predictions;
use crate::process::own;
use crate::protocol::{Answer, Request, timed};
use crate::results::{Curve, Row, spread};
use crate::rows::{Task, on_threads};

/// Letters of the sizes, in the order of [`crate::context::Sizes::scaling`].
const AXES: [&str; 4] = ["N", "K", "C", "b"];
/// What is measured, and the power of each size in the cost that its formula has; single scores have no b.
const COSTS: [(&str, [Option<f64>; 4]); 3] = [
    ("bald", [Some(1.0), Some(1.0), Some(1.0), None]),
    ("k_bald", [Some(1.0), Some(1.0), Some(2.0), Some(1.0)]),
    ("batch_bald", [Some(1.0), Some(1.0), Some(1.0), Some(1.0)]),
];

/// Most joint configurations: so few that most picks of a batch have as many. With all C^b of them, cost
/// would not be a power of a size.
const NUM_SAMPLES: usize = 1000;

pub(crate) fn row(context: &Context) -> Result<Row> {
    let num_samples = context.sizes.num_samples.min(NUM_SAMPLES);
    let base = context.sizes.scaling;
    // Sizes that a curve does not vary are in the middle of their range: no fixed cost hides another.
    let middle = base.map(|size| size << (context.sizes.doublings / 2));
    let mut row = Row::default();
    for (what, orders) in COSTS {
        for (axis, order) in orders.iter().enumerate() {
            let Some(expected) = *order else { continue };
            let mut request = Request::new(context).option("what", what).option("num_samples", num_samples);
            for (letter, size) in AXES.iter().zip(middle) {
                request = request.option(letter, size);
            }
            let sizes: Vec<usize> =
                (0..=context.sizes.doublings).map(|doubling| base[axis] << doubling).collect();
            let request = request.option("axis", AXES[axis]).option("sizes", sizes.clone());
            let medians = own(Task::Curve, &request)?.seconds;
            let points: Vec<(f64, f64)> = sizes.iter().map(|&size| size as f64).zip(medians).collect();
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
        "Made predictions as spread as those of a network trained on few labels; M = {num_samples}. The expected slopes are those of the \
         formulas for all points. The batch methods compute only points that can still win: their slopes lie below where a larger size \
         leaves out more of them, and above where it leaves out fewer.",
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

/// `bal`'s side: a whole curve. Answers with the median seconds of each size.
pub(crate) fn side(request: &Request) -> Result<Answer> {
    let sizes = request.options.get("sizes").and_then(Value::as_array).into_iter().flatten();
    let seconds =
        on_threads(request, || sizes.map(|size| median_seconds(request, size)).collect::<Result<_>>())??;
    Ok(Answer { seconds, ..Answer::default() })
}

/// One size along the curve's axis.
fn median_seconds(request: &Request, size: &Value) -> Result<f64> {
    let mut request = request.clone();
    let axis = request.word("axis").to_owned();
    request.options.insert(axis, size.clone());
    let log_probs_N_K_C = spread_predictions((request.count("N"), request.count("K"), request.count("C")));
    let predictions = Predictions::from_log_probs(log_probs_N_K_C.view())?;
    let b = request.count("b");
    let num_samples = NonZeroUsize::new(request.count("num_samples")).unwrap_or(NonZeroUsize::MIN);
    let seconds = request.measure(|_| {
        let (seconds, done) = timed(|| match request.word("what") {
            "bald" => predictions.score(&[AcquisitionFunction::Bald]).map(|scores| drop(black_box(scores))),
            "k_bald" => k_bald(&predictions, b, 2).map(|batch| drop(black_box(batch))),
            _ => {
                batch_bald(&predictions, b, num_samples, Draw::new(0, 0)).map(|batch| drop(black_box(batch)))
            }
        });
        done?;
        Ok(seconds)
    })?;
    Ok(spread(&seconds).0)
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
