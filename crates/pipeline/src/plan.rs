//! What has to be done: every task of every run, with the reason why it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bal_artifact::{
    DatasetDetails, Error as ArtifactError, Layout, Manifest, RunFolder, file, run_name, to_json,
};
use bal_model::Compute;
use serde_json::Value;

use crate::Error;
use crate::call::labelling;
use crate::reason::{Reason, Stale};
use crate::staleness::{self, Expected, Input, Inputs, Known};
use crate::sweep::Run;
use crate::task::{From, Stage, Task, tasks};

/// The tasks of one run in order, each up to date (`None`) or with its reason.
#[derive(Clone, Debug)]
pub(crate) struct RunPlan {
    pub(crate) run: Run,
    pub(crate) tasks: Vec<(Task, Option<Stale>)>,
}

impl RunPlan {
    /// The tasks that run.
    pub(crate) fn stale(&self) -> impl Iterator<Item = (&Task, &Stale)> {
        self.tasks.iter().filter_map(|(task, stale)| Some((task, stale.as_ref()?)))
    }
}

/// Looks at the artifacts of every run, that would be trained with this number of threads on a CPU.
/// `data_changes` says that the data set is about to be made (again).
pub(crate) fn plan(
    layout: &Layout,
    runs: &[Run],
    threads: Option<usize>,
    force: Option<Stage>,
    data_changes: bool,
) -> Result<Vec<RunPlan>, Error> {
    let mut known = Known::default();
    let of_run = |run| {
        bal_cli::check_interrupt()?;
        plan_run(layout, run, threads, force, data_changes, &mut known)
    };
    runs.iter().map(of_run).collect()
}

