//! What was acquired: ids by round, and how often each class.

use std::collections::BTreeMap;

use bal_artifact::{Error as ArtifactError, Inputs, file, read_ids, read_labelled, read_labels_of};

use super::{Cell, Data, Round, SeedRun};
use crate::Error;

/// The points acquired in one round, in pick order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picks {
    /// The round after whose training they were picked.
    pub(crate) round: u64,
    /// Id, and class where it is known by now.
    pub(crate) points: Vec<(usize, Option<i64>)>,
}

/// The picks of a run, round by round.
pub(crate) fn picks(run: &SeedRun, data: &Data) -> Result<Vec<Picks>, Error> {
    let labels: BTreeMap<usize, i64> = labels(run, data)?.into_iter().collect();
    let of_round = |round: &Round| {
        let ids = ids(run, "select", round.index, file::SELECTED, data)?.into_iter();
        let points = ids.map(|id| (id, labels.get(&id).copied())).collect();
        Ok(Picks { round: round.index, points })
    };
    run.rounds.iter().filter(|round| round.select.is_some()).map(of_round).collect()
}

/// Ids of the initial training set of a run, if its split is there.
pub(crate) fn initial(run: &SeedRun, data: &Data) -> Result<Vec<usize>, Error> {
    if run.split.is_some() { ids(run, "split", 0, file::INITIAL, data) } else { Ok(Vec::new()) }
}

/// How many points of each class all seeds of a cell have acquired, and how many their pools had; none if
/// nothing of a known class was acquired.
pub(crate) fn class_counts(cell: &Cell, data: &Data) -> Result<Option<Vec<[usize; 2]>>, Error> {
    let mut counts = vec![[0; 2]; data.details.classes.len()];
    for run in &cell.seeds {
        // The labels of the last round are all of them, those of the initial set first.
        for (_, label) in labels(run, data)?.into_iter().skip(initial(run, data)?.len()) {
            let class = usize::try_from(label).ok();
            if let Some([acquired, _]) = class.and_then(|class| counts.get_mut(class)) {
                *acquired += 1;
            }
        }
        counts.iter_mut().zip(pool_counts(run)).for_each(|([_, sum], count)| *sum += count);
    }
    Ok(counts.iter().any(|[acquired, _]| *acquired > 0).then_some(counts))
}

/// Points of the pool by class, as the split has counted them when it was drawn.
fn pool_counts(run: &SeedRun) -> Vec<usize> {
    let counts = run.split.as_ref().and_then(|split| split.details.get("pool")).cloned();
    counts.and_then(|counts| serde_json::from_value(counts).ok()).unwrap_or_default()
}

/// Every label that the run knows, with its id: those of the last round that has asked for any.
fn labels(run: &SeedRun, data: &Data) -> Result<Vec<(usize, i64)>, Error> {
    let Some(last) = run.labelled else { return Ok(Vec::new()) };
    let (folder, classes) = (run.folder.artifact("label", last), data.details.classes.len());
    let mut inputs = Inputs::new(run.folder.path());
    let ids = read_labelled(&folder, &mut inputs)?;
    let labels = read_labels_of("labels", &folder, ids.len(), classes, &mut inputs)?;
    Ok(ids.into_iter().map(|id| id as usize).zip(labels).collect())
}

/// Ids of an artifact of the run, each of them a point of the data set.
fn ids(run: &SeedRun, stage: &str, round: u64, file: &'static str, data: &Data) -> Result<Vec<usize>, Error> {
    let path = run.file(stage, round, file);
    let ids = read_ids("ids", &path)?;
    if let Some(id) = ids.iter().find(|&id| !(0..data.points() as i64).contains(id)) {
        let expected = format!("ids of `{}`, 0 to {}", data.details.name, data.points().saturating_sub(1));
        return Err(ArtifactError::Value { path, expected, found: format!("id {id}") }.into());
    }
    Ok(ids.into_iter().map(|id| id as usize).collect())
}
