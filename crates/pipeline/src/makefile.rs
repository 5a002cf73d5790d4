//! The plan as a Makefile, for any other engine that runs commands with dependencies.
//!
//! A rule's target is a manifest, because an artifact exists if and only if its manifest does; its prerequisites
//! are the manifests of the artifacts it reads. Nothing is pruned, so that `make` never misses a file.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bal_artifact::{file, manifest_name};
use bal_model::Precision;
use bal_prepare::dataset;
use bal_select::{Form, Labelled, Predictions, Source};
use bal_train::{Optimizer, WeightDecay};

use crate::experiment::Experiment;
use crate::selection;
use crate::sweep::RunSpec;
use crate::task::{Stage, Task, tasks};

/// The whole Makefile. `resolve` is the command that prints the resolved pipeline.
pub(crate) fn makefile(experiment: &Experiment, resolve: &[String]) -> String {
    let mut text =
        format!("# {} as a Makefile, written by `bal plan --format make`.\n", experiment.pipeline.name);
    text += "BAL ?= bal\nDEVICE ?= auto\nTHREADS ?= 1\n\n.DELETE_ON_ERROR:\n.PHONY: all\n";
    let layout = &experiment.layout;
    let report = layout.report().join(manifest_name("report"));
    let _ = write!(text, "all: {}\n\n", target(&report));

    let names: BTreeSet<&str> =
        experiment.runs.iter().map(|run| run.pipeline.prepare.dataset.as_str()).collect();
    for name in names.iter().filter(|name| dataset::NAMES.contains(name)) {
        let out = layout.data(name);
        let command = Command::new("prepare dataset").flag("dataset", &name).path("out", &out);
        rule(&mut text, &out.join(file::DATASET), &[], &command.0);
    }
    let file = layout.pipeline_file();
    let temporary = quote(&format!("{}.tmp", file.display()));
    let resolve: Vec<String> = resolve.iter().map(|word| quote(word)).collect();
    let _ = write!(
        text,
        "{}:\n\t@mkdir -p {}\n\t$(BAL) {} > {temporary}\n\t@mv {temporary} {}\n\n",
        target(&file),
        quote(&layout.root.display().to_string()),
        resolve.join(" "),
        quote(&file.display().to_string()),
    );
    let mut last = vec![file];
    for run in &experiment.runs {
        let tasks = tasks(run.pipeline.rounds);
        for &task in &tasks {
            let reads: BTreeSet<PathBuf> = task
                .reads_of_tasks(run.method())
                .map(|(source, _)| manifest(experiment, run, source))
                .collect();
            let data = layout.data(&run.pipeline.prepare.dataset).join(file::DATASET);
            let (output, command) = (manifest(experiment, run, task), command(experiment, run, task).0);
            if task.stage == Stage::Split {
                // It is drawn once, whatever becomes of the labels that it was balanced by.
                rule_once(&mut text, &output, &data, &command);
            } else {
                let needs: Vec<PathBuf> = reads.into_iter().chain([data]).collect();
                rule(&mut text, &output, &needs, &command);
            }
        }
        last.extend(tasks.last().map(|&task| manifest(experiment, run, task)));
    }
    rule(&mut text, &report, &last, &report_command(experiment, &names).0);
    text
}

fn manifest(experiment: &Experiment, run: &RunSpec, task: Task) -> PathBuf {
    task.folder(&experiment.layout, run).join(manifest_name(task.stage.name()))
}

fn rule(text: &mut String, output: &Path, needs: &[PathBuf], command: &str) {
    let needs: Vec<String> = needs.iter().map(|path| target(path)).collect();
    let _ = write!(text, "{}: {}\n\t{command}\n\n", target(output), needs.join(" "));
}

/// As [`rule`] with one prerequisite that has to be there, and may be newer.
fn rule_once(text: &mut String, output: &Path, need: &Path, command: &str) {
    let _ = write!(text, "{}: | {}\n\t{command}\n\n", target(output), target(need));
}

