//! What was found, each thing once with the cells it is about.

use bal_settings::{Place, Problem};

use crate::Error;

/// Cells that a finding names at most.
const NAMED: usize = 5;

/// Settings that cannot work.
pub(super) struct Findings {
    /// Cells there are.
    cells: usize,
    found: Vec<Finding>,
}

struct Finding {
    place: Place,
    problem: Problem,
    cells: Vec<String>,
}

impl Findings {
    /// None so far, of an experiment with this many cells.
    pub(super) fn new(cells: usize) -> Self {
        Self { cells, found: Vec::new() }
    }

    pub(super) fn add(&mut self, place: Place, problem: Problem, cell: &str) {
        let same = |finding: &&mut Finding| finding.place == place && finding.problem == problem;
        match self.found.iter_mut().find(same) {
            Some(finding) if finding.cells.iter().any(|known| known == cell) => {}
            Some(finding) => finding.cells.push(cell.to_owned()),
            None => self.found.push(Finding { place, problem, cells: vec![cell.to_owned()] }),
        }
    }

    /// The error that names them all.
    pub(super) fn into_result(self) -> Result<(), Error> {
        let mut errors: Vec<Error> =
            self.found.into_iter().map(|finding| finding.into_error(self.cells)).collect();
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Error::Several { errors }),
        }
    }
}

impl Finding {
    fn into_error(self, cells: usize) -> Error {
        let Self { place, mut problem, cells: affected } = self;
        if affected.len() < cells {
            problem.text = format!("{} ({})", problem.text, named(&affected));
        }
        Error::invalid(place, problem)
    }
}

/// `cells a, b` or `cells a, b, c, d, e and 7 more`.
pub(super) fn named(cells: &[String]) -> String {
    let list = cells.iter().take(NAMED).map(|cell| format!("`{cell}`")).collect::<Vec<_>>().join(", ");
    match cells.len() {
        1 => format!("cell {list}"),
        n if n > NAMED => format!("cells {list} and {} more", n - NAMED),
        _ => format!("cells {list}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_cells_are_counted() {
        let names = |n: usize| (0..n).map(|cell| cell.to_string()).collect::<Vec<_>>();
        assert_eq!(named(&names(1)), "cell `0`");
        assert_eq!(named(&names(5)), "cells `0`, `1`, `2`, `3`, `4`");
        assert_eq!(named(&names(12)), "cells `0`, `1`, `2`, `3`, `4` and 7 more");
    }
}
