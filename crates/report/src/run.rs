//! The stage: from folders of runs to a report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bal_artifact::{Clock, Draft, Inputs, Place, RunFolder, Stage, file, file_names, own_name, run_name};
use bal_settings::Checked;

use crate::numbers::{History, csv, labels_to_accuracy, summary, times};
use crate::page::{Content, page};
use crate::pictures::{CellPictures, draw, learning_curves, looks};
use crate::runs::{Cell, DataSets, PipelineFile, SeedRun, find, unlike};
use crate::{Config, Error};

/// This stage and the version of its outputs.
pub const STAGE: Stage = Stage { name: "report", version: 5 };

/// How the role of a file of a data set begins; the key of the data set and the file's name follow.
const DATASET: &str = "dataset:";

/// What a report is made of and where it goes.
#[derive(Clone, Debug)]
pub struct Files {
    /// Folders of runs, e.g. `artifacts/fig1`.
    pub runs: Vec<PathBuf>,
    /// The prepared data sets, if not those that the manifests of the runs name.
    pub data: Vec<PathBuf>,
    /// Where the report goes; it belongs to no seed and no round.
    pub place: Place,
}

/// Reads all finished rounds below `files.runs` and writes the report.
///
/// # Errors
/// If there is nothing to report, if a file is missing or damaged, or if the report cannot be written.
pub fn run(config: &Checked<Config>, files: &Files) -> Result<(), Error> {
    let reads: Vec<&Path> = files.runs.iter().chain(&files.data).map(PathBuf::as_path).collect();
    let mut draft = Draft::begin(STAGE, &files.place, &reads, Clock::start("cpu", 1))?;
    let pipelines = files.runs.iter().filter_map(|folder| PipelineFile::read(folder).transpose());
    let pipelines: Vec<PipelineFile> = pipelines.collect::<Result<_, _>>()?;
    let (cells, left_out) = find(&files.runs, &pipelines)?;
    warn(&cells, &left_out);
    if cells.iter().flat_map(|cell| &cell.seeds).all(|run| run.rounds.is_empty()) {
        return Err(Error::NoRuns(files.runs.clone()));
    }
    let data = DataSets::read(&cells, &files.data)?;
    record(&mut draft.inputs, &cells, &pipelines, &data)?;

    let history = History::of(&cells)?;
    let labels_to = labels_to_accuracy(&history, &config.labels_to_accuracy)?;
    let summary = summary(&history)?;
    let times = times(&cells);
    let looks = looks(&cells);
    let curves = learning_curves(&cells, &looks, &history, config)?;
    let not_drawn = history.without(config.learning_curves.metric);
    for cell in &not_drawn {
        tracing::warn!("not drawn: `{cell}` has no value of `{}`", config.learning_curves.metric.name());
    }
    let pictures = draw(&cells, &looks, &data)?;

    let output = &mut draft.output;
    output.table("history", &mut history.table.clone())?;
    output.file(file::LABELS_TO_ACCURACY, csv::labels_to_accuracy(&labels_to).as_bytes())?;
    output.file(file::SUMMARY, csv::summary(&summary).as_bytes())?;
    output.file(file::TIMES, csv::times(&times).as_bytes())?;
    output.file(file::LEARNING_CURVES[0], curves.file().1)?;
    output.file(file::LEARNING_CURVES[1], &curves.png()?)?;
    for (name, bytes) in pictures.iter().flat_map(CellPictures::files) {
        output.file(&name, bytes)?;
    }
    let page = page(&Content {
        config,
        cells: &cells,
        looks: &looks,
        pipelines: &pipelines,
        left_out: &left_out,
        data: &data,
        curves: &curves,
        not_drawn: &not_drawn,
        labels_to: &labels_to,
        summary: &summary,
        pictures: &pictures,
        times: &times,
    });
    output.file(file::REPORT, page.as_bytes())?;
    Ok(draft.publish(config)?)
}

/// Whether a report has files of this name, its manifest not counted.
pub fn writes(name: &str) -> bool {
    let picture = |(start, end): (&str, &str)| name.starts_with(start) && name.ends_with(end);
    let pictures = [("contact_sheet-", ".png"), ("acquired-", ".svg"), ("class_histogram-", ".svg")];
    file_names(STAGE.name).contains(&name) || pictures.into_iter().any(picture)
}

/// Says what the folders hold that the report does not show, or shows although it is not alike.
fn warn(cells: &[Cell], left_out: &[String]) {
    const LINES: usize = 10;
    for entry in left_out.iter().take(LINES) {
        tracing::warn!("not in the report: {entry}");
    }
    if left_out.len() > LINES {
        tracing::warn!("{} more are not in the report, which names them", left_out.len() - LINES);
    }
    for text in cells.iter().flat_map(unlike) {
        tracing::warn!("{text}");
    }
}

/// Records everything that the report shows. A role is the place of a file as seen from the folder of runs,
/// or `dataset:<key of the data set>/<file>`.
fn record(
    inputs: &mut Inputs,
    cells: &[Cell],
    pipelines: &[PipelineFile],
    data: &DataSets,
) -> Result<(), Error> {
    for pipeline in pipelines {
        let role = match pipelines {
            [_] => file::PIPELINE.to_owned(),
            _ => format!("{}/{}", own_name(&pipeline.folder), file::PIPELINE),
        };
        inputs.add_as("resolved pipeline", role, &pipeline.path)?;
    }
    for data in data.all() {
        let role = |name: &str| format!("{DATASET}{}/{name}", data.key);
        inputs.add_dataset_as(role(file::DATASET), &data.folder)?;
        for name in data.files() {
            inputs.add_as("data set", role(name), &data.folder.join(name))?;
        }
    }
    for (position, cell) in cells.iter().enumerate() {
        for seed_run in &cell.seeds {
            bal_cli::check_interrupt()?;
            record_run(inputs, cell, seed_run, data.of(position).is_some())?;
        }
    }
    Ok(())
}

fn record_run(inputs: &mut Inputs, cell: &Cell, run: &SeedRun, with_data: bool) -> Result<(), Error> {
    let name = run_name(&cell.name, run.seed);
    let mut add = |what, stage, round, file| {
        let role = format!("{}/{file}", RunFolder::role(&name, stage, round));
        inputs.add_as(what, role, &run.file(stage, round, file))
    };
    if with_data && run.split.is_some() {
        add("initial training set", "split", 0, file::INITIAL)?;
        add("pool", "split", 0, file::POOL)?;
    }
    for round in &run.rounds {
        add("metrics", "train", round.index, file::METRICS)?;
        if with_data && round.select.is_some() {
            add("acquired ids", "select", round.index, file::SELECTED)?;
        }
    }
    if let Some(round) = run.labelled.filter(|_| with_data) {
        add("labelled ids", "label", round, file::LABELLED)?;
        add("labels", "label", round, file::LABELS)?;
    }
    Ok(())
}

/// Where the file with this role in a report's manifest lies now, the report being that of the runs in
/// `root`, and `data` the folders of data sets by their keys.
pub fn place_of(role: &str, root: &Path, data: &BTreeMap<String, PathBuf>) -> Option<PathBuf> {
    match role.strip_prefix(DATASET) {
        None => Some(root.join(role)),
        Some(of_data) => of_data.split_once('/').and_then(|(key, file)| Some(data.get(key)?.join(file))),
    }
}
