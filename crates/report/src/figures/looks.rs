//! Colours and dashes of cells. A colour belongs to what a cell picks by: it is the same in all reports.

use std::collections::BTreeSet;

use bal_acquisition::{AcquisitionFunction, BatchMethod};

use super::marks::{APART, MARKS};
use crate::runs::Cell;

/// What is picked by, and its colours on light and on dark ground. The first seven are told apart also by the
/// colour-blind (after Okabe and Ito 2008, without their black and yellow). Each further one is as far as can
/// be from those before it, as seen with and without red and green, in a grid of colours of enough contrast.
pub(crate) const SERIES: &[(&str, &str, &str)] = &[
    ("bald", "#0072b2", "#4da3e0"),
    ("max_entropy", "#d55e00", "#f08a45"),
    ("mean_std", "#009e73", "#2cc59a"),
    ("power_large_batch_bald", "#cc79a7", "#e5a3c7"),
    ("variation_ratios", "#b07d00", "#f0b73a"),
    ("batch_bald", "#3fa0d8", "#8fd3fa"),
    ("random", "#6b6f76", "#b4b8be"),
    ("badge", "#181fba", "#8d6ff9"),
    ("core_set", "#6c0d12", "#e6535d"),
    ("power", "#600761", "#d950ba"),
    ("k_bald", "#767ffc", "#7a96f9"),
    ("margin", "#d12641", "#f24078"),
    ("softrank", "#4f273e", "#a4899c"),
    ("least_confidence", "#103496", "#ce9bfc"),
    ("softmax", "#734600", "#f9da92"),
    ("minimum_bayes_risk", "#516b3a", "#b7e9b9"),
    ("predictive_variance", "#735989", "#efd5ec"),
    ("large_batch_bald", "#933c52", "#f68586"),
    ("epig", "#8141c5", "#db75d8"),
    ("expected_entropy", "#1f55e7", "#a769e3"),
];

/// How a cell is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// Place in [`SERIES`].
    pub(crate) colour: usize,
    /// Which dashes: 0 is a solid line.
    pub(crate) dashes: usize,
    /// Which mark, so that no two series differ in their colour alone.
    pub(crate) mark: usize,
}

/// Each cell in the colour of its method. Of several cells with one method the first has its colour; the
/// others, and cells that have picked nothing yet, have those of no method of the page, in order.
pub(crate) fn looks<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Vec<Look> {
    assigned(&cells.into_iter().map(own).collect::<Vec<_>>())
}

fn assigned(own: &[Option<usize>]) -> Vec<Look> {
    let free: Vec<usize> = (0..SERIES.len()).filter(|&colour| !own.contains(&Some(colour))).collect();
    let free = if free.is_empty() { (0..SERIES.len()).collect() } else { free };
    let mut taken = 0;
    let look = |(position, colour): (usize, &Option<usize>)| {
        let alike = own[..position].iter().filter(|other| colour.is_some() && *other == colour).count();
        if let (Some(colour), 0) = (*colour, alike) {
            return Look { colour, dashes: 0, mark: colour };
        }
        let (colour, dashes) = (free[taken % free.len()], usize::from(alike > 0) + taken / free.len());
        taken += 1;
        Look { colour, dashes, mark: colour + dashes }
    };
    let mut looks: Vec<Look> = own.iter().enumerate().map(look).collect();
    let mut taken = BTreeSet::new();
    for look in &mut looks {
        let other =
            |step: usize| Look { mark: look.mark + step, dashes: look.dashes + step / MARKS, ..*look };
        let free = (0..APART).map(other).find(|other| !taken.contains(&other.without_colour()));
        *look = free.unwrap_or(*look);
        taken.insert(look.without_colour());
    }
    looks
}

/// The colour of what a cell picks by, as the first manifests of its acquisitions say: the function whose
/// largest scores it takes, else its batch method.
fn own(cell: &Cell) -> Option<usize> {
    let mut rounds = cell.first_acquiring()?.rounds.iter();
    let (select, score) = rounds.find_map(|round| Some((round.select.as_ref()?, round.score.as_ref())))?;
    let name = select.config.get("method")?.as_str()?;
    let (function, method) = match BatchMethod::shortcut(name) {
        Some((function, method)) => (Some(function), method),
        None => (None, BatchMethod::parse(name).ok()?),
    };
    if method != BatchMethod::TopK {
        return colour_of(method.name());
    }
    let column = || select.config.get("column").or_else(|| score?.config.get("acquisition"))?.as_str();
    let function = function.or_else(|| AcquisitionFunction::parse(column()?).ok())?;
    colour_of(function.name())
}

fn colour_of(name: &str) -> Option<usize> {
    SERIES.iter().position(|(of, ..)| *of == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_and_method_has_a_colour_of_its_own() {
        let methods = BatchMethod::ALL.into_iter().filter(|method| *method != BatchMethod::TopK);
        let names = AcquisitionFunction::ALL.map(AcquisitionFunction::name).into_iter();
        let all: BTreeSet<_> = names.chain(methods.map(BatchMethod::name)).map(colour_of).collect();
        assert_eq!(all, (0..SERIES.len()).map(Some).collect());
    }

    #[test]
    fn the_first_cell_of_a_method_has_its_colour_and_others_have_free_ones() {
        let looks = |own: &[Option<usize>]| {
            assigned(own).iter().map(|look| (look.colour, look.dashes)).collect::<Vec<_>>()
        };
        assert_eq!(looks(&[Some(6), Some(0), Some(6)]), [(6, 0), (0, 0), (1, 1)]);
        assert_eq!(looks(&[Some(0), Some(0), Some(0), Some(1)]), [(0, 0), (2, 1), (3, 1), (1, 0)]);
        assert_eq!(looks(&[None, Some(0), None]), [(1, 0), (0, 0), (2, 0)]);
        let many = looks(&[None; 45]);
        let n = SERIES.len();
        assert_eq!((many[n - 1].0, many[n].0, many[2 * n].0), (n - 1, 0, 0));
        assert!(many[n].1 > 0, "the same colour again is broken");
        let full: Vec<Option<usize>> = (0..n).map(Some).chain([Some(3)]).collect();
        assert_eq!(looks(&full)[n].0, 0);
    }

    #[test]
    fn no_two_series_differ_in_their_colour_alone() {
        let all: Vec<Option<usize>> = (0..SERIES.len()).map(Some).chain([None; 8]).collect();
        let apart: BTreeSet<_> = assigned(&all).iter().map(|look| look.without_colour()).collect();
        assert_eq!(apart.len(), all.len());
    }
}
