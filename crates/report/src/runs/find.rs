//! All runs below some folders, in the order of those who planned them.

use std::path::PathBuf;

use bal_artifact::{FoundRun, Manifest, find_runs, own_name, run_name};

use super::cell::file_name;
use super::chain::difference;
use super::rounds::read_run;
use super::{Cell, PipelineFile, left_out};
use crate::Error;

/// All runs below these folders, and what lies there beside them: folder after folder, and in a folder the
/// cells as its resolved pipeline has them, else by name.
///
/// Where a folder has a resolved pipeline, its runs and their rounds are taken and no others.
///
/// # Errors
/// [`Error::SameRun`], and whatever is wrong with a file.
pub(crate) fn find(
    folders: &[PathBuf],
    pipelines: &[PipelineFile],
) -> Result<(Vec<Cell>, Vec<String>), Error> {
    let mut cells: Vec<Cell> = Vec::new();
    let mut beside = Vec::new();
    for base in folders {
        let folder = own_name(base);
        let full = |own: &str, text: &str| {
            if folders.len() > 1 && *own != folder { format!("{folder}/{text}") } else { text.to_owned() }
        };
        let pipeline = pipelines.iter().find(|pipeline| pipeline.folder == *base);
        let planned = pipeline.and_then(|pipeline| pipeline.planned.as_ref());
        let mut found = find_runs(base)?;
        found.sort_by_cached_key(|run| {
            let place = planned.and_then(|planned| planned.cell(&run.cell));
            (place.map_or(usize::MAX, |(place, _)| place), run.cell.clone(), run.seed)
        });
        for FoundRun { cell: own, folder, seed } in found {
            bal_cli::check_interrupt()?;
            let name = full(&own, &own);
            let last = planned.map(|planned| planned.rounds(&own, seed));
            if last == Some(None) {
                let run = left_out::is_run(&folder)?.then(|| left_out::no_run(&run_name(&name, seed)));
                beside.extend(run);
                continue;
            }
            let (run, left_out) = read_run(&name, folder, seed, last.flatten())?;
            beside.extend(left_out);
            let Some(cell) = cells.iter_mut().rev().find(|cell| cell.name == name) else {
                let planned = planned.and_then(|planned| planned.cell(&own));
                let label = full(&own, planned.map_or(&own, |(_, cell)| cell.shown()));
                let file_name = file_name(&name, &cells);
                cells.push(Cell { name, label, file_name, own, base: base.clone(), seeds: vec![run] });
                continue;
            };
            if let Some(first) = cell.seeds.iter().find(|run| run.seed == seed) {
                let (first, second) = (first.folder.path().to_path_buf(), run.folder.path().to_path_buf());
                return Err(Error::SameRun { cell: name, seed, first, second });
            }
            cell.seeds.push(run);
        }
    }
    for cell in &mut cells {
        cell.seeds.sort_by_key(|run| run.seed);
    }
    Ok((cells, beside))
}

/// Seeds of a cell that were not made like its first one, in words.
pub(crate) fn unlike(cell: &Cell) -> Vec<String> {
    let first = cell.seeds.iter().filter_map(|run| Some((run.seed, &run.rounds.first()?.train)));
    let trained: Vec<(u64, &Manifest)> = first.collect();
    let Some(((first_seed, first), others)) = trained.split_first() else { return Vec::new() };
    let compare = |(seed, train): &(u64, &Manifest)| {
        let what = difference(first, train)?;
        Some(format!("seed {seed} of {}: `train` has another {what} than with seed {first_seed}", cell.label))
    };
    others.iter().filter_map(compare).collect()
}
