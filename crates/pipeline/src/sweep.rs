//! From a pipeline to its runs: cells × seeds, every value checked.

use std::collections::{BTreeMap, BTreeSet};

use bal_cli::Explain;
use serde_json::Value;

use crate::Error;
use crate::config::{Override, Pipeline, Source, with_values};

/// Swept keys outside of the sections: the seed is no setting of a stage.
const SEED: &str = "seed";

/// One run: a cell with a seed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RunSpec {
    /// Name of the swept values other than the seed.
    pub(crate) cell: String,
    /// Seed of every random draw.
    pub(crate) seed: u64,
    /// The pipeline with the cell's values.
    pub(crate) pipeline: Pipeline,
}

impl RunSpec {
    /// `<cell>/seed-<s>`, also its folder.
    pub(crate) fn name(&self) -> String {
        format!("{}/seed-{}", self.cell, self.seed)
    }
}

/// All runs of a pipeline, all cells of the first seed first: so that whatever is finished early can be compared.
pub(crate) fn runs(pipeline: &Pipeline, source: &Source) -> Result<Vec<RunSpec>, Error> {
    let seeds = seeds(pipeline, source)?;
    let mut cells: BTreeSet<String> = BTreeSet::new();
    let mut specs = Vec::new();
    for values in cells_of(pipeline, source)? {
        let cell = cell_name(&values);
        let place = || {
            values
                .first()
                .map_or_else(|| source.place(""), |first| source.place(&format!("sweep.{}", first.key)))
        };
        if !cells.insert(cell.clone()) {
            return Err(Error::invalid(place(), format!("two cells are called `{cell}`"), None));
        }
        let mut resolved = with_values(pipeline, &values).map_err(|(key, problem, hint)| {
            Error::invalid(source.place(&format!("sweep.{key}")), problem, hint)
        })?;
        (resolved.sweep, resolved.cells) = (BTreeMap::new(), Vec::new());
        check(&mut resolved, source)?;
        specs.push((cell, resolved));
    }
    let of_seed = |&seed: &u64| {
        let run = move |(cell, pipeline): &(String, Pipeline)| RunSpec {
            cell: cell.clone(),
            seed,
            pipeline: pipeline.clone(),
        };
        specs.iter().map(run).collect::<Vec<_>>()
    };
    Ok(seeds.iter().flat_map(of_seed).collect())
}

fn seeds(pipeline: &Pipeline, source: &Source) -> Result<Vec<u64>, Error> {
    let refuse = |problem: String| Error::invalid(source.place("sweep.seed"), problem, None);
    let Some(values) = pipeline.sweep.get(SEED) else { return Ok(vec![0]) };
    let seed = |value: &Value| {
        value.as_u64().ok_or_else(|| refuse(format!("expected whole numbers from 0 up, found {value}")))
    };
    let seeds = values.iter().map(seed).collect::<Result<Vec<_>, _>>()?;
    match seeds.iter().collect::<BTreeSet<_>>().len() {
        0 => Err(refuse("expected at least one seed".to_owned())),
        n if n < seeds.len() => Err(refuse("a seed is there twice".to_owned())),
        _ => Ok(seeds),
    }
}

/// The values of each cell: the explicit list, or the product of what is swept.
fn cells_of(pipeline: &Pipeline, source: &Source) -> Result<Vec<Vec<Override>>, Error> {
    let axes: Vec<(&String, &Vec<Value>)> = pipeline.sweep.iter().filter(|(key, _)| *key != SEED).collect();
    let change = |(key, value): (&String, &Value)| Override { key: key.clone(), value: value.clone() };
    let keys = axes.iter().map(|(key, _)| *key).chain(pipeline.cells.iter().flat_map(BTreeMap::keys));
    for key in keys {
        check_key(key, source)?;
    }
    if !pipeline.cells.is_empty() {
        return match axes.first() {
            None => Ok(pipeline.cells.iter().map(|cell| cell.iter().map(change).collect()).collect()),
            Some((key, _)) => {
                let problem = "with `cells`, only `seed` can be swept".to_owned();
                Err(Error::invalid(
                    source.place(&format!("sweep.{key}")),
                    problem,
                    Some("put it into every cell".to_owned()),
                ))
            }
        };
    }
    let mut product: Vec<Vec<Override>> = vec![Vec::new()];
    for (key, values) in axes {
        if values.is_empty() {
            return Err(Error::invalid(
                source.place(&format!("sweep.{key}")),
                "expected at least one value",
                None,
            ));
        }
        let extended = |cell: &Vec<Override>| {
            let with = |value| cell.iter().cloned().chain([change((key, value))]).collect();
            values.iter().map(with).collect::<Vec<_>>()
        };
        product = product.iter().flat_map(extended).collect();
    }
    Ok(product)
}

