//! From a pipeline to its runs: cells × seeds, every value checked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use bal_artifact::run_name;
use bal_cli::MAX_SEED;
use bal_settings::{Place, Problem};

use crate::Error;
use crate::config::{Override, Pipeline, Source, with_values};
use crate::settings::Settings;

/// The swept key that is no setting of a stage.
const SEED: &str = "seed";

/// Runs of a pipeline at most: each has a folder, and all are held in memory.
pub(crate) const MAX_RUNS: usize = 10_000;

/// Rounds of all runs together at most: each is three lines of a plan.
const MAX_ROUNDS: u64 = 1_000_000;

/// Characters of a cell's name at most: file systems allow 255.
const MAX_NAME: usize = 200;

/// One run: a cell with a seed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RunSpec {
    /// Name of the swept values other than the seed.
    pub(crate) cell: String,
    /// Seed of every random draw.
    pub(crate) seed: u64,
    /// The keys that make the cell, as the file has them: `sweep.score.acquisition`.
    pub(crate) swept: Vec<String>,
    /// All settings, with the cell's values.
    pub(crate) settings: Settings,
}

impl RunSpec {
    /// `<cell>/seed-<s>`, also its folder.
    pub(crate) fn name(&self) -> String {
        run_name(&self.cell, self.seed)
    }

    /// Where a key was written: a value that makes the cell where it is swept, any other where the file has it.
    pub(crate) fn place(&self, source: &Source, key: &str) -> Place {
        place(source, &self.swept, key)
    }
}

