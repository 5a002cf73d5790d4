//! What it cost: time, memory and hours of processors by stage. The only part of the page that differs
//! between equal runs.

use std::collections::BTreeSet;

use bal_artifact::Inputs;
use maud::{Markup, html};

use super::{Made, Section};
use crate::Error;
use crate::material::Material;
use crate::numbers::{Column, Entry, STAGES, StageTime, Table, times};
use crate::words::{NONE, duration, list, number};

pub(super) struct Times;

impl Section for Times {
    fn id(&self) -> &'static str {
        "times"
    }

    fn heading(&self) -> &'static str {
        "Time, memory and cost"
    }

    fn needs(&self) -> &'static str {
        "a run"
    }

    fn make(&self, material: &Material, _: &mut Inputs) -> Result<Option<Made>, Error> {
        let rows = times(material.cells);
        if rows.is_empty() {
            return Ok(None);
        }
        let mut made = Made::default();
        made.add(html! { p {
            "Wall-clock time of the stages, added up over rounds and seeds; runs that went on side by side took \
             less by the clock. Training includes the evaluation on the test set; memory is that of the worker's \
             process until then. " (total(&rows))
        } });
        made.add(by_method(material, &rows).html("Time by method and stage"));
        made.add(by_stage(&rows).html("Time and memory by stage"));
        made.add(html! { p.soft { (machines(&rows)) " " a href="times.csv" { "times.csv" } } });
        made.csv("times", &for_programs(&rows));
        Ok(Some(made))
    }
}

fn seconds<'a>(rows: impl Iterator<Item = &'a StageTime>) -> f64 {
    rows.map(|row| row.seconds).sum()
}

/// A time for people.
fn time(seconds: f64) -> Entry {
    Entry::new(Vec::new(), html! { (duration(seconds)) })
}

/// `All together: 3 h 12 min, 5.90 core hours.`
fn total(rows: &[StageTime]) -> Markup {
    let on_gpu = |row: &&StageTime| row.devices.iter().any(|device| device.starts_with("cuda"));
    let cores = |row: &StageTime| row.threads.iter().max().copied().unwrap_or(1).max(1) as f64;
    let core_hours: f64 =
        rows.iter().filter(|row| !on_gpu(row)).map(|row| row.seconds * cores(row)).sum::<f64>() / 3600.0;
    let gpu_hours = seconds(rows.iter().filter(on_gpu)) / 3600.0;
    html! {
        strong {
            "All together: " (duration(seconds(rows.iter()))) ", " (number(core_hours, 2)) " core hours"
            @if gpu_hours > 0.0 { " and " (number(gpu_hours, 2)) " GPU hours" }
            "."
        }
        @if let Some(seconds) = from_first_to_last(rows) {
            " By the clock " (duration(seconds)) " from the first start to the last end, pauses included."
        }
    }
}

fn from_first_to_last(rows: &[StageTime]) -> Option<f64> {
    let spans = rows.iter().filter_map(|row| row.span);
    let [start, end] = spans.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])])?;
    Some(end - start)
}

fn by_method(material: &Material, rows: &[StageTime]) -> Table {
    let mut columns = vec![Column::text("", "method"), Column::shown_only("runs")];
    columns.extend(STAGES.iter().map(|stage| Column::shown_only(*stage)));
    columns.extend([Column::shown_only("total"), Column::shown_only("per run")]);
    let mut table = Table::new(columns);
    for (position, cell) in material.cells.iter().enumerate() {
        let of_cell = || rows.iter().filter(|row| row.cell == cell.name);
        let runs = of_cell().map(|row| row.seed).collect::<BTreeSet<_>>().len();
        if runs == 0 {
            continue;
        }
        let mut entries = vec![material.entry(position), Entry::new(Vec::new(), html! { (runs) })];
        entries.extend(STAGES.iter().map(|stage| {
            let of_stage = || of_cell().filter(|row| row.stage == *stage);
            if of_stage().next().is_some() { time(seconds(of_stage())) } else { Entry::nothing(0) }
        }));
        entries.extend([time(seconds(of_cell())), time(seconds(of_cell()) / runs as f64)]);
        table.push(entries);
    }
    table
}

fn by_stage(rows: &[StageTime]) -> Table {
    let titles = ["times run", "total", "mean", "peak memory"];
    let columns = titles.map(Column::shown_only);
    let mut table = Table::new([Column::text("", "stage")].into_iter().chain(columns).collect());
    for stage in STAGES {
        let of_stage = || rows.iter().filter(|row| row.stage == stage);
        let count: usize = of_stage().map(|row| row.count).sum();
        if count == 0 {
            continue;
        }
        let peak = of_stage().map(|row| row.peak_memory_bytes).max().unwrap_or(0);
        let memory =
            if peak == 0 { NONE.to_owned() } else { format!("{:.2} GiB", peak as f64 / f64::from(1 << 30)) };
        table.push(vec![
            Entry::text(stage),
            Entry::new(Vec::new(), html! { (crate::words::grouped(count)) }),
            time(seconds(of_stage())),
            time(seconds(of_stage()) / count as f64),
            Entry::new(Vec::new(), html! { (memory) }),
        ]);
    }
    table
}

/// `Device of training: cpu. Host: a, b. Processor: AMD EPYC. Threads per run: 1.`
fn machines(rows: &[StageTime]) -> Markup {
    let trainings = rows.iter().filter(|row| row.stage == "train");
    let devices: BTreeSet<_> = trainings.flat_map(|row| &row.devices).collect();
    let hosts: BTreeSet<_> = rows.iter().flat_map(|row| &row.hosts).collect();
    let processors: BTreeSet<_> = rows.iter().flat_map(|row| &row.processors).collect();
    let threads: BTreeSet<_> = rows.iter().flat_map(|row| row.threads.iter().map(usize::to_string)).collect();
    html! {
        "Device of training: " bdi { (list(devices, ", ")) } ". Host: " bdi { (list(hosts, ", ")) } "."
        @if !processors.is_empty() { " Processor: " bdi { (list(processors, ", ")) } "." }
        " Threads per run: "
        (list(threads, ", ")) "."
    }
}

fn for_programs(rows: &[StageTime]) -> Table {
    let names =
        ["cell", "seed", "stage", "times_run", "seconds", "peak_memory_bytes", "device", "host", "threads"];
    let mut table = Table::new(names.map(Column::hidden).into());
    for row in rows {
        table.push(vec![
            Entry::text(&row.cell),
            Entry::whole(row.seed),
            Entry::text(row.stage),
            Entry::whole(row.count),
            Entry::number(Some((1e3 * row.seconds).round() / 1e3), 3),
            Entry::whole(row.peak_memory_bytes),
            Entry::text(list(&row.devices, " ")),
            Entry::text(list(&row.hosts, " ")),
            Entry::text(list(&row.threads, " ")),
        ]);
    }
    table
}