fn plan_run(
    layout: &Layout,
    run: &Run,
    threads: Option<usize>,
    force: Option<Stage>,
    data_changes: bool,
    known: &mut Known,
) -> Result<RunPlan, Error> {
    let (order, uses) = (tasks(run.settings.rounds), run.settings.uses());
    let mut stale: BTreeMap<Task, Stale> = BTreeMap::new();
    // Labels that are looked up again and come out the same: nothing after them runs again.
    let mut unchanged: BTreeSet<Task> = BTreeSet::new();
    for &task in &order {
        let own = staleness::check(&expected(layout, run, task, threads), known)?;
        let forced = || (force == Some(task.stage)).then(|| Stale::new(Reason::Forced, ""));
        let source = || {
            let mut sources = task.reads_of_tasks(uses).map(|(source, _)| source);
            sources.find(|source| stale.contains_key(source) && !unchanged.contains(source))
        };
        let upstream =
            || source().map(|source| Stale::new(Reason::InputChanged, format!("{source} runs again")));
        let reads_data = task.reads(uses).iter().any(|read| read.from == From::Data);
        let data = || {
            (data_changes && reads_data)
                .then(|| Stale::new(Reason::InputChanged, "the data set is made again"))
        };
        // That a source runs again says more than which of its files is not there.
        let own = own.filter(|own| own.reason != Reason::InputChanged || source().is_none());
        let same_labels =
            source().is_none() && own.as_ref().is_some_and(|own| same_labels(layout, run, task, own));
        let reason = own.or_else(forced).or_else(upstream).or_else(data);
        stale.extend(reason.map(|reason| (task, reason)));
        unchanged.extend(same_labels.then_some(task));
    }
    // Backwards: what runs needs its inputs, and a pruned one has to be made again first.
    for &task in order.iter().rev().filter(|task| !stale.contains_key(task)).collect::<Vec<_>>() {
        let reader = |(source, file): &(Task, &'static str)| {
            *source == task && !task.folder(layout, run).join(file).exists()
        };
        let needed = order.iter().filter(|reading| stale.contains_key(reading));
        let mut files = needed.flat_map(|reading| reading.reads_of_tasks(uses)).filter(reader);
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

/// Whether labels are looked up again because of a changed data set, and come out as they are.
fn same_labels(layout: &Layout, run: &Run, task: Task, stale: &Stale) -> bool {
    let labels = || labelling(layout, run, task.round);
    task.stage == Stage::Label
        && stale.reason == Reason::InputChanged
        // What cannot be looked up is said by the stage itself.
        && bal_label::is_unchanged(&run.settings.label, &labels()).unwrap_or(false)
}

/// The number of threads that a training's bytes depend on; on a GPU they do not.
pub(crate) fn training_threads(compute: &Compute) -> Option<usize> {
    (compute.device == "cpu").then_some(compute.threads)
}

/// What a task would write now, a training with this number of threads on a CPU.
pub(crate) fn expected(layout: &Layout, run: &Run, task: Task, threads: Option<usize>) -> Expected {
    let input = |from: From, file| match from {
        From::DataOnce => Input::AsItWas,
        From::Data => Input::Of { folder: layout.data(&run.settings.dataset), kind: "dataset", file },
        From::Task(task) => Input::Of { folder: task.folder(layout, run), kind: task.stage.name(), file },
    };
    let reads = task.reads(run.settings.uses()).into_iter();
    Expected {
        folder: task.folder(layout, run),
        stage: task.stage.name(),
        version: task.stage.version(),
        config: config(run, task.stage),
        seed: run.seed,
        round: task.round,
        threads: threads.filter(|_| task.stage == Stage::Train),
        inputs: Inputs::Known(reads.map(|read| (read.role, input(read.from, read.file))).collect()),
        root: layout.root.clone(),
    }
}

/// As [`expected`], without a look at the data set.
pub(crate) fn expected_of_any_data(
    layout: &Layout,
    run: &Run,
    task: Task,
    threads: Option<usize>,
) -> Expected {
    let mut expected = expected(layout, run, task, threads);
    if let Inputs::Known(inputs) = &mut expected.inputs {
        let of_data = |input: &Input| matches!(input, Input::Of { kind: "dataset", .. });
        inputs.values_mut().filter(|input| of_data(input)).for_each(|input| *input = Input::AsItWas);
    }
    expected
}

/// Whether the report shows all runs as they are now, and nothing else.
pub(crate) fn report(layout: &Layout, runs: &[Run], force: Option<Stage>) -> Result<Option<Stale>, Error> {
    let Some(first) = runs.first() else { return Ok(None) };
    let expected = Expected {
        folder: layout.report(),
        stage: Stage::Report.name(),
        version: Stage::Report.version(),
        config: config(first, Stage::Report),
        seed: 0,
        round: 0,
        threads: None,
        inputs: Inputs::OfReport { data: data_sets(layout, runs)? },
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
    let metrics = |run: &Run, round| {
        format!("{}/{}", RunFolder::role(&run_name(&run.cell, run.seed), "train", round), file::METRICS)
    };
    let rounds = |run: &Run| (0..=run.settings.rounds).map(|round| metrics(run, round)).collect::<Vec<_>>();
    let due: BTreeSet<String> = runs.iter().flat_map(rounds).collect();
    let manifest = Manifest::read(&expected.folder, expected.stage)?;
    let of_train = format!("/train/{}", file::METRICS);
    let shown: BTreeSet<String> =
        manifest.inputs.into_keys().filter(|role| role.ends_with(&of_train)).collect();
    if let Some(path) = due.difference(&shown).next() {
        return Ok(Some(Stale::new(Reason::InputChanged, format!("`{path}` is not in it"))));
    }
    if let Some(path) = shown.difference(&due).next() {
        return Ok(Some(Stale::new(Reason::InputChanged, format!("`{path}` is in it"))));
    }
    Ok((force == Some(Stage::Report)).then(|| Stale::new(Reason::Forced, "")))
}

/// Folders of the data sets of these runs by their keys, as far as they are there.
fn data_sets(layout: &Layout, runs: &[Run]) -> Result<BTreeMap<String, PathBuf>, Error> {
    let names: BTreeSet<&str> = runs.iter().map(|run| run.settings.dataset.as_str()).collect();
    let mut folders = BTreeMap::new();
    for folder in names.into_iter().map(|name| layout.data(name)) {
        if let Some(manifest) = Manifest::find(&folder, "dataset")? {
            let details = DatasetDetails::of(manifest.clone(), &folder)?;
            folders.insert(details.key(&manifest), folder);
        }
    }
    Ok(folders)
}

/// Runs and rounds that lie in the folder of the results and are none of these.
pub(crate) fn left_out(layout: &Layout, runs: &[Run]) -> Result<Vec<String>, Error> {
    if !layout.root.is_dir() {
        return Ok(Vec::new());
    }
    let rounds: BTreeMap<(&str, u64), u64> =
        runs.iter().map(|run| ((run.cell.as_str(), run.seed), run.settings.rounds)).collect();
    Ok(bal_report::outside(&layout.root, |cell, seed| rounds.get(&(cell, seed)).copied())?)
}

/// The resolved configuration of a stage, as it stands in the manifest.
fn config(run: &Run, stage: Stage) -> Value {
    let settings = &run.settings;
    match stage {
        Stage::Split => to_json(&settings.split),
        Stage::Label => to_json(&settings.label),
        Stage::Train => to_json(&settings.train),
        Stage::Score => to_json(&settings.score),
        Stage::Select => to_json(&settings.select),
        Stage::Report => to_json(&settings.report),
    }
}