fn place(source: &Source, swept: &[String], key: &str) -> Place {
    let covers = |swept: &&String| {
        let rest = swept.split_once('.').and_then(|(_, swept)| key.strip_prefix(swept));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    source.place(swept.iter().find(covers).map_or(key, String::as_str))
}

/// All runs of a pipeline, all cells of the first seed first: so that whatever is finished early can be compared.
pub(crate) fn runs(pipeline: &Pipeline, source: &Source) -> Result<Vec<RunSpec>, Error> {
    let seeds = seeds(pipeline).map_err(|problem| Error::invalid(source.place("sweep.seed"), problem))?;
    let section = if pipeline.cells.is_empty() { "sweep" } else { "cells" };
    let too_many = |what, most: u64, found: &dyn std::fmt::Display| {
        Problem::new(format!("expected at most {most} {what} (cells × seeds), found {found}"))
    };
    let number = number_of_cells(pipeline).saturating_mul(seeds.len());
    if number > MAX_RUNS {
        let problem = too_many("runs", MAX_RUNS as u64, &number);
        return Err(Error::invalid(source.place(section), problem));
    }
    let mut cells: Vec<RunSpec> = Vec::new();
    let mut names = BTreeSet::new();
    for values in cells_of(pipeline, source)? {
        let swept: Vec<String> = values.iter().map(|change| format!("{section}.{}", change.key)).collect();
        let place = |key: &str| place(source, &swept, key);
        let resolved =
            with_values(pipeline, &values).map_err(|invalid| Error::Invalid(invalid.placed(place)))?;
        let settings = Settings::new(resolved, &place)?;
        let name = cell_name(&values);
        check_cell_name(&name).map_err(|problem| Error::invalid(source.place(section), problem))?;
        if !names.insert(name.clone()) {
            let problem = Problem::new(format!("two cells are called `{name}`"));
            return Err(Error::invalid(source.place(section), problem));
        }
        cells.push(RunSpec { cell: name, seed: 0, swept, settings });
    }
    let rounds = cells.iter().fold(0, |sum: u64, cell| sum.saturating_add(cell.settings.rounds));
    let rounds = rounds.saturating_mul(seeds.len() as u64);
    if rounds > MAX_ROUNDS {
        let problem = too_many("rounds over all runs", MAX_ROUNDS, &rounds);
        return Err(Error::invalid(source.place("rounds"), problem));
    }
    let run = |seed, cell: &RunSpec| RunSpec { seed, ..cell.clone() };
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

/// How many cells [`cells_of`] gives, without making them.
fn number_of_cells(pipeline: &Pipeline) -> usize {
    let axes = pipeline.sweep.iter().filter(|(key, _)| *key != SEED);
    let product = axes.fold(1, |product: usize, (_, values)| product.saturating_mul(values.len().max(1)));
    product.max(pipeline.cells.len())
}

/// The values of each cell: the explicit list, or the product of what is swept.
fn cells_of(pipeline: &Pipeline, source: &Source) -> Result<Vec<Vec<Override>>, Error> {
    let change = |(key, value): (&String, &Value)| Override { key: key.clone(), value: value.clone() };
    let axes: Vec<(&String, &Vec<Value>)> = pipeline.sweep.iter().filter(|(key, _)| *key != SEED).collect();
    for key in pipeline.cells.iter().flat_map(BTreeMap::keys) {
        check_key(key).map_err(|problem| Error::invalid(source.place(&format!("cells.{key}")), problem))?;
    }
    let mut product: Vec<Vec<Override>> = vec![Vec::new()];
    for (key, values) in axes {
        let refuse = |problem| Error::invalid(source.place(&format!("sweep.{key}")), problem);
        check_key(key).map_err(refuse)?;
        if !pipeline.cells.is_empty() {
            let hint = Some("put it into every cell".to_owned());
            return Err(refuse(Problem { text: "with `cells`, only `seed` can be swept".to_owned(), hint }));
        }
        if values.is_empty() {
            return Err(refuse(Problem::new("expected at least one value")));
        }
        let extended = |cell: &Vec<Override>| {
            let with = |value| cell.iter().cloned().chain([change((key, value))]).collect();
            values.iter().map(with).collect::<Vec<_>>()
        };
        product = product.iter().flat_map(extended).collect();
    }
    match pipeline.cells.as_slice() {
        [] => Ok(product),
        cells => Ok(cells.iter().map(|cell| cell.iter().map(change).collect()).collect()),
    }
}

fn check_key(key: &str) -> Result<(), Problem> {
    const SECTIONS: [&str; 5] = ["prepare", "train", "score", "select", "rounds"];
    let section = key.split('.').next().unwrap_or_default();
    if SECTIONS.contains(&section) {
        return Ok(());
    }
    let text = format!("`{key}` cannot be swept; expected `seed` or a key of {}", SECTIONS.join(", "));
    Err(Problem::new(text).with_nearest(section, SECTIONS.into_iter().chain([SEED])))
}

/// `bald`, `bald_batch-20`: named alike by whoever reads the folders.
fn cell_name(values: &[Override]) -> String {
    bal_artifact::cell_name(values.iter().map(|change| (change.key.as_str(), &change.value)))
}

/// A cell's name becomes a folder beside the report.
fn check_cell_name(name: &str) -> Result<(), Problem> {
    let problem = match name {
        "" => "a swept value has neither letters nor digits, so its cell has no name".to_owned(),
        "report" => "a cell cannot be called `report`: that is the folder of the report".to_owned(),
        name if name.len() > MAX_NAME => {
            let (start, length) = (&name[..20], name.len());
            format!("a cell cannot have a name of {length} characters, more than {MAX_NAME}: `{start}…`")
        }
        _ => return Ok(()),
    };
    Err(Problem::new(problem))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(key: &str, value: Value) -> Override {
        Override { key: key.to_owned(), value }
    }

    #[test]
    fn cells_are_named_after_their_values() {
        let bald = change("score.acquisition", json!("bald"));
        assert_eq!(cell_name(std::slice::from_ref(&bald)), "bald");
        assert_eq!(cell_name(&[bald, change("select.batch", json!(20))]), "bald_batch-20");
        assert_eq!(cell_name(&[change("score.acquisition", json!("bald,random"))]), "bald-random");
        assert_eq!(
            cell_name(&[change("train.weight_decay", json!({"fixed": 0.1}))]),
            "weight_decay-fixed-0.1"
        );
        assert_eq!(cell_name(&[]), "default");
    }

    #[test]
    fn cells_have_names_that_folders_can_have() {
        assert!(check_cell_name(&cell_name(&[change("train.weight_decay", json!({"fixed": 0.1}))])).is_ok());
        for name in ["..", "é", "//", "report", &"x".repeat(201)] {
            assert!(
                check_cell_name(&cell_name(&[change("prepare.dataset", json!(name))])).is_err(),
                "{name}"
            );
        }
    }

    #[test]
    fn only_settings_of_a_run_can_be_swept() {
        assert!(check_key("select.batch").is_ok());
        assert_eq!(check_key("sed").unwrap_err().hint.unwrap(), "did you mean `seed`?");
        assert!(check_key("report.labels_to_accuracy").is_err());
    }
}
