//! All that sections are made of, and how they name cells.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bal_artifact::own_name;
use maud::{Markup, html};

use crate::figures::{Look, looks};
use crate::numbers::{Comparison, Curves, Entry, Value, comparisons};
use crate::published::Publication;
use crate::runs::{Cell, DataSets, Group, PipelineFile, groups};
use crate::words::list;
use crate::{Config, Metric};

#[derive(Debug)]
pub(crate) struct Material<'a> {
    pub(crate) config: &'a Config,
    pub(crate) cells: &'a [Cell],
    pub(crate) pipelines: &'a [PipelineFile],
    pub(crate) left_out: &'a [String],
    pub(crate) data: &'a DataSets,
    pub(crate) publications: &'a [Publication],
    pub(crate) groups: Vec<Group>,
    /// How each cell is drawn.
    pub(crate) looks: Vec<Look>,
    /// Test accuracy of each cell.
    pub(crate) accuracy: Vec<Curves>,
    /// By the first cell of a group, the pairs of its cells that have at least two common seeds.
    pub(crate) pairs: BTreeMap<usize, Vec<Comparison>>,
}

impl<'a> Material<'a> {
    pub(crate) fn new(
        config: &'a Config,
        (cells, left_out): (&'a [Cell], &'a [String]),
        pipelines: &'a [PipelineFile],
        data: &'a DataSets,
        publications: &'a [Publication],
    ) -> Self {
        let groups = groups(cells, data);
        let mut all = vec![Look::default(); cells.len()];
        for group in &groups {
            let of_group = looks(group.cells.iter().map(|&position| &cells[position]));
            for (&position, look) in group.cells.iter().zip(of_group) {
                all[position] = look;
            }
        }
        let accuracy: Vec<Curves> = cells.iter().map(|cell| Curves::of(cell, Metric::TestAccuracy)).collect();
        let pairs_of = |group: &Group| {
            let cells: Vec<(usize, &Curves)> =
                group.cells.iter().map(|&position| (position, &accuracy[position])).collect();
            let pairs = comparisons(&cells).into_iter().filter(|pair| pair.differences.len() > 1);
            (group.cells[0], pairs.collect())
        };
        let pairs = groups.iter().map(pairs_of).collect();
        Self { config, cells, pipelines, left_out, data, publications, groups, looks: all, accuracy, pairs }
    }

    /// The pairs of cells of a group that have at least two common seeds.
    pub(crate) fn pairs_of(&self, group: &Group) -> &[Comparison] {
        &self.pairs[&group.cells[0]]
    }

    /// Folders of runs, and the pipelines that ran there unless the folders are named after them.
    pub(crate) fn title(&self) -> String {
        let mut folders: Vec<_> = self.cells.iter().map(|cell| cell.base.clone()).collect();
        folders.dedup();
        let name = |folder: &PathBuf| {
            let own = own_name(folder);
            let pipeline = self.pipelines.iter().find(|pipeline| pipeline.folder == *folder);
            match pipeline.and_then(|pipeline| pipeline.name.as_ref()) {
                Some(name) if !own.starts_with(name.as_str()) => name.clone(),
                _ => own,
            }
        };
        list(folders.iter().map(name), ", ")
    }

    /// What people see of a cell: a piece of its line, and its label.
    pub(crate) fn shown(&self, position: usize) -> Markup {
        html! { (self.looks[position].swatch()) bdi.label { (self.cells[position].label) } }
    }

    /// A cell in a table: its name for programs, its label for people.
    pub(crate) fn entry(&self, position: usize) -> Entry {
        Entry::new(vec![Value::Text(self.cells[position].name.clone())], self.shown(position))
    }

    /// All seeds, ascending.
    pub(crate) fn seeds(&self) -> BTreeSet<u64> {
        self.cells.iter().flat_map(|cell| cell.seeds.iter().map(|run| run.seed)).collect()
    }

    /// Whether any cell was run with more than one seed.
    pub(crate) fn has_several_seeds(&self) -> bool {
        self.cells.iter().any(|cell| cell.seeds.len() > 1)
    }
}
