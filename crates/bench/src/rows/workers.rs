//! How a pipeline of several runs gains by workers, each with one thread.

use std::path::{Path, PathBuf};

use bal_artifact::write_file;

use crate::context::Context;
use crate::inputs::arguments;
use crate::process::program;
use crate::protocol::{Answer, timed};
use crate::results::{Curve, Entry, Row};
use crate::{Error, Result, bench};

/// Runs of the pipeline.
const RUNS: usize = 4;

pub(crate) fn row(context: &Context) -> Result<Row> {
    let Some(bal) = program_bal() else {
        let remarks = vec!["Not measured: there is no `bal` beside this program.".to_owned()];
        return Ok(Row { remarks, ..Row::default() });
    };
    let folder = context.scratch("workers");
    let pipeline = folder.join("workers.yaml");
    write_file(&pipeline, yaml(context).as_bytes())?;
    let mut row = Row::default();
    let mut points = Vec::new();
    let most = context.threads.min(RUNS);
    for jobs in (0..).map(|power| 1 << power).take_while(|&jobs: &usize| jobs <= most) {
        let mut seconds = Vec::new();
        for _ in 0..context.repetitions.min(2) {
            seconds.push(run_once(&bal, &pipeline, &folder.join("out"), &context.data, jobs)?);
        }
        let answer = Answer { seconds, version: bench::version(), ..Answer::default() };
        let entry = Entry::own(&format!("{RUNS} runs, {jobs} at a time"), answer);
        points.push((jobs as f64, entry.seconds().0));
        row.entries.push(entry);
    }
    if let [first, .., last] = points[..] {
        row.headline = format!("{:.2}× with {} workers", first.1 / last.1, last.0);
        let (what, axis) = ("pipeline".to_owned(), "workers".to_owned());
        row.curves.push(Curve { what, axis, fixed: format!("{RUNS} runs"), expected: -1.0, points });
    }
    Ok(row)
}

/// Wall-clock seconds of a whole pipeline that starts with nothing but the data set.
fn run_once(bal: &Path, pipeline: &Path, out: &Path, data: &Path, jobs: usize) -> Result<f64> {
    if out.exists() {
        fs_err::remove_dir_all(out).map_err(Error::io("remove", out))?;
    }
    let mut words = arguments(&["run", "--quiet", "--device", "cpu", "--jobs", &jobs.to_string()]);
    words.extend([pipeline.into(), "--out".into(), out.into()]);
    words.extend(["--data-dir".into(), data.parent().unwrap_or(Path::new(".")).into()]);
    let (seconds, ended) = timed(|| program(bal, &words));
    ended.map(|()| seconds)
}

/// `bal` of the same build.
fn program_bal() -> Option<PathBuf> {
    let bal = std::env::current_exe().ok()?.with_file_name("bal");
    bal.is_file().then_some(bal)
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
