//! k_bald with k = 2: large batches. No package offers it.

use bal_artifact::MappedArray;
use ndarray::Ix3;

use crate::Result;
use crate::context::Context;
use crate::process::own;
use crate::protocol::Request;
use crate::results::{Entry, Row};
use crate::rows::Task;

pub(crate) fn row(context: &Context) -> Result<Row> {
    let inputs = context.inputs()?;
    let batch = context.sizes.large_batch;
    let (N, K, C) = MappedArray::<f32, Ix3>::open("predictions", &inputs.log_probs)?.view().dim();
    let mut row = Row::default();
    for (kind, path) in [("trained", &inputs.log_probs), ("independent Dirichlet", &inputs.dirichlet)] {
        let request = Request::new(context)
            .input("predictions", path)
            .input("out", &context.scratch("k_bald").join("picks.npy"))
            .option("method", "k_bald")
            .option("batch", batch)
            .option("points", N);
        let case = format!("{kind} predictions [{N}, {K}, {C}], b = {batch}");
        row.entries.push(Entry::own(&case, own(Task::Batch, &request)?));
    }
    let seconds: Vec<String> =
        row.entries.iter().map(|entry| format!("{:.2} s", entry.seconds().0)).collect();
    row.headline = format!("{} (worst case {})", seconds[0], seconds[1]);
    row.remarks.push(
        "Golden values and the plain loop that it is tested against are in crates/acquisition.".to_owned(),
    );
    Ok(row)
}
