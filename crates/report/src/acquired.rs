//! What was acquired: ids by round, and how often each class.

use std::path::Path;

use bal_artifact::read_ids;

use crate::Error;
use crate::data::Data;
use crate::runs::{Cell, SeedRun};

/// The points acquired in one round, in pick order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picks {
    /// The round after whose training they were picked.
    pub(crate) round: u64,
    /// Id and class (−1: unknown).
    pub(crate) points: Vec<(usize, i64)>,
}

/// The picks of a run, round by round.
pub(crate) fn picks(run: &SeedRun, data: &Data) -> Result<Vec<Picks>, Error> {
    let mut all = Vec::new();
    for round in &run.rounds {
        if let Some(path) = round.selected_path() {
            all.push(Picks { round: round.index, points: labelled("acquired ids", &path, data)? });
        }
    }
    Ok(all)
}

/// The initial training set of a run, if its split is there.
pub(crate) fn initial(run: &SeedRun, data: &Data) -> Result<Vec<(usize, i64)>, Error> {
    let path = run.folder.join("split").join("initial.npy");
    if run.split.is_some() { labelled("initial training set", &path, data) } else { Ok(Vec::new()) }
}

/// How often each class was acquired and was there to be acquired, over all seeds of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClassCounts {
    /// Acquired points by class.
    pub(crate) acquired: Vec<usize>,
    /// Points of the pools by class.
    pub(crate) pool: Vec<usize>,
}

impl ClassCounts {
    /// Share of a class in what was acquired, and in the pool.
    pub(crate) fn shares(&self, class: usize) -> (f64, f64) {
        let share = |counts: &[usize]| counts[class] as f64 / counts.iter().sum::<usize>().max(1) as f64;
        (share(&self.acquired), share(&self.pool))
    }

    /// The largest share of any class.
    pub(crate) fn largest_share(&self) -> f64 {
        let larger = |class: usize| self.shares(class).0.max(self.shares(class).1);
        (0..self.acquired.len()).map(larger).fold(0.0, f64::max)
    }
}

/// Counts the classes of a cell; `None` if nothing of a known class was acquired.
pub(crate) fn class_counts(cell: &Cell, data: &Data) -> Result<Option<ClassCounts>, Error> {
    let classes = data.details.classes.len();
    let mut counts = ClassCounts { acquired: vec![0; classes], pool: vec![0; classes] };
    for run in &cell.seeds {
        for picks in picks(run, data)? {
            tally(&mut counts.acquired, &picks.points);
        }
        if run.split.is_some() {
            tally(&mut counts.pool, &labelled("pool", &run.folder.join("split").join("pool.npy"), data)?);
        }
    }
    Ok((counts.acquired.iter().sum::<usize>() > 0).then_some(counts))
}

fn tally(counts: &mut [usize], points: &[(usize, i64)]) {
    for (_, label) in points {
        if let Some(count) = usize::try_from(*label).ok().and_then(|label| counts.get_mut(label)) {
            *count += 1;
        }
    }
}

fn labelled(what: &'static str, path: &Path, data: &Data) -> Result<Vec<(usize, i64)>, Error> {
    let ids = read_ids(what, path)?;
    ids.iter().map(|&id| Ok((id as usize, data.label(id, path)?))).collect()
}
