//! `bal plan --explain`: why a stage of a run is to run again.

use bal_artifact::Manifest;
use bal_cli::say;
use clap::ValueEnum as _;

use crate::Error;
use crate::experiment::Experiment;
use crate::plan::expected;
use crate::reason::Reason;
use crate::staleness::{Difference, Known, check, differences};
use crate::sweep::Run;
use crate::task::{Stage, Task, tasks};
use crate::words::count;

/// Tells of the first artifact of a stage that is not up to date what has changed.
///
/// # Errors
/// [`Error::Usage`] for a run or a stage that the pipeline does not have; those of manifests.
pub(super) fn explain(experiment: &Experiment, run: &str, stage: &str, threads: usize) -> Result<(), Error> {
    let run = find(experiment, run)?;
    let tasks = of_stage(run, stage)?;
    let mut known = Known::default();
    for &task in &tasks {
        let expected = expected(&experiment.layout, run, task, Some(threads));
        let Some(stale) = check(&expected, &mut known)? else { continue };
        say(&format!("{} {task}: {stale}", run.name()));
        if stale.reason == Reason::ConfigChanged
            && let Some(manifest) = Manifest::find(&expected.folder, expected.stage)?
        {
            for line in table(&differences(&manifest.config, &expected.config)) {
                say(&line);
            }
        }
        return Ok(());
    }
    say(&format!("{} {stage}: {} up to date", run.name(), count(tasks.len(), "artifact")));
    Ok(())
}

fn find<'a>(experiment: &'a Experiment, name: &str) -> Result<&'a Run, Error> {
    experiment.runs.iter().find(|run| run.name() == name).ok_or_else(|| {
        let first = experiment.runs.first().map(Run::name).unwrap_or_default();
        Error::Usage {
            text: format!("the pipeline has no run `{name}`"),
            hint: format!("runs are called as in the lines of `bal plan`, e.g. `{first}`"),
        }
    })
}

/// The tasks of a run that are of this stage, in order.
fn of_stage(run: &Run, name: &str) -> Result<Vec<Task>, Error> {
    let stages = || Stage::value_variants().iter().filter(|stage| **stage != Stage::Report);
    let stage = stages().find(|stage| stage.name() == name).ok_or_else(|| {
        let names: Vec<&str> = stages().map(|stage| stage.name()).collect();
        Error::Usage {
            text: format!("a run has no stage `{name}`"),
            hint: format!("there are: {}", names.join(", ")),
        }
    })?;
    Ok(tasks(run.settings.rounds).into_iter().filter(|task| task.stage == *stage).collect())
}

/// Key, value then and value now, in columns.
fn table(differences: &[Difference]) -> Vec<String> {
    let head = ["setting", "then", "now"].map(str::to_owned);
    let rows = differences.iter().map(|row| [row.key.clone(), row.before.clone(), row.now.clone()]);
    let rows: Vec<[String; 3]> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (key, then) = (width(0), width(1));
    rows.iter().map(|row| format!("  {:<key$}  {:<then$}  {}", row[0], row[1], row[2])).collect()
}
