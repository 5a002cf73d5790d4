//! What is not there yet, in words.

use std::collections::BTreeSet;

use crate::runs::{Cell, PipelineFile, SeedRun};
use crate::words::count;

/// Runs that have not come to their end, and those that were not begun.
pub(super) fn unfinished(cells: &[Cell], pipelines: &[PipelineFile]) -> Vec<String> {
    let done = |run: &SeedRun| run.rounds.len().saturating_sub(1) as u64;
    let longest = cells.iter().flat_map(|cell| &cell.seeds).map(done).max().unwrap_or(0);
    let mut found = Vec::new();
    for cell in cells {
        let pipeline = pipelines.iter().find(|pipeline| pipeline.folder == cell.base);
        let planned = pipeline.and_then(|pipeline| pipeline.planned.as_ref());
        for run in &cell.seeds {
            let state = match (done(run), planned.and_then(|planned| planned.rounds(&cell.own, run.seed))) {
                _ if run.rounds.is_empty() => "not yet trained".to_owned(),
                (done, Some(planned)) if done < planned => format!("{done} of {planned} rounds"),
                (done, None) if done < longest => {
                    format!("{}, where the longest run has {longest}", count(done as usize, "round"))
                }
                (_, Some(_) | None) => continue,
            };
            found.push(format!("seed {} of {}: {state}", run.seed, cell.label));
        }
    }
    for (pipeline, planned) in pipelines.iter().filter_map(|file| Some((file, file.planned.as_ref()?))) {
        for cell in &planned.cells {
            let here = |found: &&Cell| found.base == pipeline.folder && found.own == cell.name;
            let begun: BTreeSet<u64> =
                cells.iter().filter(here).flat_map(|cell| &cell.seeds).map(|run| run.seed).collect();
            let missing = planned.seeds.iter().filter(|seed| !begun.contains(seed));
            found.extend(missing.map(|seed| format!("seed {seed} of {}: not begun", cell.shown())));
        }
    }
    found
}
