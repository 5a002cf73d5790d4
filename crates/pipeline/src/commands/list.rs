//! `bal list`: the pipelines there are, and what was run of them; `bal list datasets`: the data sets.

use std::path::{Path, PathBuf};

use bal_artifact::Error as ArtifactError;
use bal_cli::say;

use crate::Error;
use crate::args::ListArgs;
use crate::config::{Origin, Overrides, load};
use crate::experiment::artifact_folder;
use crate::sweep;
use crate::words::count;

/// What stands for the catalogue of data sets where no folder has its name.
const DATASETS: &str = "datasets";

pub(super) fn list(args: &ListArgs) -> Result<(), Error> {
    if args.folder == Path::new(DATASETS) && !args.folder.is_dir() {
        for row in bal_prepare::dataset::rows() {
            say(&row.to_string());
        }
        return Ok(());
    }
    for file in pipeline_files(&args.folder)? {
        let mut origin = Origin::read(&file)?;
        let pipeline = load(&mut origin, &Overrides::default())?;
        let runs = sweep::runs(&pipeline, &origin)?;
        say(&format!("{}: {}, {}", pipeline.name, count(runs.len(), "run"), origin.headline()));
        let profiles = origin.profiles()?;
        if !profiles.is_empty() {
            say(&format!("  profiles: {}", profiles.join(", ")));
        }
        let folders = std::iter::once(None).chain(profiles.iter().map(|profile| Some(profile.as_str())));
        for folder in
            folders.map(|profile| artifact_folder(&pipeline.name, profile)).filter(|folder| folder.is_dir())
        {
            say(&format!("  {}", folder.display()));
        }
    }
    Ok(())
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
