//! What the machine can do, for the floors of the other rows.

use std::hint::black_box;

use bal_artifact::MappedArray;
use ndarray::Ix3;
use rayon::iter::ParallelIterator as _;
use rayon::slice::ParallelSlice as _;
use tch::{Device, Kind, Tensor, no_grad};

use crate::Result;
use crate::context::Context;
use crate::markdown::per_second;
use crate::process::own;
use crate::protocol::{Answer, Request, timed};
use crate::results::{Entry, Rate, Row};
use crate::rows::{Task, on_threads};

/// Numbers that one thread reads at a time: as f64 they fill 128 kB of cache.
const CHUNK: usize = 1 << 14;

pub(crate) fn row(context: &Context) -> Result<Row> {
    let inputs = context.inputs()?;
    let side = context.sizes.matrix;
    let mut entries = Vec::new();
    for precision in ["f32", "bf16"] {
        let request = Request::new(context).option("side", side).option("precision", precision);
        let case = format!("product of two {side} × {side} matrices, {precision}");
        entries.push(
            Entry::own(&case, own(Task::Product, &request)?).with_work(2.0 * (side as f64).powi(3), "FLOP"),
        );
    }
    let numbers = MappedArray::<f32, Ix3>::open("predictions", &inputs.probs)?.view().len() as f64;
    for (logarithm, case, work, unit) in [
        (false, "the pool's predictions, summed", 4.0 * numbers, "B"),
        (true, "the pool's predictions, one f64 logarithm each by libtorch, summed", numbers, "numbers"),
    ] {
        let request = Request::new(context).option("logarithm", logarithm).input("probs", &inputs.probs);
        entries.push(Entry::own(case, own(Task::Read, &request)?).with_work(work, unit));
    }
    let headline = entries.iter().map(|entry| {
        let (items, unit) = entry.work.as_ref().map_or((0.0, ""), |(items, unit)| (*items, unit.as_str()));
        per_second(items / entry.seconds().0, unit)
    });
    Ok(Row { headline: headline.collect::<Vec<_>>().join(", "), entries, ..Row::default() })
}

/// Items per second of a kind of work, from the row above.
pub(crate) fn rate(row: &Row, rate: Rate) -> Option<f64> {
    let entry = row.entries.get(match rate {
        Rate::F32 => 0,
        Rate::Bf16 => 1,
        Rate::Read => 2,
        Rate::ReadAndLog => 3,
    })?;
    let (_, shortest, _) = entry.seconds(); // a floor is what the machine can do at best
    Some(entry.work.as_ref()?.0 / shortest)
}

/// `bal`'s side: libtorch's product of square matrices.
pub(crate) fn product(request: &Request) -> Result<Answer> {
    tch::set_num_threads(request.threads as i32);
    let side = request.count("side") as i64;
    let kind = if request.word("precision") == "bf16" { Kind::BFloat16 } else { Kind::Float };
    let matrix = || Tensor::rand([side, side], (Kind::Float, Device::Cpu)).to_kind(kind);
    let (a, b) = (matrix(), matrix());
    let seconds = request.measure(|_| Ok(timed(|| no_grad(|| black_box(a.matmul(&b)))).0))?;
    Ok(Answer { seconds, ..Answer::default() })
}

/// `bal`'s side: one pass over predictions in memory.
pub(crate) fn read(request: &Request) -> Result<Answer> {
    let probs = bal_artifact::read_array::<f32, Ix3>("predictions", request.path("probs"))?;
    let values = probs.as_slice().unwrap_or_default();
    let logarithm = request.options.get("logarithm") == Some(&true.into());
    tch::set_num_threads(1); // of libtorch, in each of the threads here
    let sum = || -> f64 {
        let chunks = values.par_chunks(CHUNK);
        if logarithm { chunks.map(sum_of_logarithms).sum() } else { chunks.map(sum_in_lanes).sum() }
    };
    let seconds = on_threads(request, || request.measure(|_| Ok(timed(|| black_box(sum())).0)))??;
    Ok(Answer { seconds, ..Answer::default() })
}

/// libtorch's logarithm, which uses the processor's vector instructions.
fn sum_of_logarithms(values: &[f32]) -> f64 {
    let values = Tensor::from_slice(values).to_kind(Kind::Double);
    (values + f64::from(f32::MIN_POSITIVE)).log_().sum(Kind::Double).double_value(&[])
}

/// A sum that waits for memory and not for the addition before.
fn sum_in_lanes(values: &[f32]) -> f64 {
    let mut lanes = [0f32; 32];
    for chunk in values.chunks_exact(lanes.len()) {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().map(|&lane| f64::from(lane)).sum()
}
