//! How much the points of a batch tell about each other.

use std::collections::{BTreeMap, BTreeSet};

use bal_artifact::tables::{Scores, Selected};
use bal_artifact::{Inputs, MappedArray, file};
use maud::html;
use ndarray::{Axis, Ix3};

use super::kept::{kept, read};
use super::{Made, Section};
use crate::Error;
use crate::figures::{Axis as Side, Figure, Plot, marked_line};
use crate::material::Material;
use crate::numbers::{Column, Entry, Table, mean_pairwise_information};
use crate::runs::{Cell, Group, Round, SeedRun};

pub(super) struct Redundancy;

/// Points of a batch that are compared at most: their pairs grow with the square.
const MAX_POINTS: usize = 100;

/// What one run shows.
struct Shared {
    position: usize,
    seed: u64,
    /// Round, labels before the batch, points compared, nats.
    rounds: Vec<(u64, u64, usize, f64)>,
}

impl Section for Redundancy {
    fn id(&self) -> &'static str {
        "redundancy"
    }

    fn heading(&self) -> &'static str {
        "Redundancy of batches"
    }

    fn needs(&self) -> &'static str {
        "predictions and scores that were kept (`score.write_log_probs`, `keep.predictions`)"
    }

    fn make(&self, material: &Material, inputs: &mut Inputs) -> Result<Option<Made>, Error> {
        let mut made = Made::default();
        for group in &material.groups {
            let mut all = Vec::new();
            for &position in &group.cells {
                bal_cli::check_interrupt()?;
                all.extend(of_cell(material, inputs, position)?);
            }
            let Some(figure) = figure(material, group, &all) else { continue };
            made.figure(&figure, None, &html! {
                "Mean mutual information between the labels of two points of a batch, in nats, by the number of \
                 labels before it: what they tell about each other, and thus tell twice. Of the first seed whose \
                 predictions were kept, and of at most " (MAX_POINTS) " points of a batch."
            });
        }
        Ok(Some(made).filter(|made| !made.is_empty()))
    }
}

/// The first run of a cell whose predictions were kept.
fn of_cell(material: &Material, inputs: &mut Inputs, position: usize) -> Result<Option<Shared>, Error> {
    let cell = &material.cells[position];
    let Some((run, rounds)) = kept(cell, file::LOG_PROBS) else { return Ok(None) };
    let scored: BTreeSet<u64> = kept(cell, file::SCORES)
        .filter(|(of, _)| of.seed == run.seed)
        .map(|(_, rounds)| rounds.iter().map(|round| round.index).collect())
        .unwrap_or_default();
    let mut shared = Shared { position, seed: run.seed, rounds: Vec::new() };
    for round in rounds.into_iter().filter(|round| round.select.is_some() && scored.contains(&round.index)) {
        if let Some((points, nats)) = of_round(inputs, (cell, run, round))? {
            shared.rounds.push((round.index, round.measures.labels, points, nats));
        }
    }
    Ok(Some(shared).filter(|shared| !shared.rounds.is_empty()))
}

/// Points compared, and what they share.
fn of_round(inputs: &mut Inputs, place: (&Cell, &SeedRun, &Round)) -> Result<Option<(usize, f64)>, Error> {
    let log_probs = read(inputs, place, ("score", file::LOG_PROBS))?;
    let scores = read(inputs, place, ("score", file::SCORES))?;
    let selected = read(inputs, place, ("select", file::SELECTED_TABLE))?;
    // Rows of the predictions are those of the scores.
    let rows: BTreeMap<i64, usize> =
        Scores::read(&scores)?.ids.into_iter().enumerate().map(|(row, id)| (id, row)).collect();
    let picked = Selected::read(&selected)?.ids;
    let predictions = MappedArray::<f32, Ix3>::open("predictions", &log_probs)?;
    let found: Option<Vec<usize>> = picked.iter().take(MAX_POINTS).map(|id| rows.get(id).copied()).collect();
    let Some(found) = found.filter(|found| found.iter().all(|&row| row < predictions.view().shape()[0]))
    else {
        return Ok(None);
    };
    let of_batch = predictions.view().select(Axis(0), &found);
    let nats = mean_pairwise_information(&of_batch.view()).map_err(|error| {
        let (expected, found) = ("log-probabilities".to_owned(), error.to_string());
        bal_artifact::Error::Value { path: log_probs, expected, found }
    })?;
    Ok(nats.map(|nats| (found.len(), nats)))
}

fn figure(material: &Material, group: &Group, all: &[Shared]) -> Option<Figure> {
    let rounds = || all.iter().flat_map(|shared| &shared.rounds);
    let first = rounds().map(|round| round.1).min()? as f64;
    let last = rounds().map(|round| round.1).max()? as f64;
    let top = rounds().map(|round| round.3).fold(0.0, f64::max);
    let x = Side::new("labels before the batch", first, last, 8);
    let plot = Plot::new(720.0, 300.0, x, Side::rounded("nats", 0.0, top, 5));
    let look = |shared: &Shared| material.looks[shared.position];
    let body = plot.around(&html! { @for shared in all {
        g class=(format!("s{}", look(shared).colour)) {
            @let points: Vec<(f64, f64)> =
                shared.rounds.iter().map(|(_, labels, _, nats)| (*labels as f64, *nats)).collect();
            (marked_line(&plot, look(shared), &points))
        }
    } });
    let names = ["cell", "seed", "round", "labels", "points", "mean_pairwise_information"];
    let mut numbers = Table::new(names.map(Column::hidden).into());
    for shared in all {
        for (round, labels, points, nats) in &shared.rounds {
            numbers.push(vec![
                Entry::text(&material.cells[shared.position].name),
                Entry::whole(shared.seed),
                Entry::whole(*round),
                Entry::whole(*labels),
                Entry::whole(*points),
                Entry::number(Some(*nats), 4),
            ]);
        }
    }
    let legend =
        all.iter().map(|shared| (look(shared).sample(), material.cells[shared.position].label.clone()));
    Some(Figure {
        name: format!("redundancy{}", group.suffix),
        description: "mean mutual information of two points of a batch, by number of labels".to_owned(),
        width: plot.width,
        height: plot.height,
        body,
        legend: legend.collect(),
        band: None,
        numbers,
    })
}
