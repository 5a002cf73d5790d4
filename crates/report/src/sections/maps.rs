//! Maps of a score over the plane, with the decision boundary and the picks of the round.

use std::fmt::Write as _;

use bal_artifact::{Inputs, file, read_ids};
use maud::{Markup, html};
use ndarray::Array2;

use super::gallery::numbered;
use super::kept::{kept, read, some_of};
use super::plane_map::{PlaneMap, range};
use super::{Made, Section};
use crate::Error;
use crate::figures::{Figure, Plot};
use crate::material::Material;
use crate::numbers::{Column, Entry, Table};
use crate::runs::{Cell, Data, Round, SeedRun, TrainInputs};
use crate::words::number;

pub(super) struct ScoreMaps;

/// Rounds of a cell that are shown.
const ROUNDS: usize = 3;

/// What is mapped where the layers do not have what a cell picks by.
const ELSE: &str = "bald";

impl Section for ScoreMaps {
    fn id(&self) -> &'static str {
        "maps"
    }

    fn heading(&self) -> &'static str {
        "Score maps"
    }

    fn needs(&self) -> &'static str {
        "maps of the plane (`score.grid`, for points of the plane)"
    }

    fn make(&self, material: &Material, inputs: &mut Inputs) -> Result<Option<Made>, Error> {
        let mut made = Made::default();
        for (position, cell) in material.cells.iter().enumerate() {
            let (Some((run, rounds)), Some(data)) = (kept(cell, file::MAP), material.data.of(position))
            else {
                continue;
            };
            let mut maps = Vec::new();
            for round in some_of(&rounds, ROUNDS) {
                bal_cli::check_interrupt()?;
                let map = PlaneMap::read(inputs, (cell, run, round))?;
                let (name, layer) = chosen(cell, &map)?;
                let points = points(inputs, (cell, run, round), data)?;
                maps.push((round, map, name, layer, points));
            }
            let ends = range(maps.iter().map(|(.., layer, _)| layer));
            made.add(html! { h3 { (material.shown(position)) ", seed " (run.seed) } });
            let mut figures = Vec::new();
            for (round, map, name, layer, points) in &maps {
                figures.push(figure(cell, (round, map), (name, layer), points, ends)?);
            }
            made.add(html! { div.grid.thirds { @for figure in &figures { figure {
                div.scroll tabindex="0" role="group" aria-label=(crate::words::plain(&figure.description)) { (figure.inline()) }
                figcaption { "Round " (figure.name.rsplit('-').next().unwrap_or_default()) ". " (super::made::links(&figure.name)) }
            } } } });
            made.add(scale(maps.last().map_or(ELSE, |(_, _, name, ..)| name), ends));
            for figure in &figures {
                made.files_of(figure);
            }
        }
        if made.is_empty() {
            return Ok(None);
        }
        made.add(html! { p.soft {
            "The line is where the most probable class changes. Numbered: the points that were acquired there, in \
             their order; open squares: those labelled before."
        } });
        Ok(Some(made))
    }
}

/// What the colours of maps mean.
fn scale(name: &str, (least, most): (f64, f64)) -> Markup {
    html! { p.soft { "Colours: " code { (name) } " from " (number(least, 3)) " (dark) to " (number(most, 3)) " nats (light)." } }
}

/// The layer that a cell picks by, if it is there.
fn chosen(cell: &Cell, map: &PlaneMap) -> Result<(String, Array2<f64>), Error> {
    let scored = cell
        .rounds()
        .find_map(|round| Some(round.score.as_ref()?.config.get("acquisition")?.as_str()?.to_owned()));
    let own = scored.and_then(|name| Some((name.clone(), map.layer(&name)?)));
    let found = own.or_else(|| Some((ELSE.to_owned(), map.layer(ELSE)?)));
    found.ok_or_else(|| {
        let reason = format!("the map of `{}` has no layer `{ELSE}`", cell.name);
        Error::Picture { picture: "score_map".to_owned(), reason }
    })
}

/// Points that are labelled before a round, and those that it acquires, in their order.
type Points = [Vec<[f64; 2]>; 2];

fn points(
    inputs: &mut Inputs,
    (cell, run, round): (&Cell, &SeedRun, &Round),
    data: &Data,
) -> Result<Points, Error> {
    let TrainInputs::Points(points, _) = &data.inputs else { return Ok([Vec::new(), Vec::new()]) };
    let points = points.view();
    let mut of = |stage: &'static str, file: &'static str, there: bool| -> Result<Vec<[f64; 2]>, Error> {
        if !there {
            return Ok(Vec::new());
        }
        let ids = read_ids("ids", &read(inputs, (cell, run, round), (stage, file))?)?;
        let rows = ids.into_iter().filter_map(|id| usize::try_from(id).ok()).map(|id| data.row(id));
        Ok(rows
            .filter(|&row| row < points.nrows())
            .map(|row| [0, 1].map(|axis| f64::from(points[[row, axis]])))
            .collect())
    };
    Ok([
        of("label", file::LABELLED, round.label.is_some())?,
        of("select", file::SELECTED, round.select.is_some())?,
    ])
}

fn figure(
    cell: &Cell,
    (round, map): (&Round, &PlaneMap),
    (name, layer): (&str, &Array2<f64>),
    [labelled, picked]: &Points,
    ends: (f64, f64),
) -> Result<Figure, Error> {
    let plot = map.plot(460.0, 360.0);
    let picture = PlaneMap::picture(&plot, &layer.view(), ends)?;
    let at = |[x, y]: [f64; 2]| (plot.at_x(x), plot.at_y(y));
    let squares = labelled.iter().fold(String::new(), |mut path, &point| {
        let (x, y) = at(point);
        let _ = write!(path, "M{:.1} {:.1}h5v5h-5z", x - 2.5, y - 2.5);
        path
    });
    let body = plot.around(&html! {
        (picture)
        (map.boundary(&plot))
        path.labelled d=(squares) {}
        @for (place, &point) in picked.iter().enumerate() {
            @let (x, y) = at(point);
            circle.pick cx=(crate::figures::round(x)) cy=(crate::figures::round(y)) r="4" {}
            (numbered(place + 1, (x, y)))
        }
    });
    Ok(Figure {
        name: format!("score_map-{}-{}", cell.file_name, round.index),
        description: format!(
            "{name} over the plane for {} after round {}, with its picks",
            cell.label, round.index
        ),
        width: plot.width,
        height: plot.height,
        body,
        legend: Vec::new(),
        band: None,
        numbers: numbers(&plot, layer, name),
    })
}

/// Centres of the cells of a picture, and their values.
pub(super) fn numbers(plot: &Plot, layer: &Array2<f64>, name: &str) -> Table {
    let mut table = Table::new(["x1", "x2", name].map(Column::hidden).into());
    let side = layer.nrows() as f64;
    let at = |axis: &crate::figures::Axis, i: usize| {
        axis.least + (axis.most - axis.least) * (i as f64 + 0.5) / side
    };
    for ((y, x), value) in layer.indexed_iter() {
        let rounded = |value: f64| Entry::number(Some((value * 1e5).round() / 1e5), 5);
        table.push(vec![rounded(at(&plot.x, x)), rounded(at(&plot.y, y)), rounded(*value)]);
    }
    table
}
