//! BatchBALD on the predictions of a network trained on few labels, against batchbald_redux.

use std::num::NonZeroUsize;
use std::path::Path;

use bal_acquisition::{Draw, JointBatch, Predictions, batch_bald, k_bald};
use bal_artifact::{MappedArray, read_array};
use ndarray::{Array1, Array3, Axis, Ix1, Ix3, s};

use crate::compare::{exact_joint_information, joint_information};
use crate::context::Context;
use crate::inputs::write_npy;
use crate::process::{own, peer};
use crate::protocol::{Answer, Request, timed};
use crate::results::{Entry, Fact, Row};
use crate::rows::{Task, on_threads};
use crate::{Error, Result};

/// Joint labels by which both batches are judged.
const DRAWS: usize = 20_000;
/// Allowed difference of exact informations of the same number of first picks, in nats.
const CLOSE: f64 = 1e-3;

pub(crate) fn row(context: &Context) -> Result<Row> {
    let inputs = context.inputs()?;
    let (batch, num_samples) = (context.sizes.batch, context.sizes.num_samples);
    let (N, K, C) = MappedArray::<f32, Ix3>::open("predictions", &inputs.log_probs)?.view().dim();
    let folder = context.scratch("batch_bald");
    let case =
        |kind: &str, n: usize| format!("{kind} predictions [{n}, {K}, {C}], b = {batch}, M = {num_samples}");
    let own_side = |path: &Path, points: usize| {
        let request = Request::new(context)
            .input("predictions", path)
            .input("out", &folder.join("bal.npy"))
            .option("method", "batch_bald")
            .option("batch", batch)
            .option("num_samples", num_samples)
            .option("points", points);
        Ok::<_, Error>((own(Task::Batch, &request)?, read_array::<i64, Ix1>("picks", request.path("out"))?))
    };
    let mut row = Row::default();
    let (answer, mut picks) = own_side(&inputs.log_probs, N)?;
    let trained = case("trained", N);
    row.facts.push(memory("bal", &answer, N * K * C));
    row.entries.push(Entry::own(&trained, answer));

    let points = context.peer_points.unwrap_or(N).min(N);
    let request = Request::new(context)
        .once()
        .input("log_probs", &inputs.log_probs)
        .input("out", &folder.join("peer.npy"))
        .option("batch", batch)
        .option("num_samples", num_samples)
        .option("points", points);
    tracing::info!("batchbald_redux on {points} points: this may take many minutes");
    if let Some(answer) = peer(context, "batch_bald.py", &request)? {
        if points < N {
            picks = own_side(&inputs.log_probs, points)?.1;
            row.remarks.push(format!(
                "batchbald_redux was run on {points} points and its time multiplied: it is linear in N."
            ));
        }
        let theirs = read_array::<i64, Ix1>("picks", request.path("out"))?;
        row.checks = compare(&inputs.log_probs, &picks, &theirs, num_samples)?;
        row.facts.push(memory("batchbald_redux", &answer, points * K * C));
        let extrapolated = (points < N).then_some(N as f64 / points as f64);
        row.entries.push(Entry { extrapolated, ..Entry::peer(&trained, answer) });
    }
    row.entries.push(Entry::own(&case("independent Dirichlet", N), own_side(&inputs.dirichlet, N)?.0));
    row.headline = row.ratios().first().map(|(_, ratio)| format!("{ratio:.0}×")).unwrap_or_default();
    row.remarks.push(
        "Both draw joint labels once there are more than M of them, each its own: the batches are judged by one estimator. \
         batchbald_redux runs once, cold, and in f64. Peak memory counts mapped pages of the file."
            .to_owned(),
    );
    Ok(row)
}

fn memory(who: &str, answer: &Answer, numbers: usize) -> Fact {
    let beyond = answer.peak_memory_bytes as f64 - 4.0 * numbers as f64;
    Fact {
        what: format!("{who}: peak memory beyond the predictions"),
        value: beyond / 1e6,
        unit: "MB".to_owned(),
    }
}