/// The command that does one task of a run.
fn command(experiment: &Experiment, run: &RunSpec, task: Task) -> Command {
    let layout = &experiment.layout;
    let (pipeline, round) = (&run.pipeline, task.round);
    let of = |task: Task, file: &str| task.folder(layout, run).join(file);
    let data = layout.data(&pipeline.prepare.dataset);
    let command = match task.stage {
        Stage::Split => {
            let split = pipeline.prepare.split();
            let command = Command::new("prepare split")
                .path("data", &data)
                .option("initial-per-class", split.initial_per_class)
                .option("initial", split.initial)
                .flag("validation", &split.validation)
                .option("pool-size", split.pool_size);
            let keep = split.keep_fraction.iter();
            keep.fold(command, |command, (class, fraction)| {
                command.flag("keep-fraction", &format!("{class}={fraction}"))
            })
        }
        Stage::Label => {
            let labels = selection::labelling(layout, run, round);
            let command = Command::new("label").path("data", &labels.data);
            let command = match &labels.from {
                bal_label::From::Initial(initial) => command.path("initial", initial),
                bal_label::From::Before { label, selected } => {
                    command.path("label", label).path("selected", selected)
                }
            };
            command.path("validation", &labels.validation)
        }
        Stage::Train => train(
            &pipeline.train,
            Command::new("train")
                .path("data", &data)
                .path("label", &Task::label(round).folder(layout, run))
                .path("validation", &of(Task::SPLIT, file::VALIDATION))
                .option_path("first-round", (round > 0).then(|| Task::train(0).folder(layout, run))),
        ),
        Stage::Score => score(
            &pipeline.score,
            Command::new("score")
                .path("model", &of(Task::train(round), file::MODEL))
                .path("data", &data)
                .path("pool", &of(Task::SPLIT, file::POOL))
                .path("exclude", &of(Task::label(round), file::LABELLED)),
        ),
        Stage::Select => {
            let source = selection::source(layout, run, round);
            let labelled = selection::labelled(layout, run, round);
            let command = from(&source, Command::new("select"));
            let command = match labelled {
                Some(Labelled::Folder(label)) => command.path("label", &label),
                Some(Labelled::Ids(ids)) => command.path("labelled", &ids),
                None => command,
            };
            select(&pipeline.select, command)
        }
        Stage::Report => unreachable!("a report belongs to no run"),
    };
    let command = command.flag("seed", &run.seed);
    let command = if task.stage == Stage::Split { command } else { command.flag("round", &round) };
    command.path("out", &task.folder(layout, run)).path("root", &layout.root)
}

fn train(config: &bal_train::Config, command: Command) -> Command {
    let Optimizer::Adam { learning_rate } = config.optimizer;
    let (flag, values) = match &config.weight_decay {
        WeightDecay::Fixed(value) => ("weight-decay", std::slice::from_ref(value)),
        WeightDecay::Validated(values) => ("weight-decay-validated", values.as_slice()),
        WeightDecay::PerRound(values) => ("weight-decay-per-round", values.as_slice()),
    };
    let command = command
        .flag("network", &config.network.name())
        .flag("epochs", &config.epochs)
        .flag("batch-size", &config.batch_size)
        .flag("learning-rate", &learning_rate)
        .flag(flag, &list(values))
        .flag("evaluate-samples", &config.evaluate.samples);
    precision(config.precision, command).compute()
}

fn precision(precision: Precision, command: Command) -> Command {
    match precision {
        Precision::F32 => command,
        Precision::Bf16 => command.flag("precision", &"bf16"),
    }
}

fn score(config: &bal_score::Config, command: Command) -> Command {
    let command = match config.posterior {
        bal_score::Posterior::McDropout { samples } => {
            command.flag("posterior", &"mc_dropout").flag("samples", &samples)
        }
        bal_score::Posterior::Deterministic => command.flag("posterior", &"deterministic"),
    };
    let command = command.flag("acquisition", &config.acquisition).option("pool-subset", config.pool_subset);
    let command = match config.targets {
        Some(bal_score::Targets::Pool(n)) => command.flag("targets", &format!("pool:{n}")),
        Some(bal_score::Targets::Test(n)) => command.flag("targets", &format!("test:{n}")),
        None => command,
    };
    let command = precision(config.precision, command);
    let command = if config.write_log_probs { command.word("--write-log-probs") } else { command };
    let command = if config.write_features { command.word("--write-features") } else { command };
    command.compute()
}

