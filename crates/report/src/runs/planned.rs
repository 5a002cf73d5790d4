//! The runs of a pipeline: which cells, seeds and rounds a folder of runs is meant to hold.

use std::collections::BTreeMap;

use bal_artifact::cell_name;
use serde::Deserialize;
use serde_json::Value;

/// The runs of a resolved pipeline: every cell with every seed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// In the order of their author.
    pub(crate) cells: Vec<PlannedCell>,
    pub(crate) seeds: Vec<u64>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PlannedCell {
    pub(crate) name: String,
    label: Option<String>,
    rounds: u64,
}

impl PlannedCell {
    /// What people see.
    pub(crate) fn shown(&self) -> &str {
        self.label.as_ref().unwrap_or(&self.name)
    }
}

impl Planned {
    /// Runs at most: a pipeline with more is none that `bal run` has resolved.
    const MOST: usize = 10_000;

    /// A cell and its place among the others.
    pub(crate) fn cell(&self, name: &str) -> Option<(usize, &PlannedCell)> {
        self.cells.iter().enumerate().find(|(_, cell)| cell.name == name)
    }

    /// Acquisitions of a run; `None` for a run that the pipeline does not have.
    pub(crate) fn rounds(&self, cell: &str, seed: u64) -> Option<u64> {
        Some(self.cell(cell).filter(|_| self.seeds.contains(&seed))?.1.rounds)
    }

    /// The runs of a resolved pipeline. The crate `pipeline` owns its format: `None` for a file that cannot
    /// be understood here.
    pub(crate) fn of_pipeline(yaml: &str) -> Option<Self> {
        let Wire { rounds, sweep, cells, profiles } = serde_yaml::from_str(yaml).ok()?;
        if profiles.is_some() {
            return None; // As its author wrote it: a profile may have changed everything.
        }
        let seeds = match sweep.get("seed") {
            Some(seeds) => seeds.iter().map(Value::as_u64).collect::<Option<Vec<_>>>()?,
            None => vec![0],
        };
        let axes: Vec<(&String, &Vec<Value>)> = sweep.iter().filter(|(key, _)| *key != "seed").collect();
        let size = axes.iter().fold(seeds.len(), |size, (_, values)| size.saturating_mul(values.len()));
        if size > Self::MOST {
            return None;
        }
        let plan = |name: Option<String>, values: &Settings| {
            let label = match values.get("label").filter(|_| name.is_some()) {
                Some(label) => Some(label.as_str()?.to_owned()),
                None => None,
            };
            let rounds = values.get("rounds").map_or(Some(rounds), Value::as_u64)?;
            let by_values = || cell_name(values.iter().map(|(key, value)| (key.as_str(), value)));
            Some(PlannedCell { name: name.unwrap_or_else(by_values), label, rounds })
        };
        let settings = |values: Value| serde_json::from_value::<Settings>(values).ok();
        let cells: Option<Vec<PlannedCell>> = match cells {
            Value::Object(cells) if !cells.is_empty() => {
                cells.into_iter().map(|(name, values)| plan(Some(name), &settings(values)?)).collect()
            }
            Value::Array(cells) if !cells.is_empty() => {
                cells.into_iter().map(|values| plan(None, &settings(values)?)).collect()
            }
            Value::Null | Value::Object(_) | Value::Array(_) => {
                product(&axes).iter().map(|values| plan(None, values)).collect()
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        };
        Some(Self { cells: cells?, seeds })
    }
}

/// Values by dotted key.
type Settings = BTreeMap<String, Value>;

/// What a resolved pipeline says about its runs.
#[derive(Deserialize)]
struct Wire {
    rounds: u64,
    #[serde(default)]
    sweep: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    cells: Value,
    profiles: Option<Value>,
}

/// Every combination of the values of these keys.
fn product(axes: &[(&String, &Vec<Value>)]) -> Vec<Settings> {
    axes.iter().fold(vec![Settings::new()], |cells, (key, values)| {
        let with = |cell: &Settings, value: &Value| {
            let mut cell = cell.clone();
            cell.insert((*key).clone(), value.clone());
            cell
        };
        cells.iter().flat_map(|cell| values.iter().map(move |value| with(cell, value))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(planned: &Planned) -> Vec<&str> {
        planned.cells.iter().map(|cell| cell.name.as_str()).collect()
    }

    #[test]
    fn runs_are_the_product_of_what_is_swept() {
        let yaml = "rounds: 5\nsweep: {seed: [0, 3], select.batch: [2], score.acquisition: [random, bald]}\n";
        let planned = Planned::of_pipeline(yaml).unwrap();
        assert_eq!(names(&planned), ["random_batch-2", "bald_batch-2"]);
        assert_eq!((planned.rounds("bald_batch-2", 3), planned.rounds("bald_batch-2", 1)), (Some(5), None));
        assert_eq!(Planned::of_pipeline("rounds: 1\n").unwrap().rounds("default", 0), Some(1));
    }

    #[test]
    fn cells_may_have_rounds_of_their_own_and_names() {
        let yaml = "rounds: 5\ncells: [{score.acquisition: bald}, {rounds: 2}]\nsweep: {seed: [1]}\n";
        let planned = Planned::of_pipeline(yaml).unwrap();
        assert_eq!((planned.rounds("bald", 1), planned.rounds("rounds-2", 1)), (Some(5), Some(2)));
        let yaml = "rounds: 5\ncells: {z: {label: Last, rounds: 2}, a: {select.method: plbb}}\n";
        let planned = Planned::of_pipeline(yaml).unwrap();
        assert_eq!((names(&planned), planned.rounds("z", 0)), (vec!["z", "a"], Some(2)));
        assert_eq!(planned.cells.iter().map(PlannedCell::shown).collect::<Vec<_>>(), ["Last", "a"]);
    }

    #[test]
    fn what_no_pipeline_says_is_not_guessed() {
        let long = format!("[{}]", vec!["1"; 101].join(", "));
        let huge = format!("rounds: 1\nsweep: {{a: {long}, b: {long}}}\n");
        for yaml in [
            "[",
            "name: x\n",
            "rounds: 1\nsweep: {seed: 0..3}\n",
            "rounds: 1\nprofiles: {a: {}}\n",
            "rounds: 1\ncells: {a: 3}\n",
            "rounds: 1\ncells: {a: {label: 3}}\n",
            "rounds: 1\ncells: [bald]\n",
            "rounds: 1\ncells: bald\n",
            &huge,
        ] {
            assert_eq!(Planned::of_pipeline(yaml), None, "{yaml}");
        }
    }
}
