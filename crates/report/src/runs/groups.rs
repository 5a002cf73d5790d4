//! Cells that can be compared: those of one data set, classes and repetitions included.

use super::{Cell, DataSets};

/// The cells of one data set.
#[derive(Debug)]
pub(crate) struct Group {
    /// Name of the data set, where it is known.
    pub(crate) title: String,
    /// End of the names of files on it: nothing where the page has one group only.
    pub(crate) suffix: String,
    /// Positions of the cells, which ascend.
    pub(crate) cells: Vec<usize>,
}

/// All groups, in the order of their first cells.
pub(crate) fn groups(cells: &[Cell], data: &DataSets) -> Vec<Group> {
    let mut found: Vec<(Option<&str>, Group)> = Vec::new();
    for (position, cell) in cells.iter().enumerate() {
        let used = used(cell);
        // A run that was not trained yet goes with the others.
        let group = found.iter_mut().find(|(other, _)| used.is_none() || *other == used || other.is_none());
        if let Some((other, group)) = group {
            *other = other.or(used);
            group.cells.push(position);
            continue;
        }
        let title = data.of(position).map_or_else(String::new, |data| data.details.name.clone());
        let suffix = format!("-{}", found.len() + 1);
        found.push((used, Group { title, suffix, cells: vec![position] }));
    }
    if let [(_, only)] = found.as_mut_slice() {
        only.suffix.clear();
    }
    found.into_iter().map(|(_, group)| group).collect()
}

/// Digest of the data set that a cell was trained on.
fn used(cell: &Cell) -> Option<&str> {
    let inputs = &cell.seeds.iter().find_map(|run| run.rounds.first())?.train.inputs;
    let record = inputs.get("dataset").or_else(|| inputs.get("train_inputs"))?;
    Some(&record.sha256)
}
