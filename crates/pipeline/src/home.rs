//! Whose an experiment's folder is: `bal run` writes only where nothing of anybody else lies.

use std::path::Path;

use bal_artifact::{Error as ArtifactError, Layout, Leftover, Seal, seal_of};

use crate::Error;
use crate::config::{Origin, Overrides, Pipeline, load};

/// Refuses a folder that is neither free nor the home of the experiment `name`.
///
/// # Errors
/// [`Error::Foreign`].
pub(crate) fn check(layout: &Layout, name: &str) -> Result<(), Error> {
    let folder = layout.root.as_path();
    let refused = |found: String| Err(Error::Foreign { folder: folder.to_path_buf(), found });
    if folder.is_symlink() && !folder.exists() {
        return refused("it is a link that leads nowhere".to_owned());
    }
    if folder.exists() && !folder.is_dir() {
        return refused("it is a file".to_owned());
    }
    if let Some(there) = owner(layout)? {
        return match there {
            Owner::Experiment(there) if there == name => Ok(()),
            Owner::Experiment(there) => refused(format!("it holds the experiment `{there}`, not `{name}`")),
            Owner::Edited => {
                refused("its `pipeline.yaml` was changed after `bal run` had written it".to_owned())
            }
            Owner::Somebody => refused("its `pipeline.yaml` was not written by `bal run`".to_owned()),
        };
    }
    match first_entry(folder)? {
        Some(entry) => refused(format!("it holds `{entry}` and no `pipeline.yaml` that `bal run` wrote")),
        None => Ok(()),
    }
}

/// Who wrote `pipeline.yaml`.
enum Owner {
    /// `bal run`, for the experiment of this name.
    Experiment(String),
    /// `bal run`, and then somebody else.
    Edited,
    /// Somebody else.
    Somebody,
}

fn owner(layout: &Layout) -> Result<Option<Owner>, Error> {
    let path = layout.pipeline_file();
    if !path.is_file() {
        return Ok(None);
    }
    let mut origin = match Origin::read(&path) {
        Err(Error::Invalid { .. }) => return Ok(Some(Owner::Somebody)),
        origin => origin?,
    };
    let seal = seal_of(origin.text());
    let pipeline = load(&mut origin, &Overrides::default());
    Ok(Some(match (seal, pipeline) {
        (Seal::Whole, Ok(pipeline)) => Owner::Experiment(pipeline.name),
        // Sealed by a version whose settings this one does not know: its name alone is asked for.
        (Seal::Whole, Err(_)) => named(origin.text()).map_or(Owner::Somebody, Owner::Experiment),
        (Seal::Broken, _) => Owner::Edited,
        (Seal::None, Ok(pipeline)) if is_of_earlier_version(layout, &origin, &pipeline) => {
            Owner::Experiment(pipeline.name)
        }
        (Seal::None, _) => Owner::Somebody,
    }))
}

/// Earlier versions wrote a pipeline without seal, comments and profiles, after they had made `.lock`.
fn is_of_earlier_version(layout: &Layout, origin: &Origin, pipeline: &Pipeline) -> bool {
    layout.root.join(".lock").is_file()
        && pipeline.profiles.is_empty()
        && !origin.text().contains("profiles:")
        && !origin.text().lines().any(|line| line.trim_start().starts_with('#'))
}

fn named(text: &str) -> Option<String> {
    text.lines().find_map(|line| line.strip_prefix("name: ")).map(str::to_owned)
}

/// The first thing in a folder besides what a start that was killed leaves.
fn first_entry(folder: &Path) -> Result<Option<String>, Error> {
    if !folder.is_dir() {
        return Ok(None);
    }
    let io = |source| ArtifactError::Io { action: "list", path: folder.to_path_buf(), source };
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(io)? {
        names.push(entry.map_err(io)?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| name != ".lock" && Leftover::parse(name).is_none());
    names.sort();
    Ok(names.into_iter().next())
}