/// Where `select` picks from.
fn from(source: &Source, command: Command) -> Command {
    let predictions = |command: Command, predictions: &Predictions| match predictions.form {
        Form::Probs => command.path("probs", &predictions.path),
        Form::LogProbs => command.path("log-probs", &predictions.path),
    };
    match source {
        Source::Scores(path) => command.path("scores", path),
        Source::Predictions(given) => {
            predictions(command, given).option_path("indices", given.indices.clone())
        }
        Source::Features { features, indices, predictions: given, labels } => {
            let command = command.path("features", features).option_path("indices", indices.clone());
            let command = given.iter().fold(command, predictions);
            command.option_path("labels", labels.clone())
        }
    }
}

fn select(config: &bal_select::Config, command: Command) -> Command {
    let bal_select::Config { method, batch, column, beta, alpha, num_samples, k, sigma } = config;
    command
        .flag("method", method)
        .flag("batch", batch)
        .option("column", (!column.is_empty()).then_some(column))
        .option("beta", *beta)
        .option("alpha", *alpha)
        .option("num-samples", *num_samples)
        .option("k", *k)
        .option("sigma", *sigma)
        .word("--threads $(THREADS)")
}

fn report_command(experiment: &Experiment, datasets: &BTreeSet<&str>) -> Command {
    let (layout, config) = (&experiment.layout, &experiment.pipeline.report);
    let band = serde_json::to_value(config.learning_curves.band).expect("a variant without data is a string");
    let command = Command::new("report").path("runs", &layout.root);
    let command = datasets.iter().fold(command, |command, name| command.path("data", &layout.data(name)));
    command
        .flag("metric", &config.learning_curves.metric.name())
        .flag("band", &band.as_str().unwrap_or_default())
        .flag("labels-to-accuracy", &list(&config.labels_to_accuracy))
        .path("out", &layout.report())
        .path("root", &layout.root)
}

/// A command line in a recipe.
struct Command(String);

impl Command {
    fn new(stage: &str) -> Self {
        Self(format!("$(BAL) {stage}"))
    }

    fn word(self, word: &str) -> Self {
        Self(format!("{} {word}", self.0))
    }

    fn flag(self, name: &str, value: &impl ToString) -> Self {
        Self(format!("{} --{name} {}", self.0, quote(&value.to_string())))
    }

    fn option(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.flag(name, &value),
            None => self,
        }
    }

    fn path(self, name: &str, path: &Path) -> Self {
        self.flag(name, &path.display())
    }

    fn option_path(self, name: &str, path: Option<PathBuf>) -> Self {
        self.option(name, path.map(|path| path.display().to_string()))
    }

    fn compute(self) -> Self {
        self.word("--device $(DEVICE) --threads $(THREADS)")
    }
}

/// Numbers in the shortest form that reads back as the same number.
fn list(values: &[f64]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// A word of a recipe: for the shell, and `$` for make.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,=:+%@".contains(c);
    let word = word.replace('$', "$$");
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A file name as target or prerequisite.
fn target(path: &Path) -> String {
    let escape = |c: char| match c {
        '$' => "$$".to_owned(),
        ' ' | '#' | ':' | '%' => format!("\\{c}"),
        c => c.to_string(),
    };
    path.display().to_string().chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_make_and_shell() {
        for (word, quoted) in [
            ("a/b-1.npy", "a/b-1.npy"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$x", "'$$x'"),
            ("", "''"),
        ] {
            assert_eq!(quote(word), quoted);
        }
        assert_eq!(target(Path::new("a b/$c")), r"a\ b/$$c");
    }

    #[test]
    fn numbers_are_exact() {
        assert_eq!(list(&[1e-4, 0.1, 1e-7]), "0.0001,0.1,0.0000001");
    }
}
