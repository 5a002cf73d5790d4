//! What has to be done: every task of every run, with the reason why it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bal_artifact::{Error as ArtifactError, Manifest};
use bal_model::Compute;
use bal_report::{LeftOut, Planned};
use serde_json::Value;

use crate::Error;
use crate::layout::Layout;
use crate::staleness::{self, Expected, Known, Reason, Stale};
use crate::sweep::RunSpec;
use crate::task::{Stage, Task, tasks};

/// The tasks of one run in order, each up to date (`None`) or with its reason.
#[derive(Clone, Debug)]
pub(crate) struct RunPlan {
    pub(crate) run: RunSpec,
    pub(crate) tasks: Vec<(Task, Option<Stale>)>,
}

impl RunPlan {
    /// The tasks that run.
    pub(crate) fn stale(&self) -> impl Iterator<Item = (&Task, &Stale)> {
        self.tasks.iter().filter_map(|(task, stale)| Some((task, stale.as_ref()?)))
    }
}

/// Looks at the artifacts of every run, that would be trained with this number of threads on a CPU. `data_changes`
/// says that the data set is about to be made (again).
pub(crate) fn plan(
    layout: &Layout,
    runs: &[RunSpec],
    threads: Option<usize>,
    force: Option<Stage>,
    data_changes: bool,
) -> Result<Vec<RunPlan>, Error> {
    let mut known = Known::default();
    runs.iter().map(|run| plan_run(layout, run, threads, force, data_changes, &mut known)).collect()
}

fn plan_run(
    layout: &Layout,
    run: &RunSpec,
    threads: Option<usize>,
    force: Option<Stage>,
    data_changes: bool,
    known: &mut Known,
) -> Result<RunPlan, Error> {
    let (order, method) = (tasks(run.pipeline.rounds), run.method());
    let mut stale: BTreeMap<Task, Stale> = BTreeMap::new();
    for &task in &order {
        let own = staleness::check(&expected(layout, run, task, threads), known)?;
        let forced = || (force == Some(task.stage)).then(|| Stale::new(Reason::Forced, ""));
        let source = || {
            task.reads(method)
                .into_iter()
                .find(|(source, _)| stale.contains_key(source))
                .map(|(source, _)| source)
        };
        let upstream =
            || source().map(|source| Stale::new(Reason::InputChanged, format!("{source} runs again")));
        let data = || data_changes.then(|| Stale::new(Reason::InputChanged, "the data set is made again"));
        // That a source runs again says more than which of its files is not there.
        let own = own.filter(|own| own.reason != Reason::InputChanged || source().is_none());
        if let Some(reason) = own.or_else(forced).or_else(upstream).or_else(data) {
            stale.insert(task, reason);
        }
    }
    // Backwards: what runs needs its inputs, and a pruned one has to be made again first.
    for &task in order.iter().rev().filter(|task| !stale.contains_key(task)).collect::<Vec<_>>() {
        let reader = |(source, file): &(Task, &'static str)| {
            *source == task && !layout.artifact(run, task).join(file).exists()
        };
        let needed = order.iter().filter(|reading| stale.contains_key(reading));
        let mut files = needed.flat_map(|reading| reading.reads(method)).filter(reader);
        if let Some((_, file)) = files.next() {
            stale.insert(
                task,
                Stale::new(Reason::Missing, format!("`{file}` was pruned and is needed again")),
            );
        }
    }
    let tasks = order.into_iter().map(|task| (task, stale.remove(&task))).collect();
    Ok(RunPlan { run: run.clone(), tasks })
}

/// The number of threads that a training's bytes depend on; on a GPU they do not.
pub(crate) fn training_threads(compute: &Compute) -> Option<usize> {
    (compute.device == "cpu").then_some(compute.threads)
}

/// What a task would write now, a training with this number of threads on a CPU.
pub(crate) fn expected(layout: &Layout, run: &RunSpec, task: Task, threads: Option<usize>) -> Expected {
    let mut sources: Vec<(PathBuf, &'static str)> = task
        .reads(run.method())
        .into_iter()
        .map(|(source, _)| (layout.artifact(run, source), source.stage.name()))
        .collect();
    sources.push((layout.data(&run.pipeline.prepare.dataset), "dataset"));
    Expected {
        folder: layout.artifact(run, task),
        stage: task.stage.name(),
        version: task.stage.version(),
        config: config(run, task.stage),
        seed: run.seed,
        round: task.round,
        threads: threads.filter(|_| task.stage == Stage::Train),
        sources: Some(sources),
        with_data: true,
        root: layout.root.clone(),
    }
}

/// Whether the report shows all runs as they are now, and nothing else.
pub(crate) fn report(
    layout: &Layout,
    runs: &[RunSpec],
    force: Option<Stage>,
) -> Result<Option<Stale>, Error> {
    let Some(first) = runs.first() else { return Ok(None) };
    let expected = Expected {
        folder: layout.report(),
        stage: Stage::Report.name(),
        version: Stage::Report.version(),
        config: config(first, Stage::Report),
        seed: 0,
        round: 0,
        threads: None,
        sources: None,
        with_data: true,
        root: layout.root.clone(),
    };
    match staleness::check(&expected, &mut Known::default()) {
        Ok(None) => {}
        Ok(stale) => return Ok(stale),
        // All that a report says stands in the runs.
        Err(Error::Artifact(ArtifactError::Corrupt { path, .. })) => {
            return Ok(Some(Stale::new(Reason::Incomplete, format!("`{}` is damaged", path.display()))));
        }
        Err(error) => return Err(error),
    }
    let metrics = |name: String, round: u64| format!("{name}/round-{round:03}/train/metrics.parquet");
    let rounds =
        |run: &RunSpec| (0..=run.pipeline.rounds).map(|round| metrics(run.name(), round)).collect::<Vec<_>>();
    let due: BTreeSet<String> = runs.iter().flat_map(rounds).collect();
    let manifest = Manifest::read(&expected.folder, expected.stage)?;
    let paths = manifest.inputs.values().map(|record| record.path.clone());
    let shown: BTreeSet<String> = paths.filter(|path| path.ends_with("/train/metrics.parquet")).collect();
    if let Some(path) = due.difference(&shown).next() {
        return Ok(Some(Stale::new(Reason::InputChanged, format!("`{path}` is not in it"))));
    }
    if let Some(path) = shown.difference(&due).next() {
        return Ok(Some(Stale::new(Reason::InputChanged, format!("`{path}` is in it"))));
    }
    Ok((force == Some(Stage::Report)).then(|| Stale::new(Reason::Forced, "")))
}

/// Runs and rounds that lie in the folder of the results and are none of these.
pub(crate) fn left_out(layout: &Layout, runs: &[RunSpec]) -> Result<Vec<LeftOut>, Error> {
    if !layout.root.is_dir() {
        return Ok(Vec::new());
    }
    let planned: Planned = runs.iter().map(|run| (run.cell.clone(), run.seed, run.pipeline.rounds)).collect();
    Ok(bal_report::outside(&layout.root, &planned)?)
}

/// The resolved configuration of a stage, as it stands in the manifest.
fn config(run: &RunSpec, stage: Stage) -> Value {
    let pipeline = &run.pipeline;
    let config = match stage {
        Stage::Split => serde_json::to_value(pipeline.prepare.split()),
        Stage::Train => serde_json::to_value(&pipeline.train),
        Stage::Score => serde_json::to_value(&pipeline.score),
        Stage::Select => serde_json::to_value(&pipeline.select),
        Stage::Report => serde_json::to_value(&pipeline.report),
    };
    config.expect("a configuration holds only strings, numbers and maps")
}
