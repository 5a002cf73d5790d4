//! What came out, in a few sentences.

use bal_artifact::Inputs;
use maud::{Markup, html};

use super::labels_to::accuracy;
use super::{Made, Section, differences};
use crate::Error;
use crate::material::Material;
use crate::numbers::{Average, Comparison, Curves, FEWEST_SEEDS, Test, mean};
use crate::runs::Group;
use crate::words::{count, grouped, number, percent};

pub(super) struct InShort;

/// Pairs that are named at most.
const NAMED: usize = 5;

impl Section for InShort {
    fn id(&self) -> &'static str {
        "short"
    }

    fn heading(&self) -> &'static str {
        "In short"
    }

    fn needs(&self) -> &'static str {
        "test accuracies"
    }

    fn make(&self, material: &Material, _: &mut Inputs) -> Result<Option<Made>, Error> {
        let mut made = Made::default();
        for group in &material.groups {
            let measured = Measured::new(material, group);
            let certain = measured.certain(material.pairs_of(group));
            let sentences = [measured.at_the_end(), measured.labels_to(), certain];
            if sentences.iter().flatten().next().is_none() {
                continue;
            }
            made.add(html! {
                @if material.groups.len() > 1 { h3 { (group.title) } }
                ul { @for sentence in sentences.iter().flatten() { li { (sentence) } } }
            });
        }
        Ok((!made.is_empty()).then_some(made))
    }
}

/// The cells of a group that have test accuracies; the first one is what others are compared with.
struct Measured<'a> {
    material: &'a Material<'a>,
    cells: Vec<usize>,
    /// Those that have only begun: they would take all others back to the beginning.
    begun: Vec<usize>,
}

impl<'a> Measured<'a> {
    fn new(material: &'a Material<'a>, group: &Group) -> Self {
        let has_values = |position: &usize| !material.accuracy[*position].is_empty();
        let goes_on = |position: &usize| material.accuracy[*position].mean_curve().0.len() > 1;
        let (cells, begun): (Vec<usize>, Vec<usize>) =
            group.cells.iter().copied().filter(has_values).partition(goes_on);
        if cells.is_empty() {
            return Self { material, cells: begun, begun: Vec::new() };
        }
        Self { material, cells, begun }
    }

    fn curves(&self, position: usize) -> &Curves {
        &self.material.accuracy[position]
    }

    fn shown(&self, position: usize) -> Markup {
        self.material.shown(position)
    }

    /// Of cells from the best to the worst, the best and whom it is compared with: the first cell, or where
    /// that is the best the second best.
    fn pair(&self, ranked: &[usize]) -> Option<(usize, Option<usize>)> {
        let (&best, others) = ranked.split_first()?;
        let first = self.cells.first().copied().filter(|&first| first != best);
        Some((best, first.or(others.first().copied())))
    }

    /// Who has the highest accuracy with the most labels that all have, over the seeds that all have.
    fn at_the_end(&self) -> Option<Markup> {
        let (labels, seeds) = self.common()?;
        let at = |position: usize| -> Vec<f64> {
            let by_seed = self.curves(position).by_seed(labels);
            seeds.iter().filter_map(|seed| by_seed.get(seed).copied()).collect()
        };
        let mut ranked = self.cells.clone();
        ranked.sort_by(|a, b| mean(&at(*b)).unwrap_or(0.0).total_cmp(&mean(&at(*a)).unwrap_or(0.0)));
        let (best, other) = self.pair(&ranked)?;
        let Average { mean: highest, error } = Average::over(&at(best))?;
        let lead = other.map(|other| {
            let values: Vec<f64> = at(best).iter().zip(at(other)).map(|(best, other)| best - other).collect();
            (other, values)
        });
        Some(html! {
            "With " (grouped(labels as usize)) " labels"
            @if self.cells.len() > 1 { ", the most that all methods have," }
            " " (self.shown(best)) " is right on " (percent(highest, error)) " % of the test set"
            @if let Some((other, values)) = lead { @if let Some(lead) = mean(&values) {
                ", " (number(100.0 * lead, 2)) " percentage points ahead of " (self.shown(other))
                @if values.len() > 1 { " (" (differences::spread(&values)) ")" }
            } }
            ". "
            @if seeds.len() < self.material.seeds().len() {
                "These numbers are over the " (count(seeds.len(), "seed")) " that all methods have. "
            }
            @if self.cells.len() > 1 {
                "Chosen as the best of " (self.cells.len()) " by the same numbers, it looks a little better than it is."
            }
            @for &cell in &self.begun { " " (self.shown(cell)) " has only begun and is not counted." }
        })
    }

