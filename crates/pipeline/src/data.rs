//! The data sets of a pipeline: there already, or made before its first run.

use std::collections::BTreeSet;
use std::path::Path;

use bal_artifact::{DatasetDetails, Lock, Manifest};
use bal_prepare::dataset;

use crate::Error;
use crate::config::{Problem, Source};
use crate::layout::Layout;
use crate::sweep::RunSpec;

/// The data sets of these runs that are still to be made.
///
/// A data set under a known name is made by this program. Any other was made by hand (`bal prepare dataset`) and
/// is taken as it is.
pub(crate) fn missing(layout: &Layout, runs: &[RunSpec], source: &Source) -> Result<Vec<String>, Error> {
    let names: BTreeSet<&str> = runs.iter().map(|run| run.pipeline.prepare.dataset.as_str()).collect();
    let mut missing = Vec::new();
    for name in names {
        let folder = layout.data(name);
        let config = dataset::Config { dataset: name.to_owned() };
        if is_there(&folder)? {
            continue;
        }
        if let Err(error) = config.check() {
            let text = format!("{error}, and `{}` holds no data set", folder.display());
            let problem = Problem { text, hint: bal_cli::Explain::hint(&error) };
            return Err(Error::invalid(source.place("prepare.dataset"), problem));
        }
        missing.push(name.to_owned());
    }
    Ok(missing)
}

/// A manifest of this version, and every file in full length. The bytes are checked by the stages that read them.
fn is_there(folder: &Path) -> Result<bool, Error> {
    let Some(manifest) = Manifest::find(folder, "dataset")? else { return Ok(false) };
    DatasetDetails::read(folder)?;
    let whole = manifest.outputs.values().all(|record| {
        fs_err::metadata(folder.join(&record.path)).is_ok_and(|metadata| metadata.len() == record.bytes)
    });
    Ok(whole && manifest.stage_version == dataset::VERSION)
}

/// Makes data sets, one process at a time.
pub(crate) fn prepare(layout: &Layout, names: &[String]) -> Result<(), Error> {
    if names.is_empty() {
        return Ok(());
    }
    let _lock = Lock::acquire(&layout.data_dir)?;
    for name in names {
        tracing::info!("preparing data set `{name}`");
        dataset::run(&dataset::Config { dataset: name.clone() }, None, &layout.data(name))?;
    }
    Ok(())
}
