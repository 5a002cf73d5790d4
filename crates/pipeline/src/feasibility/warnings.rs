//! What works, but is worth nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::named;
use crate::sweep::Run;

/// Warnings of cells that pick by how much posterior samples disagree, and have a single one.
pub(super) fn one_sample(cells: &[&Run]) -> Vec<String> {
    let mut affected: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for cell in cells.iter().filter(|cell| cell.settings.samples() == 1) {
        for name in without_meaning(cell) {
            affected.entry(name).or_default().push(cell.cell.clone());
        }
    }
    let warning = |(name, cells): (&str, Vec<String>)| {
        format!(
            "`{name}` is 0 for every point, because `score.posterior` has a single sample and it measures \
             how samples disagree: what is picked is left to chance ({}); hint: \
             `score.posterior: {{mc_dropout: {{samples: 100}}}}`, or `max_entropy`, `margin` or \
             `least_confidence`, which need one sample",
            named(&cells)
        )
    };
    affected.into_iter().map(warning).collect()
}

/// What of a cell is 0 with one sample: acquisition functions that are scored, or a joint method.
fn without_meaning(cell: &Run) -> BTreeSet<&'static str> {
    let score = &cell.settings.score;
    let method = cell.settings.method();
    if method.needs_consistent_predictions() {
        return BTreeSet::from([method.name()]);
    }
    let read =
        score.resolved().iter().filter(|function| method.needs_scores() && function.needs_disagreement());
    read.map(|function| function.name()).collect()
}
