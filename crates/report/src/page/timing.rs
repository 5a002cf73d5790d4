//! How long it took. The only part of the page that differs between equal runs.

use std::collections::BTreeSet;

use super::content::Content;
use crate::html::{escape, head, table};
use crate::numbers::{STAGES, StageTime};
use crate::words::{duration, list};

/// Seconds per stage and cell, and the machines.
pub(super) fn times(content: &Content) -> String {
    let rows = content.times;
    let line = |name: String, of: &dyn Fn(&StageTime) -> bool| {
        let rows = || rows.iter().filter(|row| of(row));
        let runs: BTreeSet<_> = rows().map(|row| (&row.cell, row.seed)).collect();
        let stages = STAGES.iter().map(|stage| {
            let of_stage = || rows().filter(|row| row.stage == *stage);
            of_stage().next().map_or("–".to_owned(), |_| duration(of_stage().map(|row| row.seconds).sum()))
        });
        let total = duration(rows().map(|row| row.seconds).sum());
        [name, runs.len().to_string()].into_iter().chain(stages).chain([total]).collect::<Vec<_>>()
    };
    let timed = content.cells.iter().filter(|cell| rows.iter().any(|row| row.cell == cell.name));
    let mut lines: Vec<_> =
        timed.map(|cell| line(escape(&cell.label), &|row| row.cell == cell.name)).collect();
    lines.push(line("<strong>all</strong>".to_owned(), &|_| true));
    format!(
        "<p>Wall-clock time of the stages, added up over rounds and seeds; runs that went on side by side \
         took less by the clock.</p>\n{}<p class=\"soft\">{}</p>\n",
        table(&head(["", "runs"].into_iter().chain(STAGES).chain(["total"])), &lines),
        machines(rows)
    )
}

/// `Device: cpu. Host: a, b. Threads per run: 1. Peak memory: 0.81 GiB.`
fn machines(rows: &[StageTime]) -> String {
    let trainings = rows.iter().filter(|row| row.stage == "train");
    let devices: BTreeSet<_> = trainings.flat_map(|row| &row.devices).collect();
    let hosts: BTreeSet<_> = rows.iter().flat_map(|row| &row.hosts).collect();
    let threads: BTreeSet<_> = rows.iter().flat_map(|row| row.threads.iter().map(usize::to_string)).collect();
    let [devices, hosts] = [devices, hosts].map(|names| escape(&list(names, ", ")));
    let threads = list(threads, ", ");
    let peak = rows.iter().map(|row| row.peak_memory_bytes).max().unwrap_or(0) as f64 / f64::from(1 << 30);
    format!(
        "Device of training: {devices}. Host: {hosts}. Threads per run: {threads}. \
         Peak memory: {peak:.2} GiB."
    )
}
