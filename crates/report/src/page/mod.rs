//! `report.html`: one page that needs nothing else, neither a server nor scripts.

mod acquisitions;
mod facts;
mod results;
mod timing;

use std::fmt::Write as _;
use std::path::PathBuf;

use bal_artifact::own_name;

use crate::Config;
use crate::html::{escape, joined};
use crate::numbers::{LabelsTo, StageTime, Summary};
use crate::pictures::{CellPictures, Colours, Figure, SERIES};
use crate::runs::{Cell, DataSets, LeftOut, PipelineFile};

/// All that the page shows.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    pub(crate) config: &'a Config,
    pub(crate) cells: &'a [Cell],
    pub(crate) colours: &'a Colours,
    pub(crate) pipelines: &'a [PipelineFile],
    pub(crate) left_out: &'a [LeftOut],
    pub(crate) data: &'a DataSets,
    pub(crate) curves: &'a Figure,
    /// Cells that have no value of its metric.
    pub(crate) not_drawn: &'a [&'a str],
    pub(crate) labels_to: &'a [LabelsTo],
    pub(crate) summary: &'a [Summary],
    pub(crate) pictures: &'a [CellPictures],
    pub(crate) times: &'a [StageTime],
}

impl Content<'_> {
    /// Folders of runs, and the pipelines that ran there unless the folders are named after them.
    fn title(&self) -> String {
        let mut folders: Vec<_> = self.cells.iter().map(|cell| cell.base.clone()).collect();
        folders.sort();
        folders.dedup();
        let name = |folder: &PathBuf| {
            let own = own_name(folder);
            let pipeline = self.pipelines.iter().find(|pipeline| pipeline.folder == *folder);
            match pipeline.and_then(|pipeline| pipeline.name.as_ref()) {
                Some(name) if !own.starts_with(name.as_str()) => name.clone(),
                _ => own,
            }
        };
        folders.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    /// The position of the cell with this name.
    fn position(&self, name: &str) -> usize {
        self.cells.iter().position(|cell| cell.name == name).unwrap_or(0)
    }

    /// What people are shown of a cell, after a square in its colour.
    fn shown(&self, position: usize) -> String {
        let (label, colour) = (escape(&self.cells[position].label), self.colours.look(position).colour);
        format!("<span class=\"swatch\" style=\"background: var(--series-{colour})\"></span>{label}")
    }
}

/// The page.
pub(crate) fn page(content: &Content) -> String {
    let title = escape(&content.title());
    let sections = [
        ("runs", "What was run", facts::what_was_run(content)),
        ("curves", "Learning curves", results::learning_curves(content)),
        ("labels", "Labels to reach an accuracy", results::labels_to_accuracy(content)),
        ("summary", "Summary", results::summary(content)),
        ("acquired", "What was acquired", acquisitions::acquired(content)),
        ("classes", "Classes acquired", acquisitions::histograms(content)),
        ("times", "Times", timing::times(content)),
        ("pipeline", "Resolved pipeline", facts::pipelines(content)),
    ];
    let sections: Vec<_> = sections.into_iter().filter(|(.., body)| !body.is_empty()).collect();
    let mut html = String::new();
    let _ = write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – active learning report</title>\n<style>\n{}{}</style>\n</head>\n<body>\n<header>\n\
         <h1>{title}</h1>\n<p class=\"soft\">Active learning report</p>\n<nav>",
        include_str!("style.css"),
        series_css(),
    );
    for (id, heading, _) in &sections {
        let _ = write!(html, "<a href=\"#{id}\">{heading}</a> ");
    }
    html.push_str("</nav>\n</header>\n<main>\n");
    for (id, heading, body) in &sections {
        let _ = write!(html, "<section id=\"{id}\">\n<h2>{heading}</h2>\n{body}</section>\n");
    }
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

/// The colours of the cells as CSS variables.
fn series_css() -> String {
    let set = |dark: bool| {
        joined(SERIES.iter().enumerate(), |(i, (on_light, on_dark))| {
            format!("--series-{i}: {}; ", if dark { on_dark } else { on_light })
        })
    };
    let (light, dark) = (set(false), set(true));
    format!(
        ":root {{ {light}}}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark}}} }}\n\
         @media print {{ :root {{ {light}}} }}\n"
    )
}
