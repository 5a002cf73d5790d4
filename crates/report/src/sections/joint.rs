//! Joint information of batches against its bound, log K.

use bal_artifact::Inputs;
use maud::html;

use super::{Made, Section};
use crate::Error;
use crate::figures::{Axis, Figure, Plot, marked_line};
use crate::material::Material;
use crate::numbers::{Average, Column, Entry, Table};
use crate::runs::{Cell, Group};

pub(super) struct JointInformation;

/// From this share of log K on, a batch is saturated (the limit of the warning of `select`).
const SATURATION: f64 = bal_acquisition::SATURATION;

/// What the batches of a cell say together, by labels before them: nats, mean over seeds.
struct Information {
    position: usize,
    /// Labels, joint information, log K, seeds.
    rounds: Vec<(u64, Average, f64, usize)>,
}

impl Section for JointInformation {
    fn id(&self) -> &'static str {
        "joint"
    }

    fn heading(&self) -> &'static str {
        "Joint information of batches"
    }

    fn needs(&self) -> &'static str {
        "a method that estimates it, as `batch_bald` does"
    }

    fn make(&self, material: &Material, _: &mut Inputs) -> Result<Option<Made>, Error> {
        let mut made = Made::default();
        for group in &material.groups {
            let all: Vec<Information> = group
                .cells
                .iter()
                .map(|&position| Information { position, rounds: rounds(&material.cells[position]) })
                .filter(|information| !information.rounds.is_empty())
                .collect();
            let Some(figure) = figure(material, group, &all) else { continue };
            let saturated: Vec<_> = all.iter().filter(|information| is_saturated(information)).collect();
            made.figure(&figure, None, &html! {
                "Mutual information between the labels of a batch and the parameters, in nats, by the number of \
                 labels before it, mean over seeds; for pairwise methods in their approximation. It cannot exceed \
                 log K, the broken line, with K posterior samples. "
                @for information in saturated {
                    (material.shown(information.position)) " comes to more than " (100.0 * SATURATION)
                    " % of it: K samples cannot tell its later picks from others; raise their number. "
                }
            });
        }
        Ok(Some(made).filter(|made| !made.is_empty()))
    }
}

fn is_saturated(information: &Information) -> bool {
    information.rounds.iter().any(|(_, average, log_k, _)| average.mean > SATURATION * log_k)
}

/// What the manifests of the batches say, by labels.
fn rounds(cell: &Cell) -> Vec<(u64, Average, f64, usize)> {
    let mut by_labels: std::collections::BTreeMap<u64, (Vec<f64>, f64)> = std::collections::BTreeMap::new();
    for round in cell.rounds() {
        let details = round.select.as_ref().map(|select| &select.details);
        let number = |key: &str| details.and_then(|details| details.get(key)?.as_f64());
        if let (Some(joint), Some(log_k)) = (number("joint_mi"), number("log_k")) {
            let of_round = by_labels.entry(round.measures.labels).or_insert((Vec::new(), log_k));
            of_round.0.push(joint);
        }
    }
    let row = |(labels, (values, log_k)): (u64, (Vec<f64>, f64))| {
        Some((labels, Average::over(&values)?, log_k, values.len()))
    };
    by_labels.into_iter().filter_map(row).collect()
}

fn figure(material: &Material, group: &Group, all: &[Information]) -> Option<Figure> {
    let rounds = || all.iter().flat_map(|information| &information.rounds);
    let first = rounds().map(|round| round.0).min()? as f64;
    let last = rounds().map(|round| round.0).max()? as f64;
    let top = rounds().map(|round| round.1.mean.max(round.2)).fold(0.0, f64::max);
    let x = Axis::new("labels before the batch", first, last, 8);
    let plot = Plot::new(720.0, 300.0, x, Axis::rounded("nats", 0.0, top, 5));
    let look = |information: &Information| material.looks[information.position];
    let mut bounds: Vec<f64> = rounds().map(|round| round.2).collect();
    bounds.sort_by(f64::total_cmp);
    bounds.dedup();
    let body = plot.around(&html! {
        @for information in all {
            g class=(format!("s{}", look(information).colour)) {
                @let points: Vec<(f64, f64)> =
                    information.rounds.iter().map(|(labels, average, ..)| (*labels as f64, average.mean)).collect();
                (marked_line(&plot, look(information), &points))
            }
        }
        @for bound in bounds {
            path.rule.ink d=(format!("M{:.1} {:.1}H{:.1}", plot.left(), plot.at_y(bound), plot.right())) {}
        }
    });
    let names = ["cell", "labels", "joint_information_mean", "standard_error", "log_k", "seeds"];
    let mut numbers = Table::new(names.map(Column::hidden).into());
    for information in all {
        for (labels, average, log_k, seeds) in &information.rounds {
            numbers.push(vec![
                Entry::text(&material.cells[information.position].name),
                Entry::whole(*labels),
                Entry::number(Some(average.mean), 4),
                Entry::number(average.error, 4),
                Entry::number(Some(*log_k), 4),
                Entry::whole(*seeds),
            ]);
        }
    }
    let legend = all
        .iter()
        .map(|information| (look(information).sample(), material.cells[information.position].label.clone()));
    Some(Figure {
        name: format!("joint_information{}", group.suffix),
        description: "joint information of batches by number of labels, and log K".to_owned(),
        width: plot.width,
        height: plot.height,
        body,
        legend: legend.collect(),
        band: None,
        numbers,
    })
}
