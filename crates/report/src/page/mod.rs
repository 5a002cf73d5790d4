//! `report.html`: one page that needs nothing else. Its script only adds to it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::figures::{STYLE, page_colours};
use crate::material::Material;
use crate::sections::{Made, Section};

/// A section and what it made of these runs, if they have what it needs.
pub(crate) type MadeSection = (&'static dyn Section, Option<Made>);

/// The page of these sections.
pub(crate) fn page(material: &Material, sections: &[MadeSection]) -> String {
    let title = material.title();
    let there = || sections.iter().filter_map(|(section, made)| Some((section, made.as_ref()?)));
    let style = format!("{}{}{STYLE}", include_str!("style.css"), page_colours());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – active learning report" }
                link rel="icon" href="data:,";
                style { (PreEscaped(style)) }
            }
            body {
                header {
                    h1 { bdi { (title) } }
                    p.soft { "Active learning report" }
                    nav aria-label="Sections" { @for (section, _) in there() {
                        a href=(format!("#{}", section.id())) { (section.heading()) } " "
                    }
                    @if sections.iter().any(|(_, made)| made.is_none()) { a href="#missing" { "Not shown" } } }
                }
                main {
                    @for (section, made) in there() {
                        section id=(section.id()) { h2 { (section.heading()) } (made.html()) }
                    }
                    (not_shown(sections))
                }
                script { (PreEscaped(include_str!("script.js"))) }
            }
        }
    };
    page.into_string()
}

/// What stands between backticks as code.
fn with_code(text: &str) -> Markup {
    html! { @for (place, part) in text.split('`').enumerate() {
        @if place % 2 == 1 { code { (part) } } @else { (part) }
    } }
}

/// Sections for which these runs lack something, and what.
fn not_shown(sections: &[MadeSection]) -> Markup {
    let missing: Vec<_> =
        sections.iter().filter(|(_, made)| made.is_none()).map(|(section, _)| section).collect();
    html! { @if !missing.is_empty() {
        section id="missing" {
            h2 { "Not shown" }
            ul { @for section in missing { li {
                (section.heading()) ": needs " (with_code(section.needs())) "."
            } } }
        }
    } }
}
