//! What was acquired, in the order of the picks: images, texts, or points of the plane.

mod images;
mod plane;
mod texts;

use std::collections::BTreeSet;

use bal_artifact::{Inputs, file};
use maud::{Markup, html};

use super::{Made, Section};
use crate::Error;
use crate::material::Material;
use crate::numbers::{Column, Entry, Table};
use crate::runs::{Cell, Data, Picks, SeedRun, TrainInputs, initial, picks};

pub(super) use plane::numbered;

pub(super) struct Gallery;

/// What one cell acquired with one seed. Picks are rows of what is stored: a copy looks like its original.
struct Acquired<'a> {
    position: usize,
    cell: &'a Cell,
    run: &'a SeedRun,
    data: &'a Data,
    picks: Vec<Picks>,
    /// Of the initial training set.
    initial: Vec<usize>,
}

impl Section for Gallery {
    fn id(&self) -> &'static str {
        "acquired"
    }

    fn heading(&self) -> &'static str {
        "What was acquired"
    }

    fn needs(&self) -> &'static str {
        "a batch that was picked, and the data set in its place (or in `--data`)"
    }

    fn make(&self, material: &Material, inputs: &mut Inputs) -> Result<Option<Made>, Error> {
        let mut all = Vec::new();
        for (position, cell) in material.cells.iter().enumerate() {
            bal_cli::check_interrupt()?;
            let (Some(run), Some(data)) = (cell.first_acquiring(), material.data.of(position)) else {
                continue;
            };
            record(inputs, cell, run)?;
            let (picks, initial) = (picks(run, data)?, initial(run, data)?);
            all.push(Acquired { position, cell, run, data, picks, initial });
        }
        if all.is_empty() {
            return Ok(None);
        }
        let mut made = Made::default();
        let mut budget = images::BUDGET / all.len();
        if all.iter().any(|acquired| matches!(acquired.data.inputs, TrainInputs::Images(_))) {
            made.add(html! { p {
                "The batches of the first seed of each method that acquired anything, in the order of the picks, \
                 with the number of labels before each; below each image its class, below the images how often each class is in \
                 the whole batch. All points with ids: "
                a href="acquired.csv" { "acquired.csv" } "."
            } });
        }
        let mut shown = Vec::new();
        for acquired in &all {
            bal_cli::check_interrupt()?;
            let heading = html! { (material.shown(acquired.position)) ", seed " (acquired.run.seed) };
            match &acquired.data.inputs {
                TrainInputs::Images(images) => {
                    let rounds = images::rounds(acquired, &images.view(), &mut budget)?;
                    shown.push(html! { figure.gallery { h3 { (heading) } (rounds) (copies(acquired)) } });
                }
                TrainInputs::Points(points, labels) if points.view().ncols() == 2 => {
                    let figure = plane::figure(acquired, &points.view(), labels);
                    shown.push(plane::html(&figure, &heading));
                    made.files_of(&figure);
                }
                TrainInputs::Points(..) => {}
                TrainInputs::Texts(all, words) => {
                    shown.push(html! { figure { h3 { (heading) }
                    (texts::table(acquired, &all.view(), words)) (copies(acquired)) } });
                }
            }
            budget += images::BUDGET / all.len();
        }
        made.add(html! { div.grid { @for figure in &shown { (figure) } } });
        made.csv("acquired", &numbers(&all));
        Ok(Some(made))
    }
}

/// Records what is read of a run.
fn record(inputs: &mut Inputs, cell: &Cell, run: &SeedRun) -> Result<(), Error> {
    let mut read = |what, place| cell.read(run, inputs, what, place).map(drop);
    if run.split.is_some() {
        read("initial training set", ("split", 0, file::INITIAL))?;
    }
    for round in run.rounds.iter().filter(|round| round.select.is_some()) {
        read("acquired ids", ("select", round.index, file::SELECTED))?;
    }
    if let Some(round) = run.labelled {
        read("labelled ids", ("label", round, file::LABELLED))?;
        read("labels", ("label", round, file::LABELS))?;
    }
    Ok(())
}

/// Name of a class, where it is known.
fn class<'a>(acquired: &Acquired<'a>, label: Option<i64>) -> Option<&'a str> {
    acquired.data.details.classes.get(usize::try_from(label?).ok()?).map(String::as_str)
}

/// How many points were acquired that are copies of others labelled before; nothing where there are no
/// copies.
fn copies(acquired: &Acquired) -> Markup {
    let data = acquired.data;
    if data.details.view.as_ref().is_none_or(|view| view.repeat == 1) {
        return html! {};
    }
    let mut known: BTreeSet<usize> = acquired.initial.iter().map(|&id| data.row(id)).collect();
    let all: Vec<usize> =
        acquired.picks.iter().flat_map(|picks| &picks.points).map(|&(id, _)| data.row(id)).collect();
    let copies = all.iter().filter(|&&row| !known.insert(row)).count();
    html! { figcaption { (copies) " of the " (all.len()) " points acquired are copies of points labelled before." } }
}

/// A row per pick.
fn numbers(all: &[Acquired]) -> Table {
    let names = ["cell", "seed", "round", "rank", "id", "class"];
    let mut table = Table::new(names.map(Column::hidden).into());
    for acquired in all {
        for picks in &acquired.picks {
            for (rank, &(id, label)) in picks.points.iter().enumerate() {
                table.push(vec![
                    Entry::text(&acquired.cell.name),
                    Entry::whole(acquired.run.seed),
                    Entry::whole(picks.round),
                    Entry::whole(rank),
                    Entry::whole(id),
                    class(acquired, label).map_or_else(|| Entry::nothing(1), Entry::text),
                ]);
            }
        }
    }
    table
}
