//! What was acquired: contact sheets or points of the plane, and class histograms.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::content::Content;
use crate::html::{escape, joined};
use crate::pictures::{CellPictures, ContactSheet, Shown};
use crate::runs::Data;
use crate::words::list;

/// Pictures up to this width in pixels can stand two in a row.
const MAX_HALF_WIDTH: usize = 720;

/// A picture per cell.
pub(super) fn acquired(content: &Content) -> String {
    let shown: Vec<&Shown> =
        content.pictures.iter().filter_map(|pictures| Some(&pictures.acquired.as_ref()?.1)).collect();
    if shown.is_empty() {
        let no_data = content.data.all().is_empty();
        let why = "<p>The data set of these runs was not found, so that what was acquired cannot be shown. \
                   Give its folder with <code>--data</code>.</p>\n";
        return if no_data { why.to_owned() } else { String::new() };
    }
    let how = if shown.iter().any(|shown| matches!(shown, Shown::Images(_))) {
        "A row per round, numbered on the left, in the order of acquisition; below each image its class."
    } else if shown.iter().any(|shown| matches!(shown, Shown::Texts(_))) {
        "Texts in the order of acquisition, as networks see them, each with its class."
    } else {
        "Training points by class, and those acquired, coloured by round; a number is the round."
    };
    let narrow = |shown: &&Shown| match shown {
        Shown::Images(sheet) => sheet.width <= MAX_HALF_WIDTH,
        Shown::Points(_) => true,
        Shown::Texts(_) => false,
    };
    let class = if shown.iter().all(narrow) { "grid" } else { "" };
    let figures = figures(content, |position, pictures| {
        let (seed, shown) = pictures.acquired.as_ref()?;
        let picture = match shown {
            Shown::Images(sheet) => image(content, position, sheet),
            Shown::Points(figure) => figure.inline.clone(),
            Shown::Texts(table) => table.clone(),
        };
        Some((format!(", seed {seed}"), picture))
    });
    format!("<p>{how}</p>\n<div class=\"{class}\">\n{figures}</div>\n")
}

fn image(content: &Content, position: usize, sheet: &ContactSheet) -> String {
    let (label, data) = (escape(&content.cells[position].label), STANDARD.encode(&sheet.png));
    let ContactSheet { width, height, note, .. } = sheet;
    let classes = content.data.of(position).map(class_names).unwrap_or_default();
    format!(
        "<img alt=\"Images acquired by {label}\" width=\"{width}\" height=\"{height}\" \
         src=\"data:image/png;base64,{data}\">\n<figcaption>{note}{classes}</figcaption>"
    )
}

/// What `of_cell` makes of each cell: the end of its heading and a picture.
fn figures(content: &Content, of_cell: impl Fn(usize, &CellPictures) -> Option<(String, String)>) -> String {
    joined(content.pictures.iter().enumerate(), |(position, pictures)| {
        let Some((end, picture)) = of_cell(position, pictures) else { return String::new() };
        format!("<figure>\n<h3>{}{end}</h3>\n{picture}\n</figure>\n", content.shown(position))
    })
}

/// The numbers of classes that have names.
fn class_names(data: &Data) -> String {
    let classes = &data.details.classes;
    if classes.iter().enumerate().all(|(i, name)| *name == i.to_string()) {
        return String::new();
    }
    let names = classes.iter().enumerate().map(|(i, name)| format!("{i} {}", escape(name)));
    format!("Classes: {}.", list(names, ", "))
}

/// Class histograms, side by side where there is room.
pub(super) fn histograms(content: &Content) -> String {
    let figures =
        figures(content, |_, pictures| Some((String::new(), pictures.histogram.as_ref()?.inline.clone())));
    if figures.is_empty() {
        return figures;
    }
    format!(
        "<p>Share of each class among all points acquired, over all rounds and seeds, beside its share in \
         the pool.</p>\n<div class=\"grid\">\n{figures}</div>\n"
    )
}
