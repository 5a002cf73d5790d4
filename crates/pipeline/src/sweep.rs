//! From a pipeline to its runs: cells × seeds, every value checked.

use std::collections::BTreeSet;

use serde_json::Value;

use bal_artifact::run_name;
use bal_cli::MAX_SEED;
use bal_settings::{Place, Problem};

use crate::Error;
use crate::cells::{self, SEED};
use crate::config::{Origin, Pipeline, with_values};
use crate::settings::Settings;

/// Runs of a pipeline at most: each has a folder, and all are held in memory.
pub(crate) const MAX_RUNS: usize = 10_000;

/// Rounds of all runs together at most: each is three lines of a plan.
const MAX_ROUNDS: u64 = 1_000_000;

/// One run: a cell with a seed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    /// Name of the cell.
    pub(crate) cell: String,
    /// Seed of every random draw.
    pub(crate) seed: u64,
    /// What of the file the cell is made of: `sweep`, `cells`, or `cells.<name>`.
    pub(crate) section: String,
    /// The keys that make the cell.
    pub(crate) swept: Vec<String>,
    /// All settings, with the cell's values.
    pub(crate) settings: Settings,
}

impl Run {
    /// `<cell>/seed-<s>`, also its folder.
    pub(crate) fn name(&self) -> String {
        run_name(&self.cell, self.seed)
    }

    /// Where a key was written: one that makes the cell at the cell, any other where the file has it.
    pub(crate) fn place(&self, origin: &Origin, key: &str) -> Place {
        place(origin, &self.section, &self.swept, key)
    }
}

fn place(origin: &Origin, section: &str, swept: &[String], key: &str) -> Place {
    let within = |swept: &&String| key.strip_prefix(swept.as_str()).is_some_and(starts_a_part);
    match swept.iter().find(within) {
        Some(swept) => origin.place(&format!("{section}.{swept}")),
        None => origin.place(key),
    }
}

/// Whether this is what follows a whole key.
pub(crate) fn starts_a_part(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('.')
}

/// All runs of a pipeline, all cells of the first seed first: what is finished early can be compared.
pub(crate) fn runs(pipeline: &Pipeline, origin: &Origin) -> Result<Vec<Run>, Error> {
    let seeds = seeds(pipeline).map_err(|problem| Error::invalid(origin.place("sweep.seed"), problem))?;
    let too_many = |what, most: u64, found: &dyn std::fmt::Display| {
        Problem::new(format!("expected at most {most} {what} (cells × seeds), found {found}"))
    };
    let number = cells::number_of_cells(pipeline).saturating_mul(seeds.len());
    if number > MAX_RUNS {
        let problem = too_many("runs", MAX_RUNS as u64, &number);
        return Err(Error::invalid(origin.place(cells::section(pipeline)), problem));
    }
    let mut cells: Vec<Run> = Vec::new();
    for cell in cells::cells(pipeline, origin)? {
        let swept: Vec<String> = cell.values.iter().map(|change| change.key.clone()).collect();
        let place = |key: &str| place(origin, &cell.section, &swept, key);
        let resolved = with_values(pipeline, &cell.values);
        let resolved = resolved.map_err(|invalid| Error::Invalid(invalid.placed(place)))?;
        let settings = Settings::new(resolved, &place)?;
        cells.push(Run { cell: cell.name, seed: 0, section: cell.section, swept, settings });
    }
    let rounds = cells.iter().fold(0, |sum: u64, cell| sum.saturating_add(cell.settings.rounds));
    let rounds = rounds.saturating_mul(seeds.len() as u64);
    if rounds > MAX_ROUNDS {
        let problem = too_many("rounds over all runs", MAX_ROUNDS, &rounds);
        return Err(Error::invalid(origin.place("rounds"), problem));
    }
    let run = |seed, cell: &Run| Run { seed, ..cell.clone() };
    Ok(seeds.iter().flat_map(|&seed| cells.iter().map(move |cell| run(seed, cell))).collect())
}

fn seeds(pipeline: &Pipeline) -> Result<Vec<u64>, Problem> {
    let Some(values) = pipeline.sweep.get(SEED) else { return Ok(vec![0]) };
    let seed = |value: &Value| {
        let refuse = || Problem::new(format!("expected whole numbers from 0 to {MAX_SEED}, found {value}"));
        value.as_u64().filter(|&seed| seed <= MAX_SEED).ok_or_else(refuse)
    };
    let seeds = values.iter().map(seed).collect::<Result<Vec<_>, _>>()?;
    match seeds.iter().collect::<BTreeSet<_>>().len() {
        0 => Err(Problem::new("expected at least one seed")),
        n if n < seeds.len() => Err(Problem::new("a seed is there twice")),
        _ => Ok(seeds),
    }
}
