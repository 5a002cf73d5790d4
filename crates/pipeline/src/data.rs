//! The data sets of a pipeline: there already, or made before its first run.

use std::collections::BTreeMap;
use std::path::Path;

use bal_artifact::{DatasetDetails, Layout, Manifest};
use bal_prepare::dataset;
use bal_settings::{Checked, Problem};

use crate::Error;
use crate::config::Origin;
use crate::sweep::Run;

/// The data sets of these runs that are still to be made.
///
/// A data set under a known name is made by this program. Any other was made by hand (`bal prepare
/// dataset`) and is taken as it is.
pub(crate) fn missing(layout: &Layout, runs: &[Run], origin: &Origin) -> Result<Vec<dataset::Config>, Error> {
    let sets: BTreeMap<&str, &dataset::Config> =
        runs.iter().map(|run| (run.settings.dataset.as_str(), &run.settings.view)).collect();
    let mut missing = Vec::new();
    for (name, view) in sets {
        let folder = layout.data(name);
        let config = Checked::new(view.clone());
        let state = State::of(&folder)?;
        if matches!(state, State::Whole) {
            continue;
        }
        if let Err(invalid) = config {
            if let State::Damaged(damage) = state {
                return Err(damage.into());
            }
            let Problem { text, hint } = invalid.problem;
            let problem =
                Problem { text: format!("{text}, and `{}` holds no data set", folder.display()), hint };
            return Err(Error::invalid(origin.place("prepare.dataset"), problem));
        }
        missing.push(view.clone());
    }
    Ok(missing)
}

/// What there is of a data set.
enum State {
    /// A manifest of this version, and every file in full length. The bytes are checked by the stages that
    /// read them.
    Whole,
    /// No manifest, or one of another version.
    Missing,
    /// A file is not as its manifest says.
    Damaged(bal_artifact::Error),
}

impl State {
    fn of(folder: &Path) -> Result<Self, Error> {
        let Some(manifest) = Manifest::find(folder, "dataset")? else { return Ok(Self::Missing) };
        match DatasetDetails::read(folder) {
            // Another process has just put the folder aside, to replace it.
            Err(bal_artifact::Error::Missing { .. }) => return Ok(Self::Missing),
            details => details?,
        };
        for record in manifest.outputs.values() {
            let path = folder.join(&record.path);
            let Ok(metadata) = fs_err::metadata(&path) else {
                return Ok(Self::Damaged(bal_artifact::Error::Missing {
                    what: "file of the data set",
                    path,
                }));
            };
            if metadata.len() != record.bytes {
                let expected = format!("{} bytes, as its manifest says", record.bytes);
                let found = metadata.len().to_string();
                return Ok(Self::Damaged(bal_artifact::Error::Corrupt { path, expected, found }));
            }
        }
        Ok(if manifest.stage_version == dataset::STAGE.version { Self::Whole } else { Self::Missing })
    }
}

/// Makes data sets; those that another process is making or has made since are waited for and taken.
pub(crate) fn prepare(layout: &Layout, sets: &[dataset::Config]) -> Result<(), Error> {
    for config in sets {
        let name = config.name();
        tracing::info!("preparing data set `{name}`");
        dataset::run(&Checked::new(config.clone())?, None, &layout.data(&name))?;
    }
    Ok(())
}
