//! The stage: from folders of runs to a report.

use std::path::PathBuf;

use bal_artifact::{Clock, Inputs, Manifest, Staging};

use crate::acquired::ClassCounts;
use crate::contact_sheet::{self, ContactSheet};
use crate::data::{Data, DataSets, TrainInputs};
use crate::figures::{self, Figure};
use crate::left_out::LeftOut;
use crate::page::{self, Content};
use crate::pipeline_file::PipelineFile;
use crate::runs::{Cell, SeedRun};
use crate::{Config, Error, acquired, csv, history, runs, summary, times};

/// Version of the outputs of this stage.
pub const STAGE_VERSION: u32 = 2;

/// What a report is made of and where it goes.
#[derive(Clone, Debug)]
pub struct Run {
    /// Folders of runs, e.g. `artifacts/fig1`.
    pub runs: Vec<PathBuf>,
    /// The prepared data set, if not the one that the manifests of the runs name.
    pub data: Option<PathBuf>,
    /// Folder of the report.
    pub out: PathBuf,
    /// Folder that the paths in the manifest are relative to.
    pub root: PathBuf,
}

/// What is drawn of a cell.
#[derive(Debug)]
pub(crate) struct CellPictures {
    /// What a seed acquired.
    pub(crate) acquired: Option<(u64, Shown)>,
    /// Which classes were acquired.
    pub(crate) histogram: Option<Figure>,
}

/// How acquired points are shown.
#[derive(Debug)]
pub(crate) enum Shown {
    /// Images side by side.
    Images(ContactSheet),
    /// Points of the plane.
    Points(Box<Figure>),
}

/// Reads all finished rounds below `run.runs` and writes the report.
///
/// # Errors
/// If there is nothing to report, if a file is missing or damaged, or if the report cannot be written.
pub fn run(config: &Config, run: &Run) -> Result<(), Error> {
    config.check()?;
    let clock = Clock::start("cpu", 1);
    let read = run.runs.iter().chain(&run.data).map(PathBuf::as_path);
    let mut staging = Staging::new(&run.out, "report", &read.collect::<Vec<_>>())?;
    let pipelines: Vec<PipelineFile> = run
        .runs
        .iter()
        .filter_map(|folder| PipelineFile::read(folder).transpose())
        .collect::<Result<_, _>>()?;
    let (cells, left_out) = runs::find(&run.runs, &pipelines)?;
    warn(&cells, &left_out);
    if cells.iter().flat_map(|cell| &cell.seeds).all(|run| run.rounds.is_empty()) {
        return Err(Error::NoRuns { folders: run.runs.clone() });
    }
    let data = DataSets::read(&cells, run.data.as_deref())?;
    let inputs = inputs(run, &cells, &pipelines, &data)?;

    let labels_to = summary::labels_to_accuracy(&cells, &config.labels_to_accuracy);
    let summary = summary::summary(&cells);
    let times = times::collect(&cells);
    let metric = config.learning_curves.metric;
    let curves = figures::learning_curves(&cells, config).ok_or(Error::NoValues { metric })?;
    let pictures = draw(&cells, &data)?;

    staging.table("history", &mut history::table(&cells)?)?;
    staging.file("labels_to_accuracy.csv", csv::labels_to_accuracy(&labels_to).as_bytes())?;
    staging.file("summary.csv", csv::summary(&summary).as_bytes())?;
    staging.file("times.csv", csv::times(&times).as_bytes())?;
    staging.file("learning_curves.svg", curves.svg.as_bytes())?;
    staging.file("learning_curves.png", &curves.png()?)?;
    for (cell, pictures) in cells.iter().zip(&pictures) {
        write_pictures(&mut staging, cell, pictures)?;
    }
    let page = page::page(&Content {
        config,
        cells: &cells,
        pipelines: &pipelines,
        left_out: &left_out,
        data: &data,
        curves: &curves,
        labels_to: &labels_to,
        summary: &summary,
        pictures: &pictures,
        times: &times,
    });
    staging.file("report.html", page.as_bytes())?;
    let config = serde_json::to_value(config).expect("a report's configuration holds only names and numbers");
    let mut manifest = Manifest::new("report", STAGE_VERSION, config, inputs);
    manifest.run = clock.stop();
    staging.publish(manifest)?;
    Ok(())
}

/// Whether a report has files of this name, its manifest not counted.
pub fn writes(name: &str) -> bool {
    const FILES: [&str; 7] = [
        "history.parquet",
        "labels_to_accuracy.csv",
        "learning_curves.png",
        "learning_curves.svg",
        "report.html",
        "summary.csv",
        "times.csv",
    ];
    let picture = |(start, end): (&str, &str)| name.starts_with(start) && name.ends_with(end);
    let pictures = [("contact_sheet-", ".png"), ("acquired-", ".svg"), ("class_histogram-", ".svg")];
    FILES.contains(&name) || pictures.into_iter().any(picture)
}

