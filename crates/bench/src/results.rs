//! What was measured, kept as JSON in the cache folder until RESULTS.md is written from it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::protocol::Answer;
use crate::rows::RowName;
use crate::{Error, Result};

/// All rows that were measured, each at its own time.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) rows: BTreeMap<RowName, Row>,
}

/// One row of the table of targets.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Row {
    /// The row in a few words, for the summary.
    pub(crate) headline: String,
    pub(crate) entries: Vec<Entry>,
    /// What was compared before times were told, and what was found.
    pub(crate) checks: Vec<String>,
    /// What the work would take at the machine's own rates.
    pub(crate) floors: Vec<Floor>,
    pub(crate) curves: Vec<Curve>,
    /// Figures that are no times.
    pub(crate) facts: Vec<Fact>,
    pub(crate) remarks: Vec<String>,
    /// When and on what; nothing until the row is complete.
    pub(crate) measured: Option<Measured>,
}

/// Times of one program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// What was done; entries of equal case are compared.
    pub(crate) case: String,
    /// `bal` itself, against which the others of the case are held.
    pub(crate) own: bool,
    pub(crate) answer: Answer,
    /// Factor by which seconds were multiplied, where less was measured than is reported.
    pub(crate) extrapolated: Option<f64>,
    /// Items of work in each repetition, and what they are.
    pub(crate) work: Option<(f64, String)>,
}

/// Work that is hard to do without, by direct convolutions and dense products.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Floor {
    /// The case it belongs to.
    pub(crate) case: String,
    /// What is counted.
    pub(crate) what: String,
    /// How many.
    pub(crate) operations: f64,
    /// Of what kind, hence at which rate.
    pub(crate) rate: Rate,
}

/// Rates that the row `rates` measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rate {
    /// Floating-point operations of large f32 products.
    F32,
    /// Floating-point operations of large bf16 products.
    Bf16,
    /// Bytes read.
    Read,
    /// f32 numbers read and their logarithms summed.
    ReadAndLog,
}

/// Time over a size, everything else fixed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Curve {
    /// What was done.
    pub(crate) what: String,
    /// The size that grows.
    pub(crate) axis: String,
    /// What is fixed.
    pub(crate) fixed: String,
    /// Slope in log-log that the algorithm's cost leads to expect.
    pub(crate) expected: f64,
    /// Sizes and median seconds.
    pub(crate) points: Vec<(f64, f64)>,
}

/// A figure that is no time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Fact {
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) unit: String,
}

/// When and on what a row was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// UTC time at which it began.
    pub(crate) started: String,
    /// How long the whole row took.
    pub(crate) seconds: f64,
    pub(crate) threads: usize,
    pub(crate) machine: Machine,
    /// Load of the machine before.
    pub(crate) load: f64,
    /// Version and commit of `bal`.
    pub(crate) version: String,
}

impl Entry {
    pub(crate) fn own(case: &str, answer: Answer) -> Self {
        Self { case: case.to_owned(), own: true, answer, extrapolated: None, work: None }
    }

    pub(crate) fn peer(case: &str, answer: Answer) -> Self {
        Self { own: false, ..Self::own(case, answer) }
    }

    pub(crate) fn with_work(mut self, items: f64, unit: &str) -> Self {
        self.work = Some((items, unit.to_owned()));
        self
    }

    /// Median, least and largest seconds, extrapolated where that was done.
    pub(crate) fn seconds(&self) -> (f64, f64, f64) {
        let (median, least, largest) = spread(&self.answer.seconds);
        let factor = self.extrapolated.unwrap_or(1.0);
        (factor * median, factor * least, factor * largest)
    }
}

impl Row {
    /// How many times longer than `bal` the others took, by case and program.
    pub(crate) fn ratios(&self) -> Vec<(&Entry, f64)> {
        let own = |case: &str| self.entries.iter().find(|entry| entry.own && entry.case == case);
        let ratio = |entry: &'_ Entry| Some(entry.seconds().0 / own(&entry.case)?.seconds().0);
        self.entries
            .iter()
            .filter(|entry| !entry.own)
            .filter_map(|entry| Some((entry, ratio(entry)?)))
            .collect()
    }
}

/// Median, least and largest of at least one number.
pub(crate) fn spread(values: &[f64]) -> (f64, f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return (f64::NAN, f64::NAN, f64::NAN) };
    let median = f64::midpoint(sorted[last / 2], sorted[last.div_ceil(2)]);
    (median, sorted[0], sorted[last])
}

impl Results {
    /// Those of earlier calls; none where nothing was measured yet.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        match fs_err::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::io("read", path)(error)),
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|source| Error::Results { path: path.to_path_buf(), source }),
        }
    }

    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(self).expect("names and finite numbers are always JSON");
        Ok(bal_artifact::write_file(path, &bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(seconds: &[f64]) -> Answer {
        Answer { seconds: seconds.to_vec(), ..Answer::default() }
    }

    #[test]
    fn spread_is_median_least_and_largest() {
        assert_eq!(spread(&[3.0, 1.0, 2.0]), (2.0, 1.0, 3.0));
        assert_eq!(spread(&[4.0, 1.0]), (2.5, 1.0, 4.0));
        assert!(spread(&[]).0.is_nan());
    }

    #[test]
    fn ratios_are_against_bal_in_the_same_case() {
        let slow = Entry { extrapolated: Some(10.0), ..Entry::peer("a", answer(&[2.0])) };
        let entries = vec![Entry::own("a", answer(&[1.0, 4.0, 2.0])), slow, Entry::peer("b", answer(&[9.0]))];
        let row = Row { entries, ..Row::default() };
        let ratios: Vec<f64> = row.ratios().into_iter().map(|(_, ratio)| ratio).collect();
        assert_eq!(ratios, [10.0], "case b has no time of bal");
    }
}
