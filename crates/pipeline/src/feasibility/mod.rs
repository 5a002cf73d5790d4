//! What cannot work, said before any work: by `bal plan`, and at the start of `bal run`.
//!
//! `settings` looks at the settings of one cell. Here are the rules about several cells ([`names`]),
//! about cells and the data sets they are made of ([`data`]), and what works but is worth nothing
//! ([`warnings`]).

mod data;
mod findings;
mod names;
mod warnings;

use std::collections::BTreeSet;

use bal_artifact::{Layout, Manifest, file};
use bal_prepare::split::Sizes;

use crate::Error;
use crate::experiment::Experiment;
use crate::plan::expected;
use crate::staleness::{Known, check};
use crate::sweep::Run;
use crate::task::Task;
use data::DataSet;
use findings::Findings;

/// Checks what is known without the data sets, and warns of what is worth nothing.
///
/// # Errors
/// [`Error::Invalid`].
pub(crate) fn check_cells(experiment: &Experiment) -> Result<(), Error> {
    let cells = experiment.cells();
    names::check(&experiment.origin, &cells)?;
    for warning in warnings::one_sample(&cells) {
        tracing::warn!("{warning}");
    }
    Ok(())
}

/// Checks the runs against those of their data sets for which `looked_at` holds, and which are prepared.
///
/// # Errors
/// [`Error::Invalid`], or [`Error::Several`] where more than one setting is to blame; [`Error::Prepare`]
/// for labels that cannot be read.
pub(crate) fn check_data(experiment: &Experiment, looked_at: impl Fn(&str) -> bool) -> Result<(), Error> {
    let Experiment { origin, layout, runs, .. } = experiment;
    let mut warnings = Vec::new();
    let mut findings = Findings::new(experiment.cells().len());
    let names: BTreeSet<&str> = runs.iter().map(|run| run.settings.dataset.as_str()).collect();
    for name in names.into_iter().filter(|name| looked_at(name)) {
        let data = DataSet::read(&layout.data(name))?;
        if let Some(warning) = data.empty_classes() {
            warnings.push(format!("data set `{name}`: {warning}"));
        }
        let of_it = runs.iter().filter(|run| run.settings.dataset == name);
        let drawn = |run: &Run| drawn_sizes(layout, run).ok().flatten();
        data.check(of_it, drawn, |run, invalid| {
            findings.add(run.place(origin, invalid.key()), invalid.problem, &run.cell);
        });
    }
    findings.into_result()?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    Ok(())
}

/// Points of each part of a run's split, if it is drawn and up to date.
fn drawn_sizes(layout: &Layout, run: &Run) -> Result<Option<Sizes>, Error> {
    let expected = expected(layout, run, Task::SPLIT, None);
    if check(&expected, &mut Known::default())?.is_some() {
        return Ok(None);
    }
    let outputs = Manifest::read(&expected.folder, expected.stage)?.outputs;
    let points = |name: &str| Some(*outputs.get(name)?.shape.as_ref()?.first()?);
    let sizes = (points(file::INITIAL), points(file::VALIDATION), points(file::POOL));
    let (Some(initial), Some(validation), Some(pool)) = sizes else { return Ok(None) };
    Ok(Some(Sizes { initial, validation, pool }))
}
