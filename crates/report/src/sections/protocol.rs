//! What was run: the protocol in a paragraph, facts, and how far it got.

use bal_artifact::Inputs;
use maud::{Markup, html};

use super::{Made, Section, state};
use crate::Error;
use crate::material::Material;
use crate::protocol::Protocol;
use crate::runs::{Cell, unlike};
use crate::words::{count, grouped, list};

pub(super) struct WhatWasRun;

/// Headings of notes.
const UNFINISHED: &str = "Everything below uses these runs as far as they went; an average is taken over the \
                          seeds that are there.";
const LEFT_OUT: &str = "This lies in the folder of runs, and nothing below uses it.";
const UNLIKE: &str = "These seeds are averaged, although they were not made alike.";

impl Section for WhatWasRun {
    fn id(&self) -> &'static str {
        "runs"
    }

    fn heading(&self) -> &'static str {
        "What was run"
    }

    fn needs(&self) -> &'static str {
        "a run"
    }

    fn make(&self, material: &Material, _: &mut Inputs) -> Result<Option<Made>, Error> {
        let mut made = Made::default();
        for pipeline in material.pipelines {
            let name = pipeline.name.as_deref().unwrap_or("unnamed");
            made.add(html! { p.protocol {
                strong { bdi { (name) } }
                @if let Some(profile) = pipeline.profile() { ", profile " code { (profile) } }
                ". "
                (Protocol::of(&pipeline.values).sentences())
            } });
        }
        made.add(facts(material));
        let unlike: Vec<String> = material.cells.iter().flat_map(unlike).collect();
        made.add(note("Unfinished.", UNFINISHED, &state::unfinished(material.cells, material.pipelines)));
        made.add(note("Left out.", LEFT_OUT, material.left_out));
        made.add(note("Not alike.", UNLIKE, &unlike));
        Ok(Some(made))
    }
}

fn facts(material: &Material) -> Markup {
    let cells = material.cells;
    html! {
        table.facts { tbody {
            @for data in material.data.all() {
                (fact("Data set", &html! {
                    bdi { (data.details.name) } ": " (grouped(data.points())) " training points, "
                    (data.details.classes.len()) " classes"
                }))
            }
            (fact("Compared", &html! { ul.compared { @for (position, cell) in cells.iter().enumerate() {
                li { (material.shown(position)) @if cell.label != cell.name { " " code { (cell.name) } } }
            } } }))
            (fact("Seeds", &seeds(material)))
            (fact("Extent", &html! { (extent(cells)) }))
            (fact("Made with", &html! { (tools(cells)) }))
        } }
    }
}

fn fact(name: &str, value: &Markup) -> Markup {
    html! { tr { th scope="row" { (name) } td { (value) } } }
}

/// `3 (0, 1, 2)`.
fn seeds(material: &Material) -> Markup {
    const NAMED: usize = 20;
    let seeds = material.seeds();
    let more = if seeds.len() > NAMED { ", …" } else { "" };
    html! { (seeds.len()) " (" (list(seeds.iter().take(NAMED), ", ")) (more) ")" }
}

/// `15 runs, up to 100 acquisitions, 20 to 1,020 labels`.
fn extent(cells: &[Cell]) -> String {
    let rounds = || cells.iter().flat_map(Cell::rounds);
    let runs = cells.iter().map(|cell| cell.seeds.len()).sum();
    let labels = || rounds().map(|round| round.measures.labels as usize);
    let (least, most) = (grouped(labels().min().unwrap_or(0)), grouped(labels().max().unwrap_or(0)));
    let last = rounds().map(|round| round.index as usize).max().unwrap_or(0);
    format!("{}, up to {}, {least} to {most} labels", count(runs, "run"), count(last, "acquisition"))
}

/// Versions of the program that trained the models.
fn tools(cells: &[Cell]) -> String {
    let tools: std::collections::BTreeSet<_> = cells
        .iter()
        .flat_map(Cell::rounds)
        .map(|round| (&round.train.tool.version, &round.train.tool.commit))
        .collect();
    let text = |(version, commit): (&String, &String)| {
        let known = (commit != "unknown").then(|| format!(" ({commit})"));
        format!("bal {version}{}", known.unwrap_or_default())
    };
    list(tools.into_iter().map(text), ", ")
}

fn note(heading: &str, text: &str, lines: &[String]) -> Markup {
    html! { @if !lines.is_empty() {
        div.note {
            p { strong { (heading) } " " (text) }
            ul { @for line in lines { li { bdi { (line) } } } }
        }
    } }
}
