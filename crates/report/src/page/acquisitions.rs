//! What was acquired: contact sheets or points of the plane, and class histograms.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Content;
use crate::html::escape;
use crate::pictures::{CellPictures, Shown};
use crate::runs::Data;

/// Pictures up to this width in pixels can stand two in a row.
const MAX_HALF_WIDTH: usize = 720;

/// A picture per cell.
pub(super) fn acquired(content: &Content) -> String {
    let mut html = String::new();
    for (position, pictures) in content.pictures.iter().enumerate() {
        let Some((seed, shown)) = &pictures.acquired else { continue };
        let name = content.shown(position);
        let _ = write!(html, "<figure>\n<h3>{name}, seed {seed}</h3>\n");
        match shown {
            Shown::Images(sheet) => {
                let (name, data) = (escape(&content.cells[position].label), STANDARD.encode(&sheet.png));
                let (width, height) = (sheet.width, sheet.height);
                let _ = write!(
                    html,
                    "<img alt=\"Images acquired by {name}\" width=\"{width}\" height=\"{height}\" \
                     src=\"data:image/png;base64,{data}\">\n<figcaption>{}{}</figcaption>\n",
                    sheet.note,
                    content.data.of(position).map(class_names).unwrap_or_default(),
                );
            }
            Shown::Points(figure) => html.push_str(&figure.inline),
        }
        html.push_str("</figure>\n");
    }
    if html.is_empty() {
        return without_pictures(content);
    }
    let images = content.pictures.iter().any(|p| matches!(p.acquired, Some((_, Shown::Images(_)))));
    let how = if images {
        "A row per round, numbered on the left, in the order of acquisition; below each image its class."
    } else {
        "Training points by class, and those acquired, coloured by round; a number is the round."
    };
    let narrow = |shown: &Shown| match shown {
        Shown::Images(sheet) => sheet.width <= MAX_HALF_WIDTH,
        Shown::Points(_) => true,
    };
    let side_by_side =
        content.pictures.iter().filter_map(|p| p.acquired.as_ref()).all(|(_, shown)| narrow(shown));
    format!("<p>{how}</p>\n<div class=\"{}\">\n{html}</div>\n", if side_by_side { "grid" } else { "" })
}

/// The numbers of classes that have names.
fn class_names(data: &Data) -> String {
    let classes = &data.details.classes;
    if classes.iter().enumerate().all(|(i, name)| *name == i.to_string()) {
        return String::new();
    }
    let names: Vec<_> = classes.iter().enumerate().map(|(i, name)| format!("{i} {}", escape(name))).collect();
    format!("Classes: {}.", names.join(", "))
}

fn without_pictures(content: &Content) -> String {
    if content.data.all().is_empty() {
        return "<p>The data set of these runs was not found, so that what was acquired cannot be shown. \
                Give its folder with <code>--data</code>.</p>\n"
            .to_owned();
    }
    String::new()
}

/// Class histograms, side by side where there is room.
pub(super) fn histograms(content: &Content) -> String {
    let mut html = String::new();
    for (position, pictures) in content.pictures.iter().enumerate() {
        let CellPictures { histogram: Some(figure), .. } = pictures else { continue };
        let name = content.shown(position);
        let _ = write!(html, "<figure>\n<h3>{name}</h3>\n{}\n</figure>\n", figure.inline);
    }
    if html.is_empty() {
        return html;
    }
    format!(
        "<p>Share of each class among all points acquired, over all rounds and seeds, beside its share in \
         the pool.</p>\n<div class=\"grid\">\n{html}</div>\n"
    )
}
