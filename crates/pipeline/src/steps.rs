//! The plan as commands that depend on files of one another, for any other engine.
//!
//! A step's output is a manifest, because an artifact exists if and only if its manifest does; its inputs
//! are the manifests of the artifacts it reads. Nothing is pruned, so that no engine ever misses a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bal_artifact::{file, manifest_name};
use bal_prepare::dataset;
use bal_settings::command_line;
use serde::Serialize;

use crate::call::{Call, report};
use crate::experiment::Experiment;
use crate::sweep::Run;
use crate::task::{Stage, Task, tasks};

/// Version of the JSON. Fields may be added to it; one that goes or means something else raises it.
const FORMAT: u32 = 1;

/// One command.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Step {
    /// `dataset`, `pipeline`, or a stage of `bal`.
    pub(crate) stage: &'static str,
    /// `<cell>/seed-<s>`, if it is a step of a run.
    pub(crate) run: Option<String>,
    /// Its round; a split has none.
    pub(crate) round: Option<u64>,
    /// Files that have to be there, and older than the output.
    pub(crate) inputs: Vec<PathBuf>,
    /// Files that have to be there, and may be newer: what was made of them stays as it is.
    pub(crate) after: Vec<PathBuf>,
    /// The file whose presence says that it is done.
    pub(crate) output: PathBuf,
    /// The words after `bal`.
    pub(crate) command: Vec<String>,
    /// Flags of the machine that may be added to the words.
    pub(crate) takes: &'static [&'static str],
    /// Whether the output is what the command prints, and not written by itself.
    pub(crate) prints: bool,
}

/// All steps, each after those that it depends on; the last one makes the report. `resolve` is the command
/// that prints the resolved pipeline.
pub(crate) fn steps(experiment: &Experiment, resolve: Vec<String>) -> Vec<Step> {
    let Experiment { layout, runs, .. } = experiment;
    let bare = |stage, output| Step {
        stage,
        run: None,
        round: None,
        inputs: Vec::new(),
        after: Vec::new(),
        output,
        command: Vec::new(),
        takes: &[],
        prints: false,
    };
    let mut steps = Vec::new();
    let sets: BTreeMap<&str, &dataset::Config> =
        runs.iter().map(|run| (run.settings.dataset.as_str(), &run.settings.view)).collect();
    for (name, view) in sets.iter().filter(|(_, view)| dataset::NAMES.contains(&view.dataset.as_str())) {
        let out = layout.data(name);
        let words = ["prepare", "dataset"].map(str::to_owned).into_iter().chain(command_line(*view));
        let command = words.chain(["--out".to_owned(), out.display().to_string()]).collect();
        steps.push(Step { command, ..bare("dataset", out.join(file::DATASET)) });
    }
    let pipeline = layout.pipeline_file();
    steps.push(Step { command: resolve, prints: true, ..bare("pipeline", pipeline.clone()) });
    let mut last = vec![pipeline];
    for run in runs {
        let tasks = tasks(run.settings.rounds);
        for &task in &tasks {
            let data = layout.data(&run.settings.dataset).join(file::DATASET);
            let reads: BTreeSet<PathBuf> = task
                .reads_of_tasks(run.settings.uses())
                .map(|(source, _)| manifest(experiment, run, source))
                .collect();
            // A split is drawn once, whatever becomes of the labels that it was balanced by.
            let (inputs, after) = match task.stage {
                Stage::Split => (Vec::new(), vec![data]),
                _ => (reads.into_iter().chain([data]).collect(), Vec::new()),
            };
            steps.push(Step {
                run: Some(run.name()),
                round: (task.stage != Stage::Split).then_some(task.round),
                inputs,
                after,
                command: Call::of(layout, run, task).command(),
                takes: takes(task.stage),
                ..bare(task.stage.name(), manifest(experiment, run, task))
            });
        }
        last.extend(tasks.last().map(|&task| manifest(experiment, run, task)));
    }
    // Flags name files as seen from the working folder.
    let here = |run: &Run| run.settings.report.as_seen_from(&layout.root, Path::new("."));
    let settings = runs.first().map(|run| command_line(&here(run))).unwrap_or_default();
    let words = std::iter::once("report".to_owned()).chain(settings);
    let command = words.chain(report(layout, runs).command_line()).collect();
    let page = layout.report().join(manifest_name("report"));
    steps.push(Step { inputs: last, command, ..bare("report", page) });
    steps
}

fn manifest(experiment: &Experiment, run: &Run, task: Task) -> PathBuf {
    task.folder(&experiment.layout, run).join(manifest_name(task.stage.name()))
}

fn takes(stage: Stage) -> &'static [&'static str] {
    match stage {
        Stage::Split | Stage::Label | Stage::Report => &[],
        Stage::Train | Stage::Score => &["--device", "--threads"],
        Stage::Select => &["--threads"],
    }
}

/// The steps as one JSON document, a line for each.
pub(crate) fn json(experiment: &Experiment, steps: &[Step]) -> String {
    let steps: Vec<String> = steps.iter().map(line).collect();
    format!(
        "{{\"format\":{FORMAT},\"experiment\":{},\"folder\":{},\"steps\":[\n{}\n]}}",
        line(&experiment.pipeline.name),
        line(&experiment.layout.root),
        steps.join(",\n")
    )
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("words and paths that were given as text are always JSON")
}
