//! Where published numbers come from, and all of them.

use bal_artifact::Inputs;
use maud::{Markup, html};

use super::{Made, Section};
use crate::Error;
use crate::material::Material;
use crate::numbers::{Column, Entry, Table, Value};
use crate::published::{Publication, entry};
use crate::words::list;

pub(super) struct PublishedNumbers;

impl Section for PublishedNumbers {
    fn id(&self) -> &'static str {
        "published"
    }

    fn heading(&self) -> &'static str {
        "Published numbers"
    }

    fn needs(&self) -> &'static str {
        "files in `report.published`"
    }

    fn make(&self, material: &Material, _: &mut Inputs) -> Result<Option<Made>, Error> {
        if material.publications.is_empty() {
            return Ok(None);
        }
        let mut made = Made::default();
        made.add(html! {
            p { "Not measured here. The tables above show them in italics for cells of the same name." }
            dl.sources { @for publication in material.publications {
                dt { (publication.short) }
                dd { (source(publication)) (unknown(material, publication)) }
            } }
        });
        if let Some(table) = not_run(material) {
            made.add(table.html("Published for what is not among these runs"));
        }
        made.csv("published", &numbers(material.publications));
        made.add(html! { p.soft { "All of them, as they were published: " a href="published.csv" { "published.csv" } "." } });
        Ok(Some(made))
    }
}

fn source(publication: &Publication) -> Markup {
    let Publication { source, url, place, read_off_figure, note, initial, .. } = publication;
    html! {
        @match url {
            Some(url) => a href=(url) rel="noreferrer" { bdi { (source) } },
            None => bdi { (source) },
        }
        ", " bdi { (place) } "."
        @if *read_off_figure { " Read off a figure." }
        @if *initial > 0 { " It counts acquired points; " (initial) " are added here." }
        @if let Some(note) = note { " " bdi { (note) } }
    }
}

/// Published cells that were not run.
fn unknown(material: &Material, publication: &Publication) -> Markup {
    let labels_to = publication.labels_to_accuracy.iter().flat_map(|row| row.cells.keys());
    let accuracy_at = publication.accuracy_at_labels.iter().flat_map(|row| row.cells.keys());
    let mut names: Vec<&String> = labels_to
        .chain(accuracy_at)
        .filter(|name| material.cells.iter().all(|cell| cell.own != **name))
        .collect();
    names.sort();
    names.dedup();
    html! { @if !names.is_empty() { " Not among these runs: " bdi { (list(names, ", ")) } "." } }
}

/// Published accuracies of what no cell is named after, e.g. methods of another kind.
fn not_run(material: &Material) -> Option<Table> {
    let mut table = Table::new(vec![
        Column::text("cell", "method"),
        Column::text("source", "source"),
        Column::new("labels", "labels"),
        Column::shown_only("published test accuracy, %"),
    ]);
    for publication in material.publications {
        for row in &publication.accuracy_at_labels {
            let others =
                row.cells.iter().filter(|(name, _)| material.cells.iter().all(|cell| cell.own != **name));
            for (name, value) in others {
                table.push(vec![
                    Entry::text(name),
                    Entry::text(&publication.short),
                    Entry::whole(row.labels),
                    entry(Some(*value), 0.0, 100.0),
                ]);
            }
        }
    }
    (!table.is_empty()).then_some(table)
}

fn numbers(publications: &[Publication]) -> Table {
    let names = [
        "source",
        "where",
        "read_off_figure",
        "cell",
        "accuracy",
        "labels",
        "value",
        "plus_minus",
        "from",
        "to",
        "initial_set_not_counted",
    ];
    let mut table = Table::new(names.map(Column::hidden).into());
    let mut push =
        |publication: &Publication, at: [Option<f64>; 2], cell: &String, value: [Option<f64>; 4]| {
            let mut row = vec![
                Entry::text(&publication.source),
                Entry::text(&publication.place),
                Entry::new(vec![Value::Text(publication.read_off_figure.to_string())], html! {}),
                Entry::text(cell),
            ];
            row.extend(at.into_iter().chain(value).map(|number| Entry::number(number, 3)));
            row.push(Entry::whole(publication.initial));
            table.push(row);
        };
    for publication in publications {
        for row in &publication.labels_to_accuracy {
            for (cell, value) in &row.cells {
                push(publication, [Some(row.accuracy), None], cell, value.fields());
            }
        }
        for row in &publication.accuracy_at_labels {
            for (cell, value) in &row.cells {
                push(publication, [None, Some(row.labels as f64)], cell, value.fields());
            }
        }
    }
    table
}
