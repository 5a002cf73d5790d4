//! `report.html`: one page that needs nothing else, neither a server nor scripts.

mod acquisitions;
mod content;
mod facts;
mod results;
mod timing;

use crate::html::{escape, joined};
use crate::pictures::SERIES;

pub(crate) use content::Content;

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
    let links = joined(&sections, |(id, heading, _)| format!("<a href=\"#{id}\">{heading}</a> "));
    let bodies = joined(&sections, |(id, heading, body)| {
        format!("<section id=\"{id}\">\n<h2>{heading}</h2>\n{body}</section>\n")
    });
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – active learning report</title>\n<style>\n{}{}</style>\n</head>\n<body>\n<header>\n\
         <h1>{title}</h1>\n<p class=\"soft\">Active learning report</p>\n<nav>{links}</nav>\n</header>\n\
         <main>\n{bodies}</main>\n</body>\n</html>\n",
        include_str!("style.css"),
        series_css(),
    )
}

/// The colours of the cells as CSS variables.
fn series_css() -> String {
    let set = |dark: bool| {
        joined(SERIES.iter().enumerate(), |(i, (_, on_light, on_dark))| {
            format!("--series-{i}: {}; ", if dark { on_dark } else { on_light })
        })
    };
    let (light, dark) = (set(false), set(true));
    format!(
        ":root {{ {light}}}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark}}} }}\n\
         @media print {{ :root {{ {light}}} }}\n"
    )
}
