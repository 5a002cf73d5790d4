//! What an experiment costs, roughly, and what of that is there already. It is said and never refused.

mod rates;
mod work;

use std::collections::BTreeMap;

use bal_artifact::Layout;

use crate::sweep::Run;
use crate::task::{Stage, Task};
use crate::words::{count, grouped, span};
use rates::Rates;
use work::Estimate;

/// What some tasks cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cost {
    pub(crate) trainings: u64,
    /// Files that stay, those of data sets and reports not counted.
    pub(crate) files: u64,
    /// Bytes of these files.
    pub(crate) bytes: f64,
    /// Seconds of one worker; `None` if nobody has measured how fast that is.
    pub(crate) seconds: Option<f64>,
}

impl Cost {
    const NOTHING: Self = Self { trainings: 0, files: 0, bytes: 0.0, seconds: Some(0.0) };

    fn and(self, other: Self) -> Self {
        Self {
            trainings: self.trainings + other.trainings,
            files: self.files + other.files,
            bytes: self.bytes + other.bytes,
            seconds: self.seconds.zip(other.seconds).map(|(a, b)| a + b),
        }
    }

    /// `8 trainings, 62 files of 5 MB`.
    pub(crate) fn amounts(&self) -> String {
        let bytes = match self.bytes {
            bytes if bytes < 1e9 => format!("{:.0} MB", (bytes / 1e6).ceil()),
            bytes => format!("{:.0} GB", bytes / 1e9),
        };
        format!("{}, {} files of {bytes}", count(self.trainings as usize, "training"), grouped(self.files))
    }
}

/// Tells what tasks of runs cost whose data sets are there.
#[derive(Debug)]
pub(crate) struct Costs<'a> {
    /// By the name of the run.
    estimates: BTreeMap<String, Estimate<'a>>,
    rates: Rates,
}

impl<'a> Costs<'a> {
    /// For workers with this number of threads on a CPU, `None` on a GPU.
    pub(crate) fn new(layout: &Layout, runs: &'a [Run], threads: Option<usize>) -> Self {
        let estimate = |run: &'a Run| Some((run.name(), Estimate::of(layout, &run.settings)?));
        let estimates: BTreeMap<String, Estimate> = runs.iter().filter_map(estimate).collect();
        let with_estimate = runs.iter().filter_map(|run| Some((run, estimates.get(&run.name())?)));
        let rates = Rates::of(layout, with_estimate, threads);
        Self { estimates, rates }
    }

    /// What these tasks of a run cost: all of them, or those of an element of a job array. `None` as long
    /// as the data set of the run is not there.
    pub(crate) fn of_run(&self, run: &Run, tasks: impl IntoIterator<Item = Task>) -> Option<Cost> {
        let estimate = self.estimates.get(&run.name())?;
        let cost = |task: Task| {
            let work = estimate.of_task(task);
            Cost {
                trainings: u64::from(task.stage == Stage::Train),
                files: work.files,
                bytes: work.bytes,
                seconds: self.rates.seconds(&run.settings, task.stage, work.multiplications),
            }
        };
        Some(tasks.into_iter().map(cost).fold(Cost::NOTHING, Cost::and))
    }

    /// Where the rates come from.
    pub(crate) fn source(&self) -> String {
        self.rates.source()
    }
}

/// What several runs cost, and how long `jobs` workers take for them.
pub(crate) fn together(costs: &[Cost], jobs: usize) -> (Cost, Option<f64>) {
    let seconds: Option<Vec<f64>> = costs.iter().map(|cost| cost.seconds).collect();
    let sum = costs.iter().copied().fold(Cost::NOTHING, Cost::and);
    (sum, seconds.map(|seconds| side_by_side(&seconds, jobs)))
}

/// How long `jobs` workers take for runs of these seconds, each of which is begun in turn by who is free
/// first.
fn side_by_side(seconds: &[f64], jobs: usize) -> f64 {
    let mut free = vec![0.0; jobs.max(1)];
    for run in seconds {
        if let Some(first) = free.iter_mut().min_by(|a, b| f64::total_cmp(a, b)) {
            *first += run;
        }
    }
    free.into_iter().fold(0.0, f64::max)
}

/// `about 4.6 h with 2 jobs`, or that nobody knows.
pub(crate) fn time(seconds: Option<f64>, jobs: usize) -> String {
    match seconds {
        None => "hours unknown".to_owned(),
        Some(seconds) => format!("about {} with {}", span(seconds.max(1.0)), count(jobs, "job")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_begun_in_turn() {
        let whole = |seconds: &[f64], jobs| side_by_side(seconds, jobs).round() as u64;
        assert_eq!(whole(&[3.0, 1.0, 1.0, 2.0], 2), 4);
        assert_eq!(whole(&[3.0, 1.0], 8), 3);
        assert_eq!(whole(&[], 2), 0);
    }

    #[test]
    fn what_is_not_known_of_a_part_is_not_known_of_all() {
        let cost = |seconds| Cost { trainings: 1, files: 2, bytes: 3e6, seconds };
        assert_eq!(cost(Some(1.0)).and(cost(Some(2.0))).seconds, Some(3.0));
        assert_eq!(cost(Some(1.0)).and(cost(None)).seconds, None);
        assert_eq!(cost(None).amounts(), "1 training, 2 files of 3 MB");
    }
}
