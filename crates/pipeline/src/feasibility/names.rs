//! Names of cells that promise a difference where there is none: a curve `bald`, picked by `batch_bald`.

use std::collections::{BTreeMap, BTreeSet};

use bal_settings::Problem;
use serde_json::Value;

use crate::Error;
use crate::config::Origin;
use crate::sweep::{Run, starts_a_part};

/// A setting that no stage of a run reads, and why.
struct Unread {
    key: &'static str,
    reason: String,
}

impl Unread {
    /// Whether it is this setting, or the setting is a part of it.
    fn covers(&self, swept: &str) -> bool {
        swept.strip_prefix(self.key).is_some_and(starts_a_part)
    }
}

/// Refuses a swept setting that no cell reads, and two cells that differ in nothing that is read.
///
/// # Errors
/// [`Error::Invalid`].
pub(super) fn check(origin: &Origin, cells: &[&Run]) -> Result<(), Error> {
    let cells: Vec<Cell> = cells.iter().map(|run| Cell::new(run)).collect();
    let keys = cells.iter().flat_map(|cell| cell.run.swept.iter().map(move |key| (&cell.run.section, key)));
    for (section, key) in keys.collect::<BTreeSet<_>>() {
        let having = cells.iter().filter(|cell| cell.run.section == *section && cell.run.swept.contains(key));
        let reasons: Option<Vec<&str>> = having.map(|cell| cell.misnamed_by(key)).collect();
        if let Some(reason) = reasons.and_then(|reasons| reasons.first().copied()) {
            let text =
                format!("nothing reads it, because {reason}: a curve named after it would have a wrong name");
            let place = origin.place(&format!("{section}.{key}"));
            return Err(Error::invalid(place, Problem { text, hint: Some(HINT.to_owned()) }));
        }
    }
    let mut alike: BTreeMap<&str, &Cell> = BTreeMap::new();
    for cell in &cells {
        if let Some(other) = alike.insert(&cell.read, cell) {
            return Err(cell.same_as(other, origin));
        }
    }
    Ok(())
}

const HINT: &str = "sweep what is read, as `--set 'sweep={seed: [0, 1, 2], select.method: [random, batch_bald]}'` does, \
                    or name under `cells` each method with what it reads: \
                    `cells: {random: {select.method: random}, joint: {select.method: batch_bald}}`";

/// A cell, and what its runs read.
struct Cell<'a> {
    run: &'a Run,
    unread: Vec<Unread>,
    /// All settings that its picks and trainings are made of.
    read: String,
}

impl<'a> Cell<'a> {
    fn new(run: &'a Run) -> Self {
        let (unread, column) = unread(run);
        let mut tree =
            serde_json::to_value(&run.settings).expect("a pipeline holds only strings, numbers and maps");
        for Unread { key, .. } in &unread {
            remove(&mut tree, key);
        }
        // Of several functions only the one that is picked by matters.
        if let Some(column) = column {
            tree["score"]["acquisition"] = Value::from(column);
            remove(&mut tree, "select.column");
        }
        Self { run, unread, read: tree.to_string() }
    }

    /// Why the value of a key makes no difference to the cell.
    fn unread_because(&self, key: &str) -> Option<&str> {
        self.unread.iter().find(|unread| unread.covers(key)).map(|unread| unread.reason.as_str())
    }

    /// As [`Self::unread_because`], for a key whose value is all that the cell's name says. Explicit cells
    /// may say more than is read: `{select.method: batch_bald, score.acquisition: bald}` has no wrong name.
    fn misnamed_by(&self, key: &str) -> Option<&str> {
        let is_read = |key: &String| self.unread_because(key).is_none();
        if self.run.section != "sweep" && self.run.swept.iter().any(is_read) {
            return None;
        }
        self.unread_because(key)
    }

    fn same_as(&self, other: &Self, origin: &Origin) -> Error {
        let unread = self.run.swept.iter().find_map(|key| Some((key, self.unread_because(key)?)));
        let reason = unread.map_or_else(String::new, |(_, reason)| format!(", because {reason}"));
        let text = format!(
            "cells `{}` and `{}` differ in nothing that is read{reason}: one curve under two names",
            other.run.cell, self.run.cell
        );
        let key = unread.map(|(key, _)| key).or(self.run.swept.first());
        let place = key.map_or_else(|| origin.place(&self.run.section), |key| self.run.place(origin, key));
        Error::invalid(place, Problem { text, hint: Some(HINT.to_owned()) })
    }
}

/// Settings of fits and of what is predicted by them.
const FITS: &[&str] = &[
    "train.members",
    "train.epochs",
    "train.draws_per_epoch",
    "train.batch_size",
    "train.optimizer",
    "train.weight_decay",
    "train.early_stopping",
    "train.augmentation",
    "train.class_weights",
    "train.evaluate",
    "train.precision",
    "score.posterior",
    "score.precision",
];

/// The settings that no stage of a run reads, and the function that is picked by.
fn unread(run: &Run) -> (Vec<Unread>, Option<&'static str>) {
    let (score, select, method) = (&run.settings.score, &run.settings.select, run.settings.method());
    let mut unread = Vec::new();
    let mut add = |keys: &[&'static str], reason: String| {
        unread.extend(keys.iter().map(|&key| Unread { key, reason: reason.clone() }));
    };
    let written = ["score.write_log_probs", "score.write_logits", "score.write_features", "score.grid"];
    add(&written, "it changes no pick".to_owned());
    let network = run.settings.train.network;
    if !network.has_layers() {
        add(FITS, format!("`{}` is not fitted", network.name()));
    }
    if !method.needs_features() {
        add(&["score.features_of"], format!("`{method}` picks from no features"));
    }
    let column = score
        .resolved()
        .iter()
        .copied()
        .find(|function| select.column.is_empty() || function.name() == select.column)
        .filter(|_| method.needs_scores());
    match column {
        None => {
            let reason = format!("`{method}` picks by no score");
            add(&["score.acquisition", "select.column", "score.targets"], reason);
        }
        Some(function) if !function.needs_targets() => {
            add(&["score.targets"], format!("`{function}` has no targets"));
        }
        Some(_) => {}
    }
    let by = column.map_or_else(|| method.name(), |function| function.name());
    if column.map_or_else(|| !method.needs_predictions(), |function| !function.needs_predictions()) {
        add(&["score.posterior", "score.precision"], format!("`{by}` looks at no prediction"));
    }
    (unread, column.as_ref().map(|function| function.name()))
}

/// Takes `section.key` out of the tree of a pipeline.
fn remove(tree: &mut Value, key: &str) {
    if let Some((section, key)) = key.split_once('.')
        && let Some(section) = tree.get_mut(section).and_then(Value::as_object_mut)
    {
        section.shift_remove(key); // The others stay in order: cells are compared by their text.
    }
}