/// The first picks must be worth the same exactly, and bal's whole batch no less than the peer's.
fn compare(
    log_probs: &Path,
    own: &Array1<i64>,
    peer: &Array1<i64>,
    num_samples: usize,
) -> Result<Vec<String>> {
    let predictions = MappedArray::<f32, Ix3>::open("predictions", log_probs)?;
    let view = predictions.view();
    let of = |picks: &Array1<i64>| -> Array3<f32> {
        view.select(Axis(0), &picks.iter().map(|&row| row as usize).collect::<Vec<_>>())
    };
    let (ours, theirs) = (of(own), of(peer));
    let differ = |what: String, expected: String, found: String| Err(Error::Differ { what, expected, found });
    let mut checks = Vec::new();
    let exact = (1..=own.len()).take_while(|&b| view.len_of(Axis(2)).pow(b as u32) <= num_samples).count();
    for b in 1..=exact.min(own.len()) {
        let information = |batch: &Array3<f32>| exact_joint_information(&batch.slice(s![..b, .., ..]));
        let (ours, theirs) = (information(&ours), information(&theirs));
        if (ours - theirs).abs() > CLOSE {
            let what = format!("exact informations of the first {b} picks");
            return differ(what, format!("{theirs:.5} ± {CLOSE}"), format!("{ours:.5}"));
        }
        checks
            .push(format!("first {b}: exact joint information {ours:.5} nats, batchbald_redux {theirs:.5}"));
    }
    let same = own.iter().zip(peer).take_while(|(a, b)| a == b).count();
    checks.push(format!("the first {same} of {} picks are the same points", own.len()));
    let (ours, theirs) = (joint_information(&ours, DRAWS), joint_information(&theirs, DRAWS));
    let slack = 3.0 * ours.error.hypot(theirs.error);
    let found = format!(
        "{:.4} ± {:.4} nats, batchbald_redux {:.4} ± {:.4}",
        ours.mean, ours.error, theirs.mean, theirs.error
    );
    if ours.mean < theirs.mean - slack {
        return differ(
            "joint informations of the batches".to_owned(),
            format!("at least {:.4}", theirs.mean - slack),
            found,
        );
    }
    checks.push(format!("joint information of the batch by {DRAWS} drawn labels: {found}"));
    Ok(checks)
}

/// `bal`'s side of every joint batch.
pub(crate) fn side(request: &Request) -> Result<Answer> {
    let mapped = MappedArray::<f32, Ix3>::open("predictions", request.path("predictions"))?;
    let view = mapped.view();
    let view = view.slice(s![..request.count("points"), .., ..]);
    let predictions = Predictions::from_log_probs(view)?;
    let mut picks = Vec::new();
    let seconds = on_threads(request, || {
        request.measure(|_| {
            let (seconds, batch) = timed(|| pick(request, &predictions));
            picks = batch?.picks.iter().map(|pick| pick.row as i64).collect();
            Ok(seconds)
        })
    })??;
    write_npy(request.path("out"), &Array1::from(picks))?;
    Ok(Answer { seconds, ..Answer::default() })
}

/// The batch of the method that the request names.
fn pick(request: &Request, predictions: &Predictions<'_, f32>) -> bal_acquisition::Result<JointBatch> {
    let b = request.count("batch");
    if request.word("method") == "k_bald" {
        return k_bald(predictions, b, 2);
    }
    let num_samples = NonZeroUsize::new(request.count("num_samples")).unwrap_or(NonZeroUsize::MIN);
    batch_bald(predictions, b, num_samples, Draw::new(0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::spread_predictions;

    #[test]
    fn a_poorer_batch_is_not_taken_for_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log_probs.npy");
        let log_probs = spread_predictions((200, 10, 4));
        write_npy(&path, &log_probs).unwrap();
        let predictions = Predictions::from_log_probs(log_probs.view()).unwrap();
        let batch = batch_bald(&predictions, 4, NonZeroUsize::new(64).unwrap(), Draw::new(0, 0)).unwrap();
        let good: Array1<i64> = batch.picks.iter().map(|pick| pick.row as i64).collect();
        let checks = compare(&path, &good, &good, 64).unwrap();
        assert_eq!(
            checks.len(),
            5,
            "three exact prefixes, the number of equal picks, the whole batch: {checks:?}"
        );
        let poor = Array1::from_iter((0..200).filter(|row| !good.iter().any(|pick| pick == row)).take(4));
        assert!(compare(&path, &poor, &good, 64).is_err());
    }
}
