//! The cells of a pipeline: their names, and the values that make them.

use std::collections::{BTreeMap, BTreeSet};

use bal_artifact::{cell_name, file};
use bal_settings::Problem;
use serde_json::Value;

use crate::Error;
use crate::config::{Cell, Cells, MAX_LABEL, Origin, Override, Pipeline};

/// The swept key that is no setting of a stage.
pub(crate) const SEED: &str = "seed";

/// Characters of a cell's name at most: file systems allow 255.
const MAX_NAME: usize = 200;

/// A cell as the file has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CellSpec {
    /// Its name, also its folder.
    pub(crate) name: String,
    /// What of the file it is made of: `sweep`, `cells`, or `cells.<name>`.
    pub(crate) section: String,
    /// The values that make it.
    pub(crate) values: Vec<Override>,
}

impl CellSpec {
    /// A cell without a name is called by its values.
    fn unnamed(section: &str, values: Vec<Override>) -> Self {
        let name = cell_name(values.iter().map(|change| (change.key.as_str(), &change.value)));
        Self { name, section: section.to_owned(), values }
    }
}

/// Where the cells of a pipeline are written.
pub(crate) fn section(pipeline: &Pipeline) -> &'static str {
    if pipeline.cells.is_empty() { "sweep" } else { "cells" }
}

/// How many cells [`cells`] gives, without making them.
pub(crate) fn number_of_cells(pipeline: &Pipeline) -> usize {
    let product =
        axes(pipeline).fold(1, |product: usize, (_, values)| product.saturating_mul(values.len().max(1)));
    product.max(pipeline.cells.len())
}

/// All cells: those that are written, in their order, or the product of what is swept.
///
/// # Errors
/// [`Error::Invalid`] for a key that is no setting, for a value that stands twice, and for names and labels.
pub(crate) fn cells(pipeline: &Pipeline, origin: &Origin) -> Result<Vec<CellSpec>, Error> {
    let cells = match &pipeline.cells {
        cells if cells.is_empty() => product(pipeline, origin)?,
        Cells::Listed(cells) => {
            check_keys(cells.iter().flat_map(BTreeMap::keys), "cells", "", origin)?;
            cells.iter().map(|values| CellSpec::unnamed("cells", changes(values))).collect()
        }
        Cells::Named(cells) => named(cells, origin)?,
    };
    if let (false, Some((key, _))) = (pipeline.cells.is_empty(), axes(pipeline).next()) {
        let hint = Some(
            "put it into every cell; a profile with `cells` also sets `sweep`, e.g. to `{seed: [0]}`"
                .to_owned(),
        );
        let problem = Problem { text: "with `cells`, only `seed` can be swept".to_owned(), hint };
        return Err(Error::invalid(origin.place(&format!("sweep.{key}")), problem));
    }
    let mut names = BTreeSet::new();
    for CellSpec { name, section, .. } in &cells {
        let refuse = |problem| Error::invalid(origin.place(section), problem);
        check_name(name).map_err(refuse)?;
        if !names.insert(name) {
            return Err(refuse(Problem::new(format!("two cells are called `{name}`"))));
        }
    }
    Ok(cells)
}

/// What is swept, without the seed.
fn axes(pipeline: &Pipeline) -> impl Iterator<Item = (&String, &Vec<Value>)> {
    pipeline.sweep.iter().filter(|(key, _)| *key != SEED)
}

fn product(pipeline: &Pipeline, origin: &Origin) -> Result<Vec<CellSpec>, Error> {
    let mut product: Vec<Vec<Override>> = vec![Vec::new()];
    for (key, values) in axes(pipeline) {
        check_keys([key], "sweep", "`seed` or ", origin)?;
        let mut seen = BTreeSet::new();
        let twice = values.iter().find(|value| !seen.insert(value.to_string()));
        let problem = match twice {
            _ if values.is_empty() => Some("expected at least one value".to_owned()),
            twice => twice.map(|value| format!("{value} is there twice")),
        };
        if let Some(problem) = problem {
            return Err(Error::invalid(origin.place(&format!("sweep.{key}")), Problem::new(problem)));
        }
        let with = |cell: &Vec<Override>, value: &Value| {
            cell.iter().cloned().chain([Override { key: key.clone(), value: value.clone() }]).collect()
        };
        product = product.iter().flat_map(|cell| values.iter().map(move |value| with(cell, value))).collect();
    }
    Ok(product.into_iter().map(|values| CellSpec::unnamed("sweep", values)).collect())
}

fn named(cells: &[(String, Cell)], origin: &Origin) -> Result<Vec<CellSpec>, Error> {
    let mut shown: BTreeMap<&str, &str> = BTreeMap::new();
    let mut specs = Vec::new();
    for (name, Cell { label, settings }) in cells {
        let section = format!("cells.{name}");
        check_keys(settings.keys(), &section, "`label` or ", origin)?;
        check_folder(name).map_err(|problem| Error::invalid(origin.place(&section), problem))?;
        let label_place = || origin.place(&format!("{section}.label"));
        if let Some(label) = label {
            check_label(label).map_err(|problem| Error::invalid(label_place(), problem))?;
        }
        let text = label.as_ref().unwrap_or(name);
        if let Some(other) = shown.insert(text, name) {
            let problem = format!("cells `{other}` and `{name}` would both be shown as `{text}`");
            return Err(Error::invalid(label_place(), Problem::new(problem)));
        }
        specs.push(CellSpec { name: name.clone(), section, values: changes(settings) });
    }
    Ok(specs)
}

