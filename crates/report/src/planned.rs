//! The runs of a pipeline: which cells, seeds and rounds a folder of runs is meant to hold.

use std::collections::BTreeMap;

use bal_artifact::cell_name;
use serde::Deserialize;
use serde_json::Value;

/// Acquisitions of every run, by cell and seed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planned(BTreeMap<(String, u64), u64>);

impl FromIterator<(String, u64, u64)> for Planned {
    /// Of cell, seed and number of acquisitions.
    fn from_iter<I: IntoIterator<Item = (String, u64, u64)>>(runs: I) -> Self {
        Self(runs.into_iter().map(|(cell, seed, rounds)| ((cell, seed), rounds)).collect())
    }
}

impl Planned {
    /// Runs at most: a pipeline with more is none that `bal run` has resolved.
    const MOST: usize = 10_000;

    /// Acquisitions of a run; `None` for a run that the pipeline does not have.
    pub fn rounds(&self, cell: &str, seed: u64) -> Option<u64> {
        self.0.get(&(cell.to_owned(), seed)).copied()
    }

    /// Cell and seed of every run.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.keys().map(|(cell, seed)| (cell.as_str(), *seed))
    }

    /// The runs of a resolved pipeline. The crate `pipeline` owns its format: `None` for a file that cannot be
    /// understood here.
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
        let cells = if cells.is_empty() { product(&axes) } else { cells };
        let mut planned = BTreeMap::new();
        for cell in cells {
            let name = cell_name(cell.iter().map(|(key, value)| (key.as_str(), value)));
            let rounds = cell.get("rounds").map_or(Some(rounds), Value::as_u64)?;
            planned.extend(seeds.iter().map(|&seed| ((name.clone(), seed), rounds)));
        }
        Some(Self(planned))
    }
}

/// What a resolved pipeline says about its runs.
#[derive(Deserialize)]
struct Wire {
    rounds: u64,
    #[serde(default)]
    sweep: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    cells: Vec<BTreeMap<String, Value>>,
    profiles: Option<Value>,
}

/// Every combination of the values of these keys.
fn product(axes: &[(&String, &Vec<Value>)]) -> Vec<BTreeMap<String, Value>> {
    axes.iter().fold(vec![BTreeMap::new()], |cells, (key, values)| {
        let with = |cell: &BTreeMap<String, Value>, value: &Value| {
            let mut cell = cell.clone();
            cell.insert((*key).clone(), value.clone());
            cell
        };
        cells
            .iter()
            .flat_map(|cell| values.iter().map(|value| with(cell, value)).collect::<Vec<_>>())
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_the_product_of_what_is_swept() {
        let yaml = "name: x\nrounds: 5\nsweep: {seed: [0, 3], score.acquisition: [bald, random], select.batch: [2]}\n";
        let planned = Planned::of_pipeline(yaml).unwrap();
        let runs: Vec<_> = planned.runs().collect();
        assert_eq!(
            runs,
            [("bald_batch-2", 0), ("bald_batch-2", 3), ("random_batch-2", 0), ("random_batch-2", 3)]
        );
        assert_eq!((planned.rounds("bald_batch-2", 3), planned.rounds("bald_batch-2", 1)), (Some(5), None));
    }

    #[test]
    fn a_list_of_cells_may_have_rounds_of_its_own() {
        let yaml = "rounds: 5\ncells: [{score.acquisition: bald}, {rounds: 2}]\nsweep: {seed: [1]}\n";
        let planned = Planned::of_pipeline(yaml).unwrap();
        assert_eq!((planned.rounds("bald", 1), planned.rounds("rounds-2", 1)), (Some(5), Some(2)));
        let alone = Planned::of_pipeline("rounds: 1\n").unwrap();
        assert_eq!(alone.rounds("default", 0), Some(1));
    }

    #[test]
    fn what_no_pipeline_says_is_not_guessed() {
        let long = format!("[{}]", vec!["1"; 101].join(", "));
        let huge = format!("rounds: 1\nsweep: {{a: {long}, b: {long}}}\n");
        for yaml in
            ["[", "name: x\n", "rounds: 1\nsweep: {seed: 0..3}\n", "rounds: 1\nprofiles: {a: {}}\n", &huge]
        {
            assert_eq!(Planned::of_pipeline(yaml), None, "{yaml}");
        }
    }
}
