//! What a section makes: HTML for the page, and files.

use maud::{Markup, html};

use crate::figures::{Figure, swatch};
use crate::numbers::Table;

/// The content of a section.
#[derive(Debug, Default)]
pub(crate) struct Made {
    html: Vec<Markup>,
    /// Name and content.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl Made {
    /// Adds HTML.
    pub(crate) fn add(&mut self, html: Markup) {
        self.html.push(html);
    }

    /// A table for people and as `<name>.csv`.
    pub(crate) fn table(&mut self, name: &str, caption: &str, table: &Table) {
        self.add(table.html(caption));
        self.csv(name, table);
    }

    /// A table as `<name>.csv` only.
    pub(crate) fn csv(&mut self, name: &str, table: &Table) {
        self.file(format!("{name}.csv"), table.csv().into_bytes());
    }

    /// A figure with a caption; it is also `<name>.svg`, and its numbers are `<name>.csv`.
    pub(crate) fn figure(&mut self, figure: &Figure, heading: Option<&Markup>, caption: &Markup) {
        self.add(html! {
            figure {
                @if let Some(heading) = heading { h3 { (heading) } }
                div.scroll tabindex="0" role="group" aria-label=(crate::words::plain(&figure.description)) { (figure.inline()) }
                @if !figure.legend.is_empty() { ul.legend { @for (sample, label) in &figure.legend {
                    li { (swatch(sample)) bdi.label { (label) } }
                } } }
                figcaption { (caption) " " (links(&figure.name)) }
            }
        });
        self.files_of(figure);
    }

    /// The files of a figure.
    pub(crate) fn files_of(&mut self, figure: &Figure) {
        self.file(format!("{}.svg", figure.name), figure.svg().into_bytes());
        self.csv(&figure.name, &figure.numbers);
    }

    pub(crate) fn file(&mut self, name: String, content: Vec<u8>) {
        self.files.push((name, content));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.html.is_empty()
    }

    /// All of its HTML.
    pub(crate) fn html(&self) -> Markup {
        html! { @for part in &self.html { (part) } }
    }
}

/// Where the files of a figure lie, beside the page.
pub(crate) fn links(name: &str) -> Markup {
    html! {
        span.files {
            a href=(format!("{name}.svg")) { "SVG" } " " a href=(format!("{name}.csv")) { "numbers (CSV)" }
        }
    }
}