fn changes(settings: &BTreeMap<String, Value>) -> Vec<Override> {
    let change = |(key, value): (&String, &Value)| Override { key: key.clone(), value: value.clone() };
    settings.iter().map(change).collect()
}

/// Refuses keys of a section that are no settings of a run. `also` is what else may stand there.
fn check_keys<'a>(
    keys: impl IntoIterator<Item = &'a String>,
    section: &str,
    also: &str,
    origin: &Origin,
) -> Result<(), Error> {
    for key in keys {
        let refuse = |problem| Error::invalid(origin.place(&format!("{section}.{key}")), problem);
        check_key(key, also).map_err(refuse)?;
    }
    Ok(())
}

fn check_key(key: &str, also: &str) -> Result<(), Problem> {
    const SECTIONS: [&str; 5] = ["prepare", "train", "score", "select", "rounds"];
    let section = key.split('.').next().unwrap_or_default();
    if SECTIONS.contains(&section) {
        return Ok(());
    }
    let text = format!("`{key}` makes no cell; expected {also}a key of {}", SECTIONS.join(", "));
    Err(Problem::new(text).with_nearest(section, SECTIONS.into_iter().chain(also.split('`').nth(1))))
}

/// A name that its author chose.
fn check_folder(name: &str) -> Result<(), Problem> {
    let usual = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(usual) {
        return Ok(());
    }
    let text = "a cell's name is a folder: letters, digits, `.`, `_` and `-`, the first a letter or digit";
    let hint = Some("what people are to read goes into its `label`".to_owned());
    Err(Problem { text: text.to_owned(), hint })
}

/// A cell's name becomes a folder beside the report.
fn check_name(name: &str) -> Result<(), Problem> {
    let of_a_run = |number: &str| number.parse::<u64>().is_ok();
    let problem = match name {
        "" => "a swept value has neither letters nor digits, so its cell has no name".to_owned(),
        "report" => "a cell cannot be called `report`: that is the folder of the report".to_owned(),
        file::SLURM => "a cell cannot be called `slurm`: that is the folder of jobs".to_owned(),
        file::PIPELINE => format!("a cell cannot be called `{name}`: that is the resolved pipeline"),
        name if name.strip_prefix("seed-").is_some_and(of_a_run) => {
            format!("a cell cannot be called `{name}`: that is the folder of a run")
        }
        name if name.len() > MAX_NAME => {
            let (start, length) = (&name[..20], name.len());
            format!("a cell cannot have a name of {length} characters, more than {MAX_NAME}: `{start}…`")
        }
        _ => return Ok(()),
    };
    Err(Problem::new(problem))
}

fn check_label(label: &str) -> Result<(), Problem> {
    let length = label.chars().count();
    let found = match label {
        _ if label.trim().is_empty() => "none".to_owned(),
        _ if length > MAX_LABEL => format!("{length} characters"),
        _ if label.contains(char::is_control) => "a line break or the like".to_owned(),
        _ => return Ok(()),
    };
    Err(Problem::new(format!("expected a text of at most {MAX_LABEL} characters in one line, found {found}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(values: &[(&str, Value)]) -> String {
        let change = |(key, value): &(&str, Value)| Override { key: (*key).to_owned(), value: value.clone() };
        CellSpec::unnamed("sweep", values.iter().map(change).collect()).name
    }

    #[test]
    fn cells_are_named_after_their_values() {
        let bald = ("score.acquisition", json!("bald"));
        assert_eq!(name(std::slice::from_ref(&bald)), "bald");
        assert_eq!(name(&[bald, ("select.batch", json!(20))]), "bald_batch-20");
        assert_eq!(name(&[("score.acquisition", json!("bald,random"))]), "bald-random");
        assert_eq!(name(&[("train.weight_decay", json!({"fixed": 0.1}))]), "weight_decay-fixed-0.1");
        assert_eq!(name(&[]), "default");
    }

    #[test]
    fn cells_have_names_that_folders_can_have() {
        assert!(check_name(&name(&[("train.weight_decay", json!({"fixed": 0.1}))])).is_ok());
        for text in ["..", "é", "//", "report", "pipeline.yaml", "slurm", "seed-3", &"x".repeat(201)] {
            assert!(check_name(&name(&[("prepare.dataset", json!(text))])).is_err(), "{text}");
        }
    }

    #[test]
    fn only_settings_of_a_run_make_a_cell() {
        assert!(check_key("select.batch", "").is_ok());
        assert_eq!(check_key("sed", "`seed` or ").unwrap_err().hint.unwrap(), "did you mean `seed`?");
        assert!(check_key("report.labels_to_accuracy", "`seed` or ").is_err());
    }
}
