//! What was run and how far it got; the resolved pipeline.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Content, escape, joined};
use crate::number::{count, grouped};
use crate::pipeline_file::PipelineFile;
use crate::runs::Cell;

/// A table of facts, and a note on what is unfinished.
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
        let (points, classes) = (grouped(data.labels.len()), data.details.classes.len());
        let name = escape(&data.details.name);
        facts.push(("Data set", format!("{name}: {points} training points, {classes} classes")));
    }
    let names: Vec<_> = cells.iter().map(|cell| content.cell_name(&cell.name)).collect();
    facts.push(("Compared", names.join("&emsp;")));
    let seeds: BTreeSet<u64> = cells.iter().flat_map(|cell| cell.seeds.iter().map(|run| run.seed)).collect();
    facts.push(("Seeds", seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")));
    facts.push(("Extent", extent(cells)));
    facts.push(("Made with", tools(cells)));
    let mut html = "<table class=\"facts\">\n".to_owned();
    for (name, value) in facts {
        let _ = writeln!(html, "<tr><th>{name}</th><td>{value}</td></tr>");
    }
    html.push_str("</table>\n");
    html.push_str(&note(&unfinished(cells, content.pipelines)));
    html
}

/// `15 runs, up to 100 rounds, 20 to 1,020 labels`.
fn extent(cells: &[Cell]) -> String {
    let rounds: Vec<_> = cells.iter().flat_map(|cell| &cell.seeds).flat_map(|run| &run.rounds).collect();
    let runs = cells.iter().map(|cell| cell.seeds.len()).sum();
    let labels = |largest: bool| {
        let all = rounds.iter().map(|round| usize::try_from(round.measures.labels).unwrap_or(0));
        grouped(if largest { all.max() } else { all.min() }.unwrap_or(0))
    };
    let last = rounds.iter().map(|round| round.index as usize).max().unwrap_or(0);
    format!(
        "{}, up to {}, {} to {} labels",
        count(runs, "run"),
        count(last, "round"),
        labels(false),
        labels(true)
    )
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
    tools.into_iter().map(text).collect::<Vec<_>>().join(", ")
}

/// What is not there yet, in words.
fn unfinished(cells: &[Cell], pipelines: &[PipelineFile]) -> Vec<String> {
    let done = |rounds: usize| rounds.saturating_sub(1) as u64;
    let longest =
        cells.iter().flat_map(|cell| &cell.seeds).map(|run| done(run.rounds.len())).max().unwrap_or(0);
    let mut found = Vec::new();
    for cell in cells {
        let pipeline = pipelines.iter().find(|pipeline| pipeline.folder == cell.base);
        let planned_by = pipeline.and_then(|pipeline| pipeline.rounds);
        let planned = planned_by.unwrap_or(longest);
        for run in &cell.seeds {
            let (seed, name) = (run.seed, &cell.name);
            if run.rounds.is_empty() {
                found.push(format!("seed {seed} of {name}: not yet trained"));
            } else if done(run.rounds.len()) < planned && planned_by.is_none() {
                let done = count(done(run.rounds.len()) as usize, "round");
                found.push(format!("seed {seed} of {name}: {done}, where the longest run has {planned}"));
            } else if done(run.rounds.len()) < planned {
                found.push(format!("seed {seed} of {name}: {} of {planned} rounds", done(run.rounds.len())));
            }
        }
        let begun = |seed: u64| cell.seeds.iter().any(|run| run.seed == seed);
        let missing =
            pipeline.map_or(&[][..], |pipeline| &pipeline.seeds).iter().filter(|&&seed| !begun(seed));
        found.extend(missing.map(|seed| format!("seed {seed} of {}: not begun", cell.name)));
    }
    found
}

fn note(unfinished: &[String]) -> String {
    if unfinished.is_empty() {
        return String::new();
    }
    let items = joined(unfinished, |text| format!("<li>{}</li>", escape(text)));
    format!(
        "<div class=\"note\"><strong>Unfinished.</strong> Everything below uses these runs as far as they went; \
         an average is taken over the seeds that are there.\n<ul>{items}</ul></div>\n"
    )
}

/// The resolved pipelines as they are.
pub(super) fn pipelines(content: &Content) -> String {
    let mut html = String::new();
    for pipeline in content.pipelines {
        let title = escape(&pipeline.path.file_name().unwrap_or_default().to_string_lossy());
        let of = escape(&crate::runs::own_name(&pipeline.folder));
        let text = escape(&pipeline.text);
        let _ = writeln!(
            html,
            "<details><summary><code>{of}/{title}</code></summary>\n<pre>{text}</pre></details>"
        );
    }
    html
}