    /// The largest number of labels at which all cells have the same seeds, and these.
    fn common(&self) -> Option<(u64, Vec<u64>)> {
        let (first, others) = self.cells.split_first()?;
        let seeds_at = |labels: u64| -> Vec<u64> {
            let of = |&other: &usize| self.curves(other).by_seed(labels);
            let others: Vec<_> = others.iter().map(of).collect();
            let all_have = |seed: &u64| others.iter().all(|other| other.contains_key(seed));
            self.curves(*first).by_seed(labels).into_keys().filter(all_have).collect()
        };
        let labels = self.curves(*first).mean_curve().0.into_iter().map(|(labels, _)| labels);
        let found: Vec<(u64, Vec<u64>)> = labels.map(|labels| (labels, seeds_at(labels))).collect();
        let most = found.iter().map(|(_, seeds)| seeds.len()).max().filter(|most| *most > 0)?;
        found.into_iter().rev().find(|(_, seeds)| seeds.len() == most)
    }

    /// Who needs the fewest labels to the highest accuracy asked for that a mean curve reaches.
    fn labels_to(&self) -> Option<Markup> {
        let needed = |position: usize, threshold| self.curves(position).mean_curve().labels_to(threshold);
        let is_reached = |&threshold: &f64| self.cells.iter().any(|&cell| needed(cell, threshold).is_some());
        let asked = self.material.config.labels_to_accuracy.iter().copied();
        let threshold = asked.filter(is_reached).max_by(f64::total_cmp)?;
        let mut ranked = self.cells.clone();
        ranked.sort_by_key(|&position| needed(position, threshold).unwrap_or(u64::MAX));
        let (best, other) = self.pair(&ranked)?;
        let labels = |position| needed(position, threshold).map(|labels| grouped(labels as usize));
        Some(html! {
            "The mean curve of " (self.shown(best)) " comes to " (accuracy(threshold)) " with " (labels(best)?) " labels"
            @if let Some(other) = other {
                ", that of " (self.shown(other)) " "
                @match labels(other) {
                    Some(labels) => { "with " (labels) },
                    None => { "not with the " (grouped(self.curves(other).end()? as usize)) " that it has" },
                }
            }
            "."
        })
    }

    /// Which differences are certain, and why none is.
    fn certain(&self, pairs: &[Comparison]) -> Option<Markup> {
        let mut certain: Vec<(&Comparison, Test)> =
            pairs.iter().filter_map(|pair| Some((pair, pair.test.filter(Test::is_certain)?))).collect();
        certain.sort_by(|(_, a), (_, b)| b.mean.abs().total_cmp(&a.mean.abs()));
        let judged = pairs.iter().filter(|pair| pair.test.is_some()).count();
        let how = html! { "(paired t-tests at 5 %, Holm’s correction over " (count(judged, "pair")) ")" };
        Some(match (self.cells.len(), judged) {
            (0 | 1, _) => return None,
            (_, 0) if pairs.is_empty() => {
                html! { "No two methods have two common seeds: nothing here tells a difference from chance." }
            }
            (_, 0) => html! {
                "No difference is certain: with fewer than " (FEWEST_SEEDS) " common seeds there is no verdict."
            },
            _ if certain.is_empty() => html! {
                "By area under the curve (AULC) none of the differences is certain " (how) "."
            },
            _ => html! {
                "By area under the curve (AULC) it is certain " (how) " that "
                @for (place, (pair, test)) in certain.iter().take(NAMED).enumerate() {
                    @let (ahead, behind) =
                        if test.mean > 0.0 { (pair.first, pair.second) } else { (pair.second, pair.first) };
                    @if place > 0 { ", " }
                    (self.shown(ahead)) " is ahead of " (self.shown(behind)) " by "
                    (number(100.0 * test.mean.abs(), 2)) " points"
                }
                @if certain.len() > NAMED { ", and " (certain.len() - NAMED) " more pairs differ" }
                ": see " a href="#paired" { "paired comparison" } "."
            },
        })
    }
}
