//! Which classes were acquired, against the pool.

use bal_artifact::{Inputs, file};
use maud::{Markup, html};

use super::{Made, Section};
use crate::Error;
use crate::figures::{Axis, Figure, Plot};
use crate::material::Material;
use crate::numbers::{Column, Entry, Table};
use crate::runs::{Cell, class_counts};

pub(super) struct ClassBalance;

/// More classes than this are numbered instead of named.
const MAX_NAMED: usize = 20;

/// What one cell acquired of each class, and what its pools had.
struct Shares<'a> {
    position: usize,
    cell: &'a Cell,
    classes: &'a [String],
    counts: Vec<[usize; 2]>,
}

impl Shares<'_> {
    /// Share of each class in what was acquired (0) or in the pools (1).
    fn shares(&self, part: usize) -> Vec<f64> {
        let sum: usize = self.counts.iter().map(|counts| counts[part]).sum();
        self.counts.iter().map(|counts| counts[part] as f64 / sum.max(1) as f64).collect()
    }
}

impl Section for ClassBalance {
    fn id(&self) -> &'static str {
        "classes"
    }

    fn heading(&self) -> &'static str {
        "Classes acquired"
    }

    fn needs(&self) -> &'static str {
        "labels of what was acquired, and the data set in its place (or in `--data`)"
    }

    fn make(&self, material: &Material, inputs: &mut Inputs) -> Result<Option<Made>, Error> {
        let mut all = Vec::new();
        for (position, cell) in material.cells.iter().enumerate() {
            bal_cli::check_interrupt()?;
            let Some(data) = material.data.of(position) else { continue };
            record(inputs, cell)?;
            if let Some(counts) = class_counts(cell, data)? {
                all.push(Shares { position, cell, classes: &data.details.classes, counts });
            }
        }
        if all.is_empty() {
            return Ok(None);
        }
        let mut made = Made::default();
        made.add(html! { p {
            "Share of each class among all points acquired (bars), over all rounds and seeds, beside its share in the \
             pool (lines across). All numbers: " a href="class_balance.csv" { "class_balance.csv" } "."
        } });
        let most = |part: usize| all.iter().flat_map(|cell| cell.shares(part)).fold(0.0, f64::max);
        let top = most(0).max(most(1));
        let figures: Vec<(Markup, Figure)> = all
            .iter()
            .map(|shares| (material.shown(shares.position), figure(material, shares, top)))
            .collect();
        made.add(html! { div.grid { @for (heading, figure) in &figures {
            figure {
                h3 { (heading) }
                div.scroll tabindex="0" role="group" aria-label=(crate::words::plain(&figure.description)) { (figure.inline()) }
            }
        } } });
        for (_, figure) in &figures {
            made.files_of(figure);
        }
        made.csv("class_balance", &numbers(&all));
        Ok(Some(made))
    }
}

/// Records what is read of a cell.
fn record(inputs: &mut Inputs, cell: &Cell) -> Result<(), Error> {
    for run in &cell.seeds {
        let Some(round) = run.labelled else { continue };
        let mut read = |what, place| cell.read(run, inputs, what, place).map(drop);
        if run.split.is_some() {
            read("initial training set", ("split", 0, file::INITIAL))?;
        }
        read("labelled ids", ("label", round, file::LABELLED))?;
        read("labels", ("label", round, file::LABELS))?;
    }
    Ok(())
}

fn figure(material: &Material, shares: &Shares, top: f64) -> Figure {
    let names: Vec<String> = match shares.classes {
        classes if classes.len() > MAX_NAMED => (0..classes.len()).map(|class| class.to_string()).collect(),
        classes => classes.to_vec(),
    };
    let mut x = Axis::names("class", names);
    let step = x.ticks.len().div_ceil(MAX_NAMED).max(1);
    x.ticks = x.ticks.into_iter().step_by(step).collect();
    let plot = Plot::new(520.0, 260.0, x, Axis::rounded("share", 0.0, top, 4).in_percent());
    let (acquired, pool) = (shares.shares(0), shares.shares(1));
    let bar = |class: usize, share: f64| {
        let (left, right) = (plot.at_x(class as f64 - 0.38), plot.at_x(class as f64 + 0.38));
        format!("M{left:.1} {:.1}V{:.1}H{right:.1}V{:.1}z", plot.bottom(), plot.at_y(share), plot.bottom())
    };
    let line = |class: usize, share: f64| {
        let (left, right) = (plot.at_x(class as f64 - 0.48), plot.at_x(class as f64 + 0.48));
        format!("M{left:.1} {:.1}H{right:.1}", plot.at_y(share))
    };
    // A rim keeps the lines apart from bars of nearly their colour.
    let rim = |class: usize, share: f64| {
        let (left, right) = (plot.at_x(class as f64 - 0.48), plot.at_x(class as f64 + 0.48));
        format!("M{left:.1} {:.1}h{:.1}v5h{:.1}z", plot.at_y(share) - 2.5, right - left, left - right)
    };
    let path = |of: &dyn Fn(usize, f64) -> String, shares: &[f64]| {
        shares.iter().enumerate().map(|(class, &share)| of(class, share)).collect::<String>()
    };
    let body = plot.around(&html! {
        path class=(format!("solid s{}", material.looks[shares.position].colour)) d=(path(&bar, &acquired)) {}
        path.ground d=(path(&rim, &pool)) {}
        path.open.ink d=(path(&line, &pool)) stroke-width="2" {}
    });
    Figure {
        name: format!("class_balance-{}", shares.cell.file_name),
        description: format!(
            "share of each class among the points that {} acquired, and in its pool",
            shares.cell.label
        ),
        width: plot.width,
        height: plot.height,
        body,
        legend: Vec::new(),
        band: None,
        numbers: numbers(std::slice::from_ref(shares)),
    }
}

fn numbers(all: &[Shares]) -> Table {
    let names = ["cell", "class", "acquired", "acquired_share", "pool", "pool_share"];
    let mut table = Table::new(names.map(Column::hidden).into());
    for shares in all {
        let (acquired, pool) = (shares.shares(0), shares.shares(1));
        for (class, name) in shares.classes.iter().enumerate() {
            table.push(vec![
                Entry::text(&shares.cell.name),
                Entry::text(name),
                Entry::whole(shares.counts[class][0]),
                Entry::share(Some(acquired[class])),
                Entry::whole(shares.counts[class][1]),
                Entry::share(Some(pool[class])),
            ]);
        }
    }
    table
}
