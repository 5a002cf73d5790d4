//! What a pipeline of several runs gains by workers of one thread each, and by threads of one worker.

use bal_artifact::write_file;

use crate::context::Context;
use crate::process::{pipeline, program_bal};
use crate::protocol::Answer;
use crate::results::{Curve, Entry, Row};
use crate::{Result, bench};

/// Runs of the pipeline.
const RUNS: usize = 4;

pub(crate) fn row(context: &Context) -> Result<Row> {
    let bal = program_bal()?;
    let folder = context.scratch("workers");
    let file = folder.join("workers.yaml");
    write_file(&file, yaml(context).as_bytes())?;
    let mut row = Row::default();
    let mut points = Vec::new();
    let most = context.threads.min(RUNS);
    let mut measure = |jobs: usize, threads: usize| -> Result<f64> {
        let more = ["--threads".to_owned(), threads.to_string()];
        let mut seconds = Vec::new();
        for _ in 0..context.repetitions.min(2) {
            seconds.push(pipeline(&bal, &file, &folder.join("out"), &context.data, jobs, &more)?);
        }
        let answer = Answer { seconds, version: bench::version(), ..Answer::default() };
        let threads_each = if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
        row.entries.push(Entry::own(&format!("{RUNS} runs, {jobs} at a time, {threads_each} each"), answer));
        Ok(row.entries.last().map_or(f64::NAN, |entry| entry.seconds().0))
    };
    for jobs in (0..).map(|power| 1 << power).take_while(|&jobs: &usize| jobs <= most) {
        points.push((jobs as f64, measure(jobs, 1)?));
    }
    if most > 1 {
        measure(1, most)?;
    }
    if let [first, .., last] = points[..] {
        row.headline = format!("{:.2}× with {} workers", first.1 / last.1, last.0);
        let (what, axis) = ("pipeline".to_owned(), "workers".to_owned());
        row.curves.push(Curve { what, axis, fixed: format!("{RUNS} runs"), expected: -1.0, points });
    }
    Ok(row)
}

fn yaml(context: &Context) -> String {
    let (epochs, samples) = (context.sizes.epochs, context.sizes.samples);
    let subset = context.sizes.images;
    format!(
        "name: workers\n\
         prepare: {{dataset: mnist, initial_per_class: 2, validation: 100}}\n\
         train: {{network: gal_cnn, epochs: {epochs}, batch_size: 128, optimizer: {{adam: {{learning_rate: 1e-3}}}}, \
         weight_decay: {{fixed: 1e-3}}, evaluate: {{samples: 10}}}}\n\
         score: {{posterior: {{mc_dropout: {{samples: {samples}}}}}, acquisition: bald, pool_subset: {subset}}}\n\
         select: {{method: top_k, batch: 10}}\n\
         rounds: 2\n\
         sweep: {{seed: [0, 1, 2, 3]}}\n"
    )
}
