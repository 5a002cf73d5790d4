//! What was run and how far it got; the resolved pipeline.

use std::collections::BTreeSet;

use super::content::Content;
use crate::html::{escape, joined};
use crate::runs::{Cell, PipelineFile, SeedRun, unlike};
use crate::words::{count, grouped, list};

/// Headings of notes.
const UNFINISHED: &str = "<strong>Unfinished.</strong> Everything below uses these runs as far as they went; \
                          an average is taken over the seeds that are there.";
const LEFT_OUT: &str =
    "<strong>Left out.</strong> This lies in the folder of runs, and nothing below uses it.";
const UNLIKE: &str =
    "<strong>Not alike.</strong> These seeds are averaged, although they were not made alike.";

/// A table of facts, and notes on what is unfinished, left out or not alike.
pub(super) fn what_was_run(content: &Content) -> String {
    let cells = content.cells;
    let mut facts: Vec<(&str, String)> = Vec::new();
    for pipeline in content.pipelines {
        let name = escape(pipeline.name.as_deref().unwrap_or("unnamed"));
        let profile =
            pipeline.profile().map(|profile| format!(", profile <code>{}</code>", escape(&profile)));
        facts.push(("Pipeline", format!("<code>{name}</code>{}", profile.unwrap_or_default())));
    }
    for data in content.data.all() {
        let (points, classes) = (grouped(data.points()), data.details.classes.len());
        let name = escape(&data.details.name);
        facts.push(("Data set", format!("{name}: {points} training points, {classes} classes")));
    }
    let compared = cells.iter().enumerate().map(|(position, cell)| {
        let name = (cell.label != cell.name).then(|| format!(" <code>{}</code>", escape(&cell.name)));
        content.shown(position) + &name.unwrap_or_default()
    });
    facts.push(("Compared", list(compared, "&emsp;")));
    let seeds: BTreeSet<u64> = cells.iter().flat_map(|cell| cell.seeds.iter().map(|run| run.seed)).collect();
    facts.push(("Seeds", list(seeds, ", ")));
    facts.push(("Extent", extent(cells)));
    facts.push(("Made with", tools(cells)));
    let facts = joined(facts, |(name, value)| format!("<tr><th>{name}</th><td>{value}</td></tr>\n"));
    let unlike: Vec<String> = cells.iter().flat_map(unlike).collect();
    let notes = [
        note(UNFINISHED, &unfinished(cells, content.pipelines)),
        note(LEFT_OUT, content.left_out),
        note(UNLIKE, &unlike),
    ];
    format!("<table class=\"facts\">\n{facts}</table>\n{}", notes.concat())
}

/// `15 runs, up to 100 rounds, 20 to 1,020 labels`.
fn extent(cells: &[Cell]) -> String {
    let rounds: Vec<_> = cells.iter().flat_map(|cell| &cell.seeds).flat_map(|run| &run.rounds).collect();
    let runs = cells.iter().map(|cell| cell.seeds.len()).sum();
    let labels = || rounds.iter().map(|round| round.measures.labels as usize);
    let (least, most) = (grouped(labels().min().unwrap_or(0)), grouped(labels().max().unwrap_or(0)));
    let last = rounds.iter().map(|round| round.index as usize).max().unwrap_or(0);
    format!("{}, up to {}, {least} to {most} labels", count(runs, "run"), count(last, "round"))
}

/// Versions of the program that trained the models.
fn tools(cells: &[Cell]) -> String {
    let rounds = cells.iter().flat_map(|cell| &cell.seeds).flat_map(|run| &run.rounds);
    let tools: BTreeSet<_> =
        rounds.map(|round| (&round.train.tool.version, &round.train.tool.commit)).collect();
    let text = |(version, commit): (&String, &String)| {
        let known = (commit != "unknown").then(|| format!(" ({})", escape(commit)));
        format!("bal {}{}", escape(version), known.unwrap_or_default())
    };
    list(tools.into_iter().map(text), ", ")
}

/// What is not there yet, in words.
fn unfinished(cells: &[Cell], pipelines: &[PipelineFile]) -> Vec<String> {
    let done = |run: &SeedRun| run.rounds.len().saturating_sub(1) as u64;
    let longest = cells.iter().flat_map(|cell| &cell.seeds).map(done).max().unwrap_or(0);
    let mut found = Vec::new();
    for cell in cells {
        let pipeline = pipelines.iter().find(|pipeline| pipeline.folder == cell.base);
        let planned = pipeline.and_then(|pipeline| pipeline.planned.as_ref());
        for run in &cell.seeds {
            let state = match (done(run), planned.and_then(|planned| planned.rounds(&cell.own, run.seed))) {
                _ if run.rounds.is_empty() => "not yet trained".to_owned(),
                (done, Some(planned)) if done < planned => format!("{done} of {planned} rounds"),
                (done, None) if done < longest => {
                    format!("{}, where the longest run has {longest}", count(done as usize, "round"))
                }
                (_, Some(_) | None) => continue,
            };
            found.push(format!("seed {} of {}: {state}", run.seed, cell.label));
        }
    }
    for (pipeline, planned) in pipelines.iter().filter_map(|file| Some((file, file.planned.as_ref()?))) {
        for cell in &planned.cells {
            let here = |found: &&Cell| found.base == pipeline.folder && found.own == cell.name;
            let begun: BTreeSet<u64> =
                cells.iter().filter(here).flat_map(|cell| &cell.seeds).map(|run| run.seed).collect();
            let missing = planned.seeds.iter().filter(|seed| !begun.contains(seed));
            found.extend(missing.map(|seed| format!("seed {seed} of {}: not begun", cell.shown())));
        }
    }
    found
}

fn note(heading: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let items = joined(lines, |text| format!("<li>{}</li>", escape(text)));
    format!("<div class=\"note\">{heading}\n<ul>{items}</ul></div>\n")
}

/// The resolved pipelines as they are.
pub(super) fn pipelines(content: &Content) -> String {
    joined(content.pipelines, |pipeline| {
        let title = escape(&pipeline.path.file_name().unwrap_or_default().to_string_lossy());
        let of = escape(&bal_artifact::own_name(&pipeline.folder));
        let text = escape(&pipeline.text);
        format!("<details><summary><code>{of}/{title}</code></summary>\n<pre>{text}</pre></details>\n")
    })
}
