//! The stage: from folders of runs to a report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bal_artifact::{Clock, Draft, Inputs, Place, REPORT_PARTS, Stage, file, file_names, own_name, seen_from};
use bal_settings::Checked;

use crate::material::Material;
use crate::numbers::history;
use crate::page::page;
use crate::published::Publication;
use crate::runs::{Cell, DataSets, PipelineFile, find, unlike};
use crate::sections::ALL;
use crate::{Config, Error};

/// This stage and the version of its outputs.
pub const STAGE: Stage = Stage { name: "report", version: 8 };

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

    let publications = publications(config, &files.place.root, &mut draft.inputs)?;
    let material = Material::new(config, (&cells, &left_out), &pipelines, &data, &publications);
    draft.output.table("history", &mut history(&cells)?)?;
    let mut sections = Vec::new();
    for section in ALL {
        bal_cli::check_interrupt()?;
        let made = section.make(&material, &mut draft.inputs)?;
        for (name, content) in made.iter().flat_map(|made| &made.files) {
            draft.output.file(name, content)?;
        }
        sections.push((*section, made));
    }
    draft.output.file(file::REPORT, page(&material, &sections).as_bytes())?;
    Ok(draft.publish(config)?)
}

/// Whether a report has files of this name, its manifest not counted.
pub fn writes(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let of_part =
        |part: &str| stem.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    file_names(STAGE.name).contains(&name)
        || (["csv", "svg", "png"].contains(&extension) && REPORT_PARTS.iter().any(|part| of_part(part)))
}

/// Reads the files of published numbers, which are named as seen from `root`: so are their roles.
fn publications(config: &Config, root: &Path, inputs: &mut Inputs) -> Result<Vec<Publication>, Error> {
    let read = |name: &String| {
        let path = seen_from(root, name);
        let publication = Publication::read(&path)?;
        inputs.add_as("published numbers", name.clone(), &path)?;
        Ok(publication)
    };
    config.published.iter().map(read).collect()
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

/// Records what every report shows; sections record what they read beside it. A role is the place of a file
/// as seen from the folder of runs, or `dataset:<key of the data set>/<file>`.
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
    for cell in cells {
        for run in &cell.seeds {
            bal_cli::check_interrupt()?;
            for round in &run.rounds {
                cell.read(run, inputs, "metrics", ("train", round.index, file::METRICS))?;
            }
        }
    }
    Ok(())
}

/// Where the file with this role in a report's manifest lies now, the report being that of the runs in
/// `root`, and `data` the folders of data sets by their keys.
pub fn place_of(role: &str, root: &Path, data: &BTreeMap<String, PathBuf>) -> Option<PathBuf> {
    match role.strip_prefix(DATASET) {
        None => Some(seen_from(root, role)),
        Some(of_data) => of_data.split_once('/').and_then(|(key, file)| Some(data.get(key)?.join(file))),
    }
}
