//! All that the page shows, and how it names cells.

use std::path::PathBuf;

use bal_artifact::own_name;

use crate::Config;
use crate::html::escape;
use crate::numbers::{LabelsTo, StageTime, Summary};
use crate::pictures::{CellPictures, Figure, Look};
use crate::runs::{Cell, DataSets, PipelineFile};
use crate::words::list;

#[derive(Debug)]
pub(crate) struct Content<'a> {
    pub(crate) config: &'a Config,
    pub(crate) cells: &'a [Cell],
    pub(crate) looks: &'a [Look],
    pub(crate) pipelines: &'a [PipelineFile],
    pub(crate) left_out: &'a [String],
    pub(crate) data: &'a DataSets,
    pub(crate) curves: &'a Figure,
    /// Cells that have no value of its metric.
    pub(crate) not_drawn: &'a [&'a str],
    pub(crate) labels_to: &'a [LabelsTo],
    pub(crate) summary: &'a [Summary],
    pub(crate) pictures: &'a [CellPictures],
    pub(crate) times: &'a [StageTime],
}

impl Content<'_> {
    /// Folders of runs, and the pipelines that ran there unless the folders are named after them.
    pub(super) fn title(&self) -> String {
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

    pub(super) fn position(&self, name: &str) -> usize {
        self.cells.iter().position(|cell| cell.name == name).unwrap_or(0)
    }

    /// What people are shown of a cell, after a square in its colour.
    pub(super) fn shown(&self, position: usize) -> String {
        let (label, colour) = (escape(&self.cells[position].label), self.looks[position].colour);
        format!("<span class=\"swatch\" style=\"background: var(--series-{colour})\"></span>{label}")
    }
}
