//! `bal list`: the pipelines there are, and what was run of them; `bal list datasets`: the data sets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bal_artifact::{Error as ArtifactError, Layout};
use bal_cli::{check_interrupt, say};
use bal_prepare::dataset;

use crate::args::ListArgs;
use crate::config::{Origin, Overrides, load};
use crate::experiment::{Experiment, artifact_folder};
use crate::standing::{Standing, State};
use crate::sweep::{self, Run};
use crate::words::count;
use crate::{Error, data};

/// What stands for the catalogue of data sets where no folder has its name.
const DATASETS: &str = "datasets";

pub(super) fn list(args: &ListArgs) -> Result<(), Error> {
    if args.folder == Path::new(DATASETS) && !args.folder.is_dir() {
        for row in dataset::rows() {
            say(&row.to_string());
        }
        return Ok(());
    }
    for file in pipeline_files(&args.folder)? {
        check_interrupt()?;
        let mut origin = Origin::read(&file)?;
        let pipeline = load(&mut origin, &Overrides::default())?;
        let runs = sweep::runs(&pipeline, &origin)?;
        say(&format!("{}: {}, {}", pipeline.name, count(runs.len(), "run"), origin.headline()));
        let layout = Layout { root: PathBuf::new(), data_dir: args.data_dir.clone() };
        for line in data_sets(&layout, &runs, &origin) {
            say(&format!("  {line}"));
        }
        let profiles = origin.profiles()?;
        if !profiles.is_empty() {
            say(&format!("  profiles: {}", profiles.join(", ")));
        }
        let folders = std::iter::once(None).chain(profiles.iter().map(|profile| Some(profile.as_str())));
        let folders = folders.map(|profile| artifact_folder(&pipeline.name, profile));
        let folders: Vec<PathBuf> = folders.filter(|folder| folder.is_dir()).collect();
        if folders.is_empty() {
            say("  never run");
        }
        for folder in folders {
            // One that cannot be read is no reason to say nothing of the others.
            let state = state(&folder, &args.data_dir).unwrap_or_else(|error| error.to_string());
            say(&format!("  {}: {state}", folder.display()));
        }
    }
    Ok(check_interrupt()?)
}

/// Whether each data set is there, or where it would come from.
fn data_sets(layout: &Layout, runs: &[Run], origin: &Origin) -> Vec<String> {
    let sets: BTreeMap<&str, &dataset::Config> =
        runs.iter().map(|run| (run.settings.dataset.as_str(), &run.settings.view)).collect();
    match data::missing(layout, runs, origin) {
        Err(error) => vec![error.to_string()],
        Ok(missing) => {
            let is_missing = |name: &str| missing.iter().any(|missing| missing.name() == name);
            let state =
                |name, view| if is_missing(name) { dataset::prospect(view) } else { "there".to_owned() };
            sets.into_iter().map(|(name, view)| format!("data set {name}: {}", state(name, view))).collect()
        }
    }
}

/// How far the experiment in a folder has come: `done`, `23 of 33 rounds, running`.
fn state(folder: &Path, data_dir: &Path) -> Result<String, Error> {
    let Experiment { layout, runs, .. } = &Experiment::of_folder(folder, data_dir.to_path_buf())?;
    let (mut trained, mut rounds, mut at_work) = (0, 0, false);
    for run in runs {
        check_interrupt()?;
        let mut standing = Standing::new(run);
        standing.look(layout)?;
        trained += standing.trained;
        rounds += standing.rounds() + 1;
        at_work |= standing.state(layout)?.is_at_work();
    }
    Ok(match (trained == rounds, at_work) {
        (true, _) => State::Done.name().to_owned(),
        (false, at_work) => {
            format!("{trained} of {rounds} rounds{}", if at_work { ", running" } else { "" })
        }
    })
}

fn pipeline_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if !folder.is_dir() {
        return Err(ArtifactError::Missing { what: "folder of pipelines", path: folder.to_path_buf() }.into());
    }
    let io = |source| ArtifactError::Io { action: "list", path: folder.to_path_buf(), source };
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
