//! How scores are distributed over the pool, round by round.

use bal_artifact::tables::Scores;
use bal_artifact::{Inputs, file};
use maud::{Markup, html};

use super::kept::{kept, read, some_of};
use super::{Made, Section};
use crate::Error;
use crate::figures::{Axis, Figure, Plot};
use crate::material::Material;
use crate::numbers::{Column, Entry, Table, quantile};
use crate::runs::Cell;

pub(super) struct ScoreDistributions;

/// Rounds of a cell that are shown.
const ROUNDS: usize = 12;

/// Levels of the quantiles: ends, 5 %, quarters, 95 %.
const LEVELS: [f64; 7] = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0];

/// The distributions of a cell's scores.
struct Distributions<'a> {
    position: usize,
    cell: &'a Cell,
    seed: u64,
    /// Function, and its quantiles by round.
    function: String,
    rounds: Vec<(u64, usize, [f64; 7])>,
}

impl Section for ScoreDistributions {
    fn id(&self) -> &'static str {
        "scores"
    }

    fn heading(&self) -> &'static str {
        "Distributions of scores"
    }

    fn needs(&self) -> &'static str {
        "scores that were kept (`keep.scores`)"
    }

    fn make(&self, material: &Material, inputs: &mut Inputs) -> Result<Option<Made>, Error> {
        let mut all = Vec::new();
        for (position, cell) in material.cells.iter().enumerate() {
            bal_cli::check_interrupt()?;
            let Some((run, rounds)) = kept(cell, file::SCORES) else { continue };
            let mut of_cell: Vec<Distributions> = Vec::new();
            for round in some_of(&rounds, ROUNDS) {
                let path = read(inputs, (cell, run, round), ("score", file::SCORES))?;
                for (function, scores) in Scores::read(&path)?.columns {
                    let quantiles = quantiles(scores);
                    let Some((points, quantiles)) = quantiles else { continue };
                    let row = (round.index, points, quantiles);
                    match of_cell.iter_mut().find(|distributions| distributions.function == function) {
                        Some(distributions) => distributions.rounds.push(row),
                        None => of_cell.push(Distributions {
                            position,
                            cell,
                            seed: run.seed,
                            function,
                            rounds: vec![row],
                        }),
                    }
                }
            }
            all.extend(of_cell);
        }
        if all.is_empty() {
            return Ok(None);
        }
        let mut made = Made::default();
        made.add(html! { p {
            "Scores of the points of the pool after the training of a round, of the first seed whose scores were \
             kept. Thin lines: all scores; thick lines: 5 to 95 %; boxes: the quarters around the median, a \
             line. All numbers: " a href="score_distributions.csv" { "score_distributions.csv" } "."
        } });
        let figures: Vec<(Markup, Figure)> = all
            .iter()
            .map(|of| (html! { (material.shown(of.position)) ", seed " (of.seed) }, figure(material, of)))
            .collect();
        made.add(html! { div.grid { @for (heading, figure) in &figures { figure {
            h3 { (heading) }
            div.scroll tabindex="0" role="group" aria-label=(crate::words::plain(&figure.description)) { (figure.inline()) }
        } } } });
        for (_, figure) in &figures {
            made.files_of(figure);
        }
        made.csv("score_distributions", &numbers(&all));
        Ok(Some(made))
    }
}

/// Number of scores, and their quantiles at [`LEVELS`].
fn quantiles(mut scores: Vec<f64>) -> Option<(usize, [f64; 7])> {
    scores.sort_by(f64::total_cmp);
    let found: Vec<f64> = LEVELS.iter().filter_map(|&level| quantile(&scores, level)).collect();
    Some((scores.len(), found.try_into().ok()?))
}

fn figure(material: &Material, of: &Distributions) -> Figure {
    let ends = |level: usize| of.rounds.iter().map(move |(.., quantiles)| quantiles[level]);
    let (least, most) = (ends(0).fold(f64::INFINITY, f64::min), ends(6).fold(f64::NEG_INFINITY, f64::max));
    let x = Axis::names("round", of.rounds.iter().map(|(round, ..)| round.to_string()));
    let plot = Plot::new(520.0, 260.0, x, Axis::rounded(of.function.as_str(), least, most, 5));
    let upright = |place: usize, from: f64, to: f64| {
        format!("M{:.1} {:.1}V{:.1}", plot.at_x(place as f64), plot.at_y(from), plot.at_y(to))
    };
    let body = plot.around(&html! {
        g class=(format!("s{}", material.looks[of.position].colour)) {
            @for (place, (.., q)) in of.rounds.iter().enumerate() {
                path.line d=(upright(place, q[0], q[6])) {}
                path.line stroke-width="4" style="stroke-width:4" d=(upright(place, q[1], q[5])) {}
                path.line style="stroke-width:12" d=(upright(place, q[2], q[4])) {}
                @let (at, middle) = (plot.at_x(place as f64), plot.at_y(q[3]));
                path.ground d=(format!("M{:.1} {:.1}h12v2h-12z", at - 6.0, middle - 1.0)) {}
            }
        }
    });
    Figure {
        name: format!("score_distributions-{}-{}", of.cell.file_name, of.function),
        description: format!("distribution of {} over the pool of {}, by round", of.function, of.cell.label),
        width: plot.width,
        height: plot.height,
        body,
        legend: Vec::new(),
        band: None,
        numbers: numbers(std::slice::from_ref(of)),
    }
}

fn numbers(all: &[Distributions]) -> Table {
    let names = [
        "cell", "seed", "function", "round", "points", "least", "q05", "q25", "median", "q75", "q95", "most",
    ];
    let mut table = Table::new(names.map(Column::hidden).into());
    for of in all {
        for (round, points, quantiles) in &of.rounds {
            let mut row = vec![
                Entry::text(&of.cell.name),
                Entry::whole(of.seed),
                Entry::text(&of.function),
                Entry::whole(*round),
                Entry::whole(*points),
            ];
            row.extend(quantiles.iter().map(|value| Entry::number(Some(*value), 4)));
            table.push(row);
        }
    }
    table
}
