//! The plan as a Makefile, for any other engine that runs commands with dependencies.
//!
//! A rule's target is a manifest, because an artifact exists if and only if its manifest does; its
//! prerequisites are the manifests of the artifacts it reads. Nothing is pruned, so that `make` never
//! misses a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bal_artifact::{file, manifest_name};
use bal_prepare::dataset;
use bal_settings::command_line;

use crate::call::{Call, report};
use crate::experiment::Experiment;
use crate::sweep::Run;
use crate::task::{Stage, Task, tasks};
use crate::words::shell_word;

/// The whole Makefile. `resolve` is the command that prints the resolved pipeline.
pub(crate) fn makefile(experiment: &Experiment, resolve: &[String]) -> String {
    let mut text =
        format!("# {} as a Makefile, written by `bal plan --format make`.\n", experiment.pipeline.name);
    text += "BAL ?= bal\nDEVICE ?= auto\nTHREADS ?= 1\n\n.DELETE_ON_ERROR:\n.PHONY: all\n";
    let layout = &experiment.layout;
    let page = layout.report().join(manifest_name("report"));
    let _ = write!(text, "all: {}\n\n", target(&page));

    let sets: BTreeMap<&str, &dataset::Config> =
        experiment.runs.iter().map(|run| (run.settings.dataset.as_str(), &run.settings.view)).collect();
    for (name, view) in sets.iter().filter(|(_, view)| dataset::NAMES.contains(&view.dataset.as_str())) {
        let out = layout.data(name);
        let settings = command_line(*view);
        let words = ["prepare", "dataset"].map(str::to_owned).into_iter().chain(settings);
        let words = words.chain(["--out".to_owned(), out.display().to_string()]);
        rule(&mut text, &out.join(file::DATASET), &[], &recipe(words, ""));
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
        let tasks = tasks(run.settings.rounds);
        for &task in &tasks {
            let reads: BTreeSet<PathBuf> = task
                .reads_of_tasks(run.settings.uses())
                .map(|(source, _)| manifest(experiment, run, source))
                .collect();
            let data = layout.data(&run.settings.dataset).join(file::DATASET);
            let (output, command) = (manifest(experiment, run, task), command(experiment, run, task));
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
    // Flags name files as seen from the working folder.
    let here = |run: &Run| run.settings.report.as_seen_from(&layout.root, Path::new("."));
    let settings = experiment.runs.first().map(|run| command_line(&here(run))).unwrap_or_default();
    let words = std::iter::once("report".to_owned())
        .chain(settings)
        .chain(report(layout, &experiment.runs).command_line());
    rule(&mut text, &page, &last, &recipe(words, ""));
    text
}

fn manifest(experiment: &Experiment, run: &Run, task: Task) -> PathBuf {
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
fn command(experiment: &Experiment, run: &Run, task: Task) -> String {
    let execution = match task.stage {
        Stage::Split | Stage::Label | Stage::Report => "",
        Stage::Train | Stage::Score => " --device $(DEVICE) --threads $(THREADS)",
        Stage::Select => " --threads $(THREADS)",
    };
    recipe(Call::of(&experiment.layout, run, task).command(), execution)
}

fn recipe(words: impl IntoIterator<Item = String>, execution: &str) -> String {
    let words: Vec<String> = words.into_iter().map(|word| quote(&word)).collect();
    format!("$(BAL) {}{execution}", words.join(" "))
}

/// A word of a recipe: for the shell, and `$` for make.
fn quote(word: &str) -> String {
    shell_word(&word.replace('$', "$$"))
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
}