/// Says what the folders hold that the report does not show, or shows although it is not alike.
fn warn(cells: &[Cell], left_out: &[LeftOut]) {
    const LINES: usize = 10;
    for entry in left_out.iter().take(LINES) {
        tracing::warn!("not in the report: {entry}");
    }
    if left_out.len() > LINES {
        tracing::warn!("{} more are not in the report, which names them", left_out.len() - LINES);
    }
    for text in cells.iter().flat_map(runs::unlike) {
        tracing::warn!("{text}");
    }
}

/// Records everything that the report shows. Roles: `<cell>/seed-<s>/round-<rrr>/metrics` and `…/selected`,
/// `<cell>/seed-<s>/initial` and `…/pool`, `<folder of runs>/pipeline`, `<data set>/train_inputs` and `…/train_labels`.
fn inputs(run: &Run, cells: &[Cell], pipelines: &[PipelineFile], data: &DataSets) -> Result<Inputs, Error> {
    let mut inputs = Inputs::new(&run.root);
    for pipeline in pipelines {
        let role = format!("{}/pipeline", runs::own_name(&pipeline.folder));
        inputs.add_as("resolved pipeline", role, &pipeline.path)?;
    }
    for data in data.all() {
        inputs.add_dataset(&data.folder)?;
        for (name, path) in data.files() {
            inputs.add_as("data set", format!("{}/{name}", data.details.name), &path)?;
        }
    }
    for (position, cell) in cells.iter().enumerate() {
        for seed_run in &cell.seeds {
            bal_cli::check_interrupt()?;
            add_run(&mut inputs, cell, seed_run, data.of(position).is_some())?;
        }
    }
    Ok(inputs)
}

fn add_run(inputs: &mut Inputs, cell: &Cell, run: &SeedRun, with_data: bool) -> Result<(), Error> {
    let name = format!("{}/seed-{}", cell.name, run.seed);
    if with_data && run.split.is_some() {
        for role in ["initial", "pool"] {
            inputs.add_as(
                "split",
                format!("{name}/{role}"),
                &run.folder.join("split").join(format!("{role}.npy")),
            )?;
        }
    }
    for round in &run.rounds {
        let name = format!("{name}/round-{:03}", round.index);
        inputs.add_as("metrics", format!("{name}/metrics"), &round.metrics_path())?;
        if with_data && let Some(path) = round.selected_path() {
            inputs.add_as("acquired ids", format!("{name}/selected"), &path)?;
        }
    }
    Ok(())
}

/// Draws what every cell acquired, as far as its data set is there.
fn draw(cells: &[Cell], data: &DataSets) -> Result<Vec<CellPictures>, Error> {
    let mut counts = Vec::new();
    for (position, cell) in cells.iter().enumerate() {
        bal_cli::check_interrupt()?;
        counts.push(data.of(position).map(|data| acquired::class_counts(cell, data)).transpose()?.flatten());
    }
    let top = counts.iter().flatten().map(ClassCounts::largest_share).fold(0.0, f64::max);
    let mut pictures = Vec::new();
    for (position, (cell, counts)) in cells.iter().zip(counts).enumerate() {
        bal_cli::check_interrupt()?;
        let (mut shown, mut histogram) = (None, None);
        if let Some(data) = data.of(position) {
            let (name, classes) = (cell.file_name(), &data.details.classes);
            histogram = counts.map(|counts| figures::class_histogram(position, &name, &counts, classes, top));
            shown = draw_acquired(cell, data)?;
        }
        pictures.push(CellPictures { acquired: shown, histogram });
    }
    Ok(pictures)
}

/// The first seed that acquired anything, and a picture of what.
fn draw_acquired(cell: &Cell, data: &Data) -> Result<Option<(u64, Shown)>, Error> {
    let Some(run) = cell.first_acquiring() else { return Ok(None) };
    let (name, picks) = (cell.file_name(), acquired::picks(run, data)?);
    let shown = match &data.inputs {
        TrainInputs::Images(images) => {
            Some(Shown::Images(contact_sheet::draw(&format!("contact_sheet-{name}"), &picks, images)?))
        }
        TrainInputs::Points(points) if points.ncols() == 2 => {
            let initial = acquired::initial(run, data)?;
            Some(Shown::Points(Box::new(figures::acquired_points(&name, data, points, &initial, &picks))))
        }
        TrainInputs::Points(_) => None,
    };
    Ok(shown.map(|shown| (run.seed, shown)))
}

fn write_pictures(staging: &mut Staging, cell: &Cell, pictures: &CellPictures) -> Result<(), Error> {
    match &pictures.acquired {
        Some((_, Shown::Images(sheet))) => {
            staging.file(&format!("contact_sheet-{}.png", cell.file_name()), &sheet.png)?;
        }
        Some((_, Shown::Points(figure))) => {
            staging.file(&format!("{}.svg", figure.name), figure.svg.as_bytes())?;
        }
        None => {}
    }
    if let Some(figure) = &pictures.histogram {
        staging.file(&format!("{}.svg", figure.name), figure.svg.as_bytes())?;
    }
    Ok(())
}