fn check_key(key: &str, source: &Source) -> Result<(), Error> {
    const SECTIONS: [&str; 5] = ["prepare", "train", "score", "select", "rounds"];
    let section = key.split('.').next().unwrap_or_default();
    if SECTIONS.contains(&section) {
        return Ok(());
    }
    let problem = format!("`{key}` cannot be swept; expected `seed` or a key of {}", SECTIONS.join(", "));
    let near = bal_cli::nearest(section, SECTIONS.into_iter().chain([SEED]));
    Err(Error::invalid(
        source.place(&format!("sweep.{key}")),
        problem,
        near.map(|near| format!("did you mean `{near}`?")),
    ))
}

/// `bald`, `bald_batch-20`: a plain name stands for itself, any other value comes after the last part of its key.
fn cell_name(values: &[Override]) -> String {
    if values.is_empty() {
        return "default".to_owned();
    }
    let part = |change: &Override| match &change.value {
        Value::String(name) => tidy(name),
        value => {
            format!("{}-{}", change.key.rsplit('.').next().unwrap_or_default(), tidy(&value.to_string()))
        }
    };
    values.iter().map(part).collect::<Vec<_>>().join("_")
}

/// `text` as part of a folder's name: runs of anything unusual become one `-`.
fn tidy(text: &str) -> String {
    let usual = |c: char| c.is_ascii_alphanumeric() || "._+".contains(c);
    let words: Vec<&str> = text.split(|c| !usual(c)).filter(|word| !word.is_empty()).collect();
    words.join("-").trim_start_matches('.').to_owned()
}

/// Values that the types allow but no run can use. Names the column that is picked by, where several are scored.
fn check(pipeline: &mut Pipeline, source: &Source) -> Result<(), Error> {
    let refuse = |key: &str, problem: String, hint| Error::invalid(source.place(key), problem, hint);
    let explained = |key: &str, error: &dyn Explain| refuse(key, error.to_string(), error.hint());
    check_name(&pipeline.name).map_err(|problem| refuse("name", problem, None))?;
    if pipeline.rounds == 0 {
        return Err(refuse("rounds", "expected at least 1, found 0".to_owned(), None));
    }
    pipeline.prepare.split().check().map_err(|error| match &error {
        bal_prepare::Error::Setting { key, .. } => explained(&format!("prepare.{key}"), &error),
        _ => explained("prepare", &error),
    })?;
    pipeline.train.check().map_err(|error| match &error {
        bal_train::Error::Config { key, .. } => explained(&format!("train.{key}"), &error),
        _ => explained("train", &error),
    })?;
    let functions = pipeline.score.check().map_err(|error| match &error {
        bal_score::Error::Config { key, .. } => explained(&format!("score.{key}"), &error),
        _ => explained("score.acquisition", &error),
    })?;
    let names: Vec<&str> = functions.iter().map(|function| function.name()).collect();
    // As the command line writes it, so that both give the same manifest.
    pipeline.score.acquisition = names.join(",");
    let column = &mut pipeline.select.column;
    match names.as_slice() {
        [first, _, ..] if column.is_empty() => (*first).clone_into(column),
        _ if column.is_empty() || names.contains(&column.as_str()) => {}
        _ => {
            let hint =
                bal_cli::nearest(column, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            return Err(refuse(
                "select.column",
                format!("`{column}` is not scored; scored are {}", names.join(", ")),
                hint,
            ));
        }
    }
    pipeline.select.check().map_err(|error| match &error {
        bal_select::Error::Config { key, .. } => explained(&format!("select.{key}"), &error),
        _ => explained("select", &error),
    })?;
    pipeline.report.check().map_err(|error| explained("report.labels_to_accuracy", &error))
}

/// The name becomes a folder.
fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let good = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(allowed);
    if good { Ok(()) } else { Err(format!("expected letters, digits, `.`, `_` and `-`, found `{name}`")) }
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
    fn names_become_folders() {
        assert!(check_name("fig1-b").is_ok());
        for bad in ["", "../x", ".x", "a/b", "a b"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
